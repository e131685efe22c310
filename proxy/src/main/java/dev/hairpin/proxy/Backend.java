package dev.hairpin.proxy;

import static java.util.Objects.requireNonNull;

import dev.hairpin.proxy.posix.HeldNamespace;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * Where what arrives at a port is sent, how, and what it is told of the sender.
 *
 * @param address an address, not a name
 * @param namespace the network namespace that it is dialled from; empty for the one of the proxy's
 *     threads. From within its own, a backend that refuses at its address is tried at 127.0.0.1 and
 *     ::1; the sender of datagrams hears of no refusal in time, so these go to the address only. It
 *     stays its owner's to close, after {@link ListeningPort#retarget}
 * @param header how each connection begins; only TCP's can
 * @param isDecided whether all of this is known. Until it is, connections wait in the kernel's
 *     backlog and none is lost; datagrams go to the address all the same
 */
public record Backend(
    InetSocketAddress address,
    Optional<HeldNamespace> namespace,
    ProxyProtocol header,
    boolean isDecided) {
  public Backend {
    Endpoints.requireResolved(address, "backend");
    requireNonNull(namespace, "namespace");
    requireNonNull(header, "header");
  }

  /** Gets what the clients send, and nothing else. */
  public static Backend at(InetSocketAddress address) {
    return new Backend(address, Optional.empty(), ProxyProtocol.NONE, true);
  }

  /** Gets nothing yet, unless it is datagrams. */
  public static Backend undecidedAt(InetSocketAddress address) {
    return new Backend(address, Optional.empty(), ProxyProtocol.NONE, false);
  }

  /** The same with another header before each connection. */
  public Backend announcing(ProxyProtocol other) {
    return new Backend(address, namespace, other, isDecided);
  }

  /** The same, dialled from within a namespace. */
  public Backend inside(Optional<HeldNamespace> other) {
    return new Backend(address, other, header, isDecided);
  }

  /**
   * Itself, if the transport can carry it.
   *
   * @throws IllegalArgumentException for a header before datagrams, which have no beginning, or
   *     before SCTP's messages, which would make it one of them
   */
  Backend requireCarriedBy(Transport transport, InetSocketAddress frontend) {
    if (header != ProxyProtocol.NONE && transport != Transport.TCP) {
      throw new IllegalArgumentException(
          Endpoints.text(transport, frontend)
              + " can't have the PROXY protocol, which is for TCP only");
    }
    return this;
  }

  /** Its address, as logs have it. */
  @Override
  public String toString() {
    return Endpoints.text(address);
  }
}
