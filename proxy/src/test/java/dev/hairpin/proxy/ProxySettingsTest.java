package dev.hairpin.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProxySettingsTest {
  @Test
  void udpFlowsAreKeptAsLongAsDockerProxyKeepsThem() {
    assertThat(ProxySettings.defaults().udp().idle()).isEqualTo(Duration.ofSeconds(90));
  }

  @Test
  void valuesThatCannotWorkAreRefusedWithTheirBounds() {
    ProxySettings settings = ProxySettings.defaults();

    assertThatThrownBy(() -> settings.withMaxUdpFlows(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maximum of UDP flows 0 is below 1");
    assertThatThrownBy(() -> settings.withConnectTimeout(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("connect timeout PT0S is outside 1 ms to 24 days");
  }

  @Test
  void aNameIsNotAnAddress() {
    try (UserlandProxy proxy = UserlandProxy.start(ProxySettings.defaults())) {
      assertThatThrownBy(() ->
              proxy.hold(Transport.TCP, InetSocketAddress.createUnresolved("example.com", 80)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("example.com");
    }
  }
}
