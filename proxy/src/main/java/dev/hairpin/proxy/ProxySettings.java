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
 * @param udpIdle how long a UDP flow is kept after its last datagram in either direction
 * @param udpSweep how often idle UDP flows are looked for; a flow outlives {@code udpIdle} by at
 *     most this
 * @param maxUdpFlows UDP flows that one port keeps, at least 1: one for each client and address of
 *     ours that it uses. Each costs a socket. One more, and the flow that has been idle longest
 *     ends
 * @param maxConnections TCP connections that all ports keep together, at least 1. Each costs two
 *     sockets, and two descriptors more while it is bulky. More clients wait in the kernel's
 *     backlog
 * @param maxConnectionsPerPort the same for one port
 * @param nanoClock the clock that {@code udpIdle} is measured with, as {@link System#nanoTime()}
 */
public record ProxySettings(
    Polling polling,
    int threads,
    Duration connectTimeout,
    Duration udpIdle,
    Duration udpSweep,
    int maxUdpFlows,
    int maxConnections,
    int maxConnectionsPerPort,
    LongSupplier nanoClock) {

  /** 90 s, as docker-proxy (UDPConnTrackTimeout in udp_proxy_linux.go). */
  public static final Duration UDP_IDLE = Duration.ofSeconds(90);

  public ProxySettings {
    requireNonNull(polling, "polling");
    requireNonNull(nanoClock, "nanoClock");
    requireAtLeast(1, threads, "threads");
    requireAtLeast(1, maxUdpFlows, "maximum of UDP flows");
    requireAtLeast(1, maxConnections, "maximum of connections");
    requireAtLeast(1, maxConnectionsPerPort, "maximum of connections per port");
    requireMillis(connectTimeout, "connect timeout");
    requireMillis(udpIdle, "UDP idle time");
    requireMillis(udpSweep, "UDP sweep interval");
  }

  public static ProxySettings defaults() {
    return new ProxySettings(
        Polling.AUTO,
        Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 4),
        Duration.ofSeconds(10),
        UDP_IDLE,
        Duration.ofSeconds(5),
        4096,
        DescriptorLimit.connections(),
        Integer.MAX_VALUE,
        System::nanoTime);
  }

  public ProxySettings withPolling(Polling other) {
    return new ProxySettings(
        other,
        threads,
        connectTimeout,
        udpIdle,
        udpSweep,
        maxUdpFlows,
        maxConnections,
        maxConnectionsPerPort,
        nanoClock);
  }

  public ProxySettings withThreads(int other) {
    return new ProxySettings(
        polling,
        other,
        connectTimeout,
        udpIdle,
        udpSweep,
        maxUdpFlows,
        maxConnections,
        maxConnectionsPerPort,
        nanoClock);
  }

  public ProxySettings withConnectTimeout(Duration other) {
    return new ProxySettings(
        polling,
        threads,
        other,
        udpIdle,
        udpSweep,
        maxUdpFlows,
        maxConnections,
        maxConnectionsPerPort,
        nanoClock);
  }

  public ProxySettings withMaxUdpFlows(int other) {
    return new ProxySettings(
        polling,
        threads,
        connectTimeout,
        udpIdle,
        udpSweep,
        other,
        maxConnections,
        maxConnectionsPerPort,
        nanoClock);
  }

  public ProxySettings withMaxConnections(int ofAllPorts, int ofOnePort) {
    return new ProxySettings(
        polling,
        threads,
        connectTimeout,
        udpIdle,
        udpSweep,
        maxUdpFlows,
        ofAllPorts,
        ofOnePort,
        nanoClock);
  }

  /** The same with UDP flows' idle time measured by {@code clock} and looked at every sweep. */
  public ProxySettings withUdpClock(LongSupplier clock, Duration sweep) {
    return new ProxySettings(
        polling,
        threads,
        connectTimeout,
        udpIdle,
        sweep,
        maxUdpFlows,
        maxConnections,
        maxConnectionsPerPort,
        clock);
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
