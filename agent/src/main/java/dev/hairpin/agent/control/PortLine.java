package dev.hairpin.agent.control;

import static java.util.Objects.requireNonNull;

import dev.hairpin.proxy.Traffic;

/**
 * One published port, as {@code ps} shows it.
 *
 * @param hostPort {@code 0.0.0.0:8080/tcp}
 * @param backend {@code 172.17.0.2:80}
 * @param publisher {@code container web} or {@code namespace ns1}
 * @param spec what the person wrote
 * @param state {@link #PUBLISHED}, or why it can't be
 * @param note what else there is to know of how it works; empty where it works like most
 * @param proxied what the userland proxy has carried; the kernel's own share is not in it
 */
public record PortLine(
    String hostPort,
    String backend,
    String publisher,
    String spec,
    String state,
    String note,
    Traffic proxied) {
  /** The state of a port that works. */
  public static final String PUBLISHED = "published";

  public PortLine {
    requireNonNull(hostPort, "hostPort");
    requireNonNull(backend, "backend");
    requireNonNull(publisher, "publisher");
    requireNonNull(spec, "spec");
    requireNonNull(state, "state");
    requireNonNull(note, "note");
    requireNonNull(proxied, "proxied");
  }

  /** What another port is like, so many further on the host and at the backend. */
  public PortLine further(int ports) {
    return new PortLine(
        raised(hostPort, ports), raised(backend, ports), publisher, spec, state, note, proxied);
  }

  private static String raised(String endpoint, int by) {
    int begin = endpoint.lastIndexOf(':') + 1;
    int slash = endpoint.indexOf('/', begin);
    int end = slash < 0 ? endpoint.length() : slash;
    int port = Integer.parseInt(endpoint, begin, end, 10) + by;
    return endpoint.substring(0, begin) + port + endpoint.substring(end);
  }

  /** {@code published; by the proxy alone, with PROXY protocol v2}. */
  public String stateAndNote() {
    return note.isEmpty() ? state : state + "; " + note;
  }
}
