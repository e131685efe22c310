package dev.hairpin.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Kernel;
import dev.hairpin.it.world.Namespace;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.PeerServer;
import dev.hairpin.it.world.Probe;
import dev.hairpin.it.world.World;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Ports and ranges under the layout of our own. */
@NeedsRealNetwork
class HairpinLayoutIT {
  private static final Duration SOON = Duration.ofSeconds(15);
  private static final String RANGE = "20000-20999:20000-20999";

  private World world;
  private Namespace ns1;
  private AgentProcess agent;

  @BeforeEach
  void startAgent() {
    world = World.create();
    ns1 = world.ns1();
    world.inhabitedBy(PeerServer.in(ns1).tcp(80).tcp(20000).tcp(20999).tcp(30999).udp(53));
    agent = AgentProcess.withoutEngine(world);
  }

  @AfterEach
  void removeWorld() {
    world.close();
  }

  @Test
  void bothEndsOfARangeAreReachedUnderTheClientsAddress() {
    publish(RANGE);

    assertThat(fromOutside(20000)).isEqualTo("open 172.18.0.2:20000 sees 192.0.2.2");
    assertThat(fromOutside(20999)).isEqualTo("open 172.18.0.2:20999 sees 192.0.2.2");
    assertThat(elements("port-ranges")).contains("tcp . 20000-20999 : 172.18.0.2 }");
  }

  @Test
  void aRangeThatIsShiftedLeadsToTheRightPort() {
    publish("20000-20999:30000-30999");

    assertThat(fromOutside(20999)).isEqualTo("open 172.18.0.2:30999 sees 192.0.2.2");
  }

  @Test
  void udpAndOneAddressAreServedAsWell() {
    publish("192.0.2.1:8080:80");
    publish("5353:53/udp");

    assertThat(fromOutside(8080)).isEqualTo("open 172.18.0.2:80 sees 192.0.2.2");
    assertThat(Probe.from(world.outside()).udp(World.HOST_4, 5353))
        .isEqualTo("open 172.18.0.2:53 sees 192.0.2.2");
    assertThat(Probe.from(world.host()).tcp("127.0.0.1", 8080)).isEqualTo("refused");
  }

  /** A rule that is written again has another handle. */
  @Test
  void onePortMoreOrLessTouchesNoRule() {
    publish(RANGE);
    List<String> rules = rulesWithHandles();

    publish("8080:80");
    assertThat(fromOutside(8080)).isEqualTo("open 172.18.0.2:80 sees 192.0.2.2");
    assertThat(rulesWithHandles()).isEqualTo(rules);

    agent.hairpin("unpublish", ns1.name(), RANGE).run();
    assertThat(fromOutside(20000)).isEqualTo("refused");
    assertThat(elements("port-ranges")).doesNotContain("20000");
    assertThat(rulesWithHandles()).isEqualTo(rules);
  }

  @Test
  void theNextAgentFindsAllThatItWantsAndChangesNothing() {
    publish(RANGE);
    publish("8080:80");
    List<String> rules = rulesWithHandles();
    long changes = changesInLog();
    agent.kill();
    assertThat(fromOutside(20999)).isEqualTo("open 172.18.0.2:20999 sees 192.0.2.2");

    agent.start();

    await("the next agent to publish them")
        .atMost(SOON)
        .until(() -> agent.hairpin("ps").run().contains("20000-20999/tcp"));
    assertThat(changesInLog()).isEqualTo(changes).isPositive();
    assertThat(rulesWithHandles()).isEqualTo(rules);
  }

  @Test
  void nothingIsLeftOfIt() {
    publish(RANGE);

    agent.hairpin("down").run();

    assertThat(nft("list", "tables")).doesNotContain("hairpin");
    assertThat(new Kernel(world).listening()).isEmpty();
  }

  /** Of all agents that there were. */
  private long changesInLog() {
    return agent.log().lines().filter(line -> line.contains(" changes of the IPv")).count();
  }

  private void publish(String spec) {
    agent.hairpin("publish", ns1.name(), spec).run();
  }

  private String fromOutside(int port) {
    return Probe.from(world.outside()).tcp(World.HOST_4, port);
  }

  private String elements(String map) {
    return nft("list", "map", "ip", "hairpin", map);
  }

  /**
   * Without counters and elements: what is left is where each rule and chain is, and its handle.
   */
  private List<String> rulesWithHandles() {
    return nft("-a", "-s", "-t", "list", "table", "ip", "hairpin").lines().toList();
  }

  private String nft(String... arguments) {
    return world.host().command("nft").and(arguments).run();
  }
}
