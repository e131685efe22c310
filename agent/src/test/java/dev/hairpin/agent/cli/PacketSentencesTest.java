package dev.hairpin.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.walk.Obstacle;
import dev.hairpin.agent.walk.Whose;
import dev.hairpin.agent.wording.Language;
import dev.hairpin.agent.wording.Wording;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.trace.Packet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PacketSentencesTest {
  private static final IpAddress ADDRESS = IpAddress.parse("192.0.2.1");
  private static final PacketSentences ENGLISH = new PacketSentences(Language.ENGLISH);
  private static final PacketSentences TRADITIONAL =
      new PacketSentences(Language.TRADITIONAL_CHINESE);

  @ParameterizedTest
  @EnumSource
  void whoseEverARuleIsThereAreWordsForIt(Whose whose) {
    assertThat(Wording.of("walk", Language.ENGLISH).has("whose." + whose)).isTrue();
  }

  @Test
  void everyObstacleIsSaidWithWhatShowsIt() {
    assertThat(ENGLISH.obstacle(new Obstacle.Loopback()))
        .isEqualTo(
            "loopback addresses pass no other interface (sysctl"
                + " net.ipv4.conf.INTERFACE.route_localnet is 0; IPv6 has no such setting)");
    assertThat(ENGLISH.obstacle(new Obstacle.OwnAddress(ADDRESS)))
        .isEqualTo("192.0.2.1 is this host's own address, which nobody else may send from");
    assertThat(ENGLISH.obstacle(new Obstacle.NoRoute(ADDRESS)))
        .isEqualTo("there is no route to 192.0.2.1 (\"ip route get 192.0.2.1\")");
    assertThat(ENGLISH.obstacle(new Obstacle.NoForwarding(Family.IPV4)))
        .isEqualTo("this host forwards nothing (sysctl net.ipv4.ip_forward is 0)");
    assertThat(ENGLISH.obstacle(new Obstacle.NoForwarding(Family.IPV6)))
        .isEqualTo("this host forwards nothing (sysctl net.ipv6.conf.all.forwarding is 0)");
    assertThat(ENGLISH.obstacle(new Obstacle.Forbidden(ADDRESS)))
        .isEqualTo("it may not be sent on to 192.0.2.1");
  }

  @Test
  void inChineseSettingsAndCommandsAreCalledAsTheyAre() {
    assertThat(TRADITIONAL.obstacle(new Obstacle.NoRoute(ADDRESS)))
        .isEqualTo("沒有到 192.0.2.1 的路由（「ip route get 192.0.2.1」）");
    assertThat(TRADITIONAL.obstacle(new Obstacle.NoForwarding(Family.IPV4)))
        .isEqualTo("本機不轉送封包（sysctl net.ipv4.ip_forward 是 0）");
    assertThat(TRADITIONAL.packet(Packet.bridged("docker1", Protocol.UDP, ADDRESS, ADDRESS, 53)))
        .isEqualTo("192.0.2.1:40000 → 192.0.2.1:53/udp，從 bridge docker1 的一個 port 到另一個 port");
  }

  @Test
  void aPublisherIsNamedWithWhatItIs() {
    assertThat(ENGLISH.publisher(new Publisher.Container("1111", "web")))
        .isEqualTo("container web");
    assertThat(TRADITIONAL.publisher(new Publisher.Namespace("ns1"))).isEqualTo("命名空間 ns1");
    assertThat(TRADITIONAL.publisher(new Publisher.StandIn(42))).isEqualTo("docker-proxy 42");
  }
}
