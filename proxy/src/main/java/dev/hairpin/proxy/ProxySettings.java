package dev.hairpin.proxy;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * What a proxy's owner may choose. {@link #defaults()} is what production runs with.
 *
 * @param polling how sockets are waited for
 * @param threads event loops, and so threads; at least 1
 * @param connectTimeout how long a backend may take to accept a connection, at least 1 ms. The
 *     original waits as long as the kernel repeats its SYN, about two minutes
 * @param connections how many connections (SCTP's are associations) there may be
 * @param udp how long and how many UDP flows are kept
 */
public record ProxySettings(
    Polling polling, int threads, Duration connectTimeout, Connections connections, UdpFlows udp) {

  public ProxySettings {
    requireNonNull(polling, "polling");
    requireNonNull(connections, "connections");
    requireNonNull(udp, "udp");
    requireAtLeast(1, threads, "threads");
    requireMillis(connectTimeout, "connect timeout");
  }

  /**
   * How many connections are kept, of TCP and SCTP together. Each costs two sockets, and two
   * descriptors more while it is bulky. More clients wait in the kernel's backlog.
   *
   * @param max of all ports together, at least 1
   * @param maxPerPort of one port, at least 1
   */
  public record Connections(int max, int maxPerPort) {
    public Connections {
      requireAtLeast(1, max, "maximum of connections");
      requireAtLeast(1, maxPerPort, "maximum of connections per port");
    }

    static Connections asDescriptorsAllow() {
      return new Connections(DescriptorLimit.connections(), Integer.MAX_VALUE);
    }
  }

  /**
   * How UDP flows are kept.
   *
   * @param idle how long after the last datagram in either direction
   * @param sweep how often idle flows are looked for; a flow outlives {@code idle} by at most this
   * @param max flows that one port keeps, at least 1: one for each client and address of ours that
   *     it uses. Each costs a socket. One more, and the flow that has been idle longest ends
   * @param nanoClock the clock that {@code idle} is measured with, as {@link System#nanoTime()}
   */
  public record UdpFlows(Duration idle, Duration sweep, int max, LongSupplier nanoClock) {
    /** 90 s, as docker-proxy (UDPConnTrackTimeout in udp_proxy_linux.go). */
    public static final Duration IDLE = Duration.ofSeconds(90);

    public UdpFlows {
      requireNonNull(nanoClock, "nanoClock");
      requireAtLeast(1, max, "maximum of UDP flows");
      requireMillis(idle, "UDP idle time");
      requireMillis(sweep, "UDP sweep interval");
    }

    static UdpFlows asDockerProxy() {
      return new UdpFlows(IDLE, Duration.ofSeconds(5), 4096, System::nanoTime);
    }
  }

  public static ProxySettings defaults() {
    return new ProxySettings(
        Polling.AUTO,
        Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 4),
        Duration.ofSeconds(10),
        Connections.asDescriptorsAllow(),
        UdpFlows.asDockerProxy());
  }

  public ProxySettings withPolling(Polling other) {
    return new ProxySettings(other, threads, connectTimeout, connections, udp);
  }

  public ProxySettings withThreads(int other) {
    return new ProxySettings(polling, other, connectTimeout, connections, udp);
  }

  public ProxySettings withConnectTimeout(Duration other) {
    return new ProxySettings(polling, threads, other, connections, udp);
  }

  public ProxySettings withMaxConnections(int ofAllPorts, int ofOnePort) {
    Connections other = new Connections(ofAllPorts, ofOnePort);
    return new ProxySettings(polling, threads, connectTimeout, other, udp);
  }

  public ProxySettings withMaxUdpFlows(int max) {
    return with(new UdpFlows(udp.idle(), udp.sweep(), max, udp.nanoClock()));
  }

  /** The same with UDP flows' idle time measured by {@code clock} and looked at every sweep. */
  public ProxySettings withUdpClock(LongSupplier clock, Duration sweep) {
    return with(new UdpFlows(udp.idle(), sweep, udp.max(), clock));
  }

  private ProxySettings with(UdpFlows other) {
    return new ProxySettings(polling, threads, connectTimeout, connections, other);
  }

  private static void requireAtLeast(int least, int value, String what) {
    if (value < least) {
      throw new IllegalArgumentException(what + " " + value + " is below " + least);
    }
  }

  private static void requireMillis(Duration value, String what) {
    requireNonNull(value, what);
    if (value.toMillis() < 1 || value.toMillis() > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(what + " " + value + " is outside 1 ms to 24 days");
    }
  }
}
