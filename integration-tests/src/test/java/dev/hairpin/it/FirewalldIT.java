package dev.hairpin.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.FirewalldProcess;
import dev.hairpin.it.world.Namespace;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.PeerServer;
import dev.hairpin.it.world.Probe;
import dev.hairpin.it.world.World;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A real firewalld rules over the host. */
@NeedsRealNetwork
class FirewalldIT {
  /** Longer than between passes that nobody asks for: a bus may have come up meanwhile. */
  private static final Duration SOON = Duration.ofSeconds(40);

  private World world;
  private Namespace ns1;
  private FirewalldProcess firewalld;

  @BeforeEach
  void publishNamespace() {
    world = World.create();
    world.host().command("sysctl", "-qw", "net.ipv4.ip_forward=1").run();
    ns1 = world.ns1();
    world.inhabitedBy(PeerServer.in(ns1).tcp(80));
    world.inhabitedBy(PeerServer.in(world.outside()).tcp(9000));
    firewalld = FirewalldProcess.in(world);
    firewalld.command("--permanent", "--zone=external", "--add-interface=eth0").run();
    firewalld.command("--permanent", "--zone=external", "--remove-masquerade").run();
    firewalld.command("--reload").run();
  }

  @AfterEach
  void removeWorld() {
    world.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"docker20", "hairpin"})
  void whatANamespaceSendsPassesAlsoAfterAReload(String layout) {
    assertThat(ns1ToOutside()).as("before us").startsWith("error");
    AgentProcess agent = AgentProcess.withoutEngine(world, "--layout", layout);
    agent.hairpin("publish", ns1.name(), "8080:80").run();

    // firewalld says that a bridge is in a zone while it still writes its rules.
    await("firewalld to let it pass").atMost(SOON).untilAsserted(this::assertReachable);

    firewalld.command("--reload").run();
    await("the bridge to be in its zone again").atMost(SOON).untilAsserted(this::assertReachable);
    assertThat(isInZone()).isTrue();
    assertThat(agent.hairpin("ps").attempt().toString()).doesNotContain("firewalld");
  }

  @Test
  void aFirewalldThatStartsLaterHasTheBridgeToo() {
    firewalld.close();
    AgentProcess agent = AgentProcess.withoutEngine(world);
    agent.hairpin("publish", ns1.name(), "8080:80").run();

    firewalld = FirewalldProcess.in(world);

    await("the bridge to be in its zone").atMost(SOON).until(this::isInZone);
  }

  @Test
  void downTakesTheBridgeOutAndTheZoneAway() {
    AgentProcess agent = AgentProcess.withoutEngine(world);
    agent.hairpin("publish", ns1.name(), "8080:80").run();
    assertThat(isInZone()).isTrue();
    assertThat(firewalld.command("--permanent", "--get-zones").run()).contains("docker");

    assertThat(agent.hairpin("down").run())
        .contains("took docker1 out of firewalld's zone docker")
        .contains("removed firewalld's docker and docker-forwarding");

    assertThat(isInZone()).isFalse();
    assertThat(firewalld.command("--permanent", "--get-zones").run()).doesNotContain("docker");
    assertThat(firewalld.command("--permanent", "--get-policies").run()).doesNotContain("docker");
  }

  private void assertReachable() {
    assertThat(Probe.from(world.outside()).tcp(World.HOST_4, 8080))
        .as("from outside")
        .isEqualTo("open 172.18.0.2:80 sees 192.0.2.2");
    assertThat(ns1ToOutside()).as("to outside").isEqualTo("open 192.0.2.2:9000 sees 192.0.2.1");
    assertThat(Probe.from(ns1).tcp(World.HOST_4, 8080))
        .as("from itself, by the proxy")
        .isEqualTo("open 172.18.0.2:80 sees 172.18.0.1");
  }

  private String ns1ToOutside() {
    return Probe.from(ns1).tcp(World.OUTSIDE_4, 9000);
  }

  private boolean isInZone() {
    return firewalld.command("--zone=docker", "--query-interface=docker1").attempt().exit() == 0;
  }
}
