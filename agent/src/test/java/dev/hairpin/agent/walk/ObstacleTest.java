package dev.hairpin.agent.walk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.trace.Host;
import dev.hairpin.rules.trace.Packet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A host 192.0.2.1 with a bridge docker0 gets packets, or sends them. */
class ObstacleTest {
  private static final IpAddress CLIENT = IpAddress.parse("192.0.2.2");
  private static final IpAddress CONTAINER = IpAddress.parse("172.17.0.2");
  private static final IpAddress LOOPBACK = IpAddress.parse("127.0.0.1");
  private static final Surveyed HOST =
      Surveyed.of(
          Family.IPV4,
          """
          [{"ifname":"docker0","linkinfo":{"info_kind":"bridge"},"addr_info":[
             {"local":"172.17.0.1","prefixlen":16}]},
           {"ifname":"eth0","addr_info":[{"local":"192.0.2.1","prefixlen":24}]}]
          """,
          """
          [{"dst":"172.17.0.0/16","dev":"docker0"},{"dst":"192.0.2.0/24","dev":"eth0"}]
          """);

  @Test
  void loopbackAddressesStayOnLoopback() {
    assertThat(obstacle(HOST, LOOPBACK, CONTAINER)).isEqualTo(new Obstacle.Loopback());
    assertThat(obstacle(HOST, CLIENT, LOOPBACK)).isEqualTo(new Obstacle.Loopback());
  }

  @Test
  void nobodyElseSendsFromAnAddressOfThisHost() {
    IpAddress own = IpAddress.parse("172.17.0.1");

    assertThat(obstacle(HOST, own, CONTAINER)).isEqualTo(new Obstacle.OwnAddress(own));
  }

  @Test
  void withoutARouteItDoesNotMatterWhetherThisHostForwards() {
    IpAddress elsewhere = IpAddress.parse("203.0.113.7");

    assertThat(obstacle(forwarding(Set.of()), CLIENT, elsewhere))
        .isEqualTo(new Obstacle.NoRoute(elsewhere));
  }

  @Test
  void whereThereIsARouteThisHostMayNotForward() {
    assertThat(obstacle(forwarding(Set.of(Family.IPV6)), CLIENT, CONTAINER))
        .isEqualTo(new Obstacle.NoForwarding(Family.IPV4));
    assertThat(obstacle(HOST, CLIENT, CONTAINER)).isEqualTo(new Obstacle.Forbidden(CONTAINER));
  }

  private static Surveyed forwarding(Set<Family> families) {
    Host host = HOST.host().withForwarding(families);
    return new Surveyed(HOST.family(), HOST.links(), HOST.gateway(), host);
  }

  private static Obstacle obstacle(Surveyed host, IpAddress source, IpAddress destination) {
    return Obstacle.of(
        host, Packet.arriving("eth0", Protocol.TCP, source, destination, 80), destination);
  }
}
