package dev.hairpin.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hairpin.agent.control.PortLine;
import dev.hairpin.proxy.Traffic;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class MetricsServerTest {
  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private static PortLine line(Traffic proxied) {
    return new PortLine(
        "0.0.0.0:8080/tcp",
        "172.17.0.2:80",
        "container \"web\"",
        "8080:80",
        PortLine.PUBLISHED,
        "",
        proxied);
  }

  @Test
  void everyScrapeReadsThePortsAnew() throws Exception {
    AtomicReference<List<PortLine>> ports = new AtomicReference<>(List.of());
    try (MetricsServer server = MetricsServer.start(ANY_PORT, ports::get)) {
      assertThat(scrape(server)).doesNotContain("host_port");

      ports.set(List.of(line(new Traffic(12, 2, 1, 3200, 1_000_000))));
      assertThat(scrape(server).lines())
          .contains(
              "# TYPE hairpin_proxy_connections_total counter",
              "hairpin_proxy_connections_total{host_port=\"0.0.0.0:8080/tcp\",publisher=\"container \\\"web\\\"\"} 12.0",
              "hairpin_proxy_open_connections{host_port=\"0.0.0.0:8080/tcp\",publisher=\"container \\\"web\\\"\"} 2.0",
              "hairpin_proxy_refused_connections_total{host_port=\"0.0.0.0:8080/tcp\",publisher=\"container \\\"web\\\"\"} 1.0",
              "hairpin_proxy_relayed_bytes_total{direction=\"in\",host_port=\"0.0.0.0:8080/tcp\",publisher=\"container \\\"web\\\"\"} 3200.0",
              "hairpin_proxy_relayed_bytes_total{direction=\"out\",host_port=\"0.0.0.0:8080/tcp\",publisher=\"container \\\"web\\\"\"} 1000000.0");
    }
  }

  @Test
  void anAddressThatOthersReachIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MetricsServer.start(new InetSocketAddress("192.0.2.1", 9105), List::of));
  }

  @Test
  void aPortThatIsTakenIsNamed() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      InetSocketAddress address = (InetSocketAddress) taken.getLocalSocketAddress();
      assertThatIOException()
          .isThrownBy(() -> MetricsServer.start(address, List::of))
          .withMessage("serve metrics on " + address + ": Address already in use");
    }
  }

  private static String scrape(MetricsServer server) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/metrics"))
            .build();
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(request, BodyHandlers.ofString()).body();
    }
  }
}
