package dev.hairpin.proxy;

import static java.util.Objects.requireNonNull;

import java.net.InetSocketAddress;

/**
 * A host port that could not be bound. Nothing is left open; the message names the port and the
 * reason, as in {@code listen on 0.0.0.0:8080/tcp: address already in use}.
 */
public final class PortUnavailableException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What the kernel had against it. */
  public enum Reason {
    /** Another socket holds the port (EADDRINUSE). */
    IN_USE("address already in use"),
    /** No interface of this network namespace has the address (EADDRNOTAVAIL). */
    ADDRESS_NOT_LOCAL("cannot assign requested address"),
    /** A privileged port without the privilege, or a security module (EACCES, EPERM). */
    NOT_PERMITTED("permission denied"),
    /** The kernel has no such protocol (EPROTONOSUPPORT), which can only be SCTP. */
    NOT_SUPPORTED(
        "protocol not supported: this kernel has no SCTP; \"modprobe sctp\" loads it where it is a"
            + " module"),
    /** This process has opened as many files as a port may take (RLIMIT_NOFILE). */
    TOO_MANY_FILES("too many open files"),
    /** Anything else, such as no IPv6; the message has the kernel's words. */
    OTHER("cannot be bound");

    private final String text;

    Reason(String text) {
      this.text = text;
    }

    /** The reason in the words that Docker's users know. */
    public String text() {
      return text;
    }
  }

  private final Transport transport;
  private final InetSocketAddress frontend;
  private final Reason reason;
  private final String detail;

  /** A port that could not be bound, for a reason that {@code detail} says in words. */
  public PortUnavailableException(
      Transport transport, InetSocketAddress frontend, Reason reason, String detail) {
    super("listen on " + Endpoints.text(transport, frontend) + ": " + detail);
    this.transport = requireNonNull(transport, "transport");
    this.frontend = requireNonNull(frontend, "frontend");
    this.reason = requireNonNull(reason, "reason");
    this.detail = requireNonNull(detail, "detail");
  }

  public Transport transport() {
    return transport;
  }

  /** The address and port that were asked for. */
  public InetSocketAddress frontend() {
    return frontend;
  }

  public Reason reason() {
    return reason;
  }

  /** The message without the port: {@code address already in use}. */
  public String detail() {
    return detail;
  }
}
