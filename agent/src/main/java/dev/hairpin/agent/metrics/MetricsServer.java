package dev.hairpin.agent.metrics;

import com.google.common.net.InetAddresses;
import dev.hairpin.agent.control.PortLine;
import io.prometheus.metrics.exporter.httpserver.HTTPServer;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers {@code GET /metrics} on a loopback address. Whoever may open a socket on this host may
 * read who publishes what, and how much passes; so nobody else is let in.
 */
public final class MetricsServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(MetricsServer.class);

  private final HTTPServer server;

  private MetricsServer(HTTPServer server) {
    this.server = server;
  }

  /**
   * Begins to answer.
   *
   * @param address a loopback address; port 0 has the kernel choose one
   * @param ports asked for every scrape, on threads of the server
   * @throws IOException if it can't be bound
   */
  public static MetricsServer start(InetSocketAddress address, Supplier<List<PortLine>> ports)
      throws IOException {
    if (!address.getAddress().isLoopbackAddress()) {
      throw new IllegalArgumentException(address + " is no loopback address");
    }
    PrometheusRegistry registry = new PrometheusRegistry();
    registry.register(new PortMetrics(ports));
    try {
      HTTPServer server =
          HTTPServer.builder()
              .inetAddress(address.getAddress())
              .port(address.getPort())
              .registry(registry)
              .buildAndStart();
      String host = InetAddresses.toUriString(address.getAddress());
      log.info("metrics at http://{}:{}/metrics", host, server.getPort());
      return new MetricsServer(server);
    } catch (IOException e) {
      throw new IOException("serve metrics on " + address + ": " + e.getMessage(), e);
    }
  }

  /** The port that was bound. */
  public int port() {
    return server.getPort();
  }

  @Override
  public void close() {
    server.close();
  }
}
