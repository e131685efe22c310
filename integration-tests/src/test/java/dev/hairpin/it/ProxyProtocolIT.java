package dev.hairpin.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Engine;
import dev.hairpin.it.world.Kernel;
import dev.hairpin.it.world.Namespace;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.PeerServer;
import dev.hairpin.it.world.Probe;
import dev.hairpin.it.world.World;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Containers that are told by the PROXY protocol who asks, whichever way the question came. */
@NeedsRealNetwork
class ProxyProtocolIT {
  private static final Duration SOON = Duration.ofSeconds(10);

  private World world;
  private Kernel kernel;
  private AgentProcess agent;
  private Engine engine;

  @BeforeEach
  void startEngine() {
    world = World.create();
    kernel = new Kernel(world);
    agent = AgentProcess.withEngine(world);
    engine = Engine.under(agent);
  }

  @AfterEach
  void removeWorld() {
    world.close();
  }

  @Test
  void aLabelledContainerLearnsTheTrueAddressOfWhoeverAsks() {
    run("web", "-p", "8080:80", "-p", "8081:81", "--label", "hairpin.proxy-protocol=80=v1");
    run("neighbour");
    world.inhabitedBy(PeerServer.in(namespace("web")).echoingLine(80).tcp(81));

    awaitAnswer(Probe.from(world.outside()), "192.0.2.1", "PROXY TCP4 192.0.2.2 192.0.2.1 ");
    awaitAnswer(Probe.from(world.host()), "127.0.0.1", "PROXY TCP4 127.0.0.1 127.0.0.1 ");
    awaitAnswer(Probe.from(world.host()), "192.0.2.1", "PROXY TCP4 192.0.2.1 192.0.2.1 ");
    String neighbour = engine.addressOf("neighbour", "bridge");
    awaitAnswer(
        Probe.from(namespace("neighbour")), "192.0.2.1", "PROXY TCP4 " + neighbour + " 192.0.2.1 ");
    awaitAnswer(
        Probe.from(world.outside()), "2001:db8:1::1", "PROXY TCP6 2001:db8:1::2 2001:db8:1::1 ");

    assertThat(Probe.from(world.outside()).tcp("192.0.2.1", 8081))
        .as("a port that the label doesn't name is the kernel's")
        .isEqualTo("open " + engine.addressOf("web", "bridge") + ":81 sees 192.0.2.2");
    assertThat(kernel.rules()).noneMatch(rule -> rule.contains("--dport 8080 "));
    assertThat(agent.hairpin("ps").run()).contains("by the proxy alone, with PROXY protocol v1");
    assertThat(agent.hairpin("rules", "--explain").run())
        .contains("0.0.0.0:8080/tcp for container web is left to the proxy");
  }

  /** The stand-in is there before Docker tells of the label. */
  @Test
  void aContainerThatIsStartedAgainIsNeverSpokenToWithoutAHeader() {
    run("web", "-p", "8080:80", "--label", "hairpin.proxy-protocol=v1");
    engine.run("stop", "web");
    for (int round = 0; round < 3; round++) {
      engine.run("start", "web");
      world.inhabitedBy(PeerServer.in(namespace("web")).echoingLine(80));
      // Nothing is awaited: what comes too early waits, and is not passed on without a header.
      assertThat(Probe.from(world.outside()).within(SOON).tcp("192.0.2.1", 8080))
          .startsWith("open PROXY TCP4 192.0.2.2 ");
      engine.run("stop", "web");
    }
  }

  @Test
  void aLabelThatMakesNoSenseIsAProblemAndHarmsNobody() {
    run("web", "-p", "8080:80", "--label", "hairpin.proxy-protocol=v3");
    world.inhabitedBy(PeerServer.in(namespace("web")).tcp(80));

    await("the problem to be shown")
        .atMost(SOON)
        .until(
            () -> agent.hairpin("ps").run().contains("problem: label hairpin.proxy-protocol of"));
    assertThat(Probe.from(world.outside()).tcp("192.0.2.1", 8080)).endsWith(" sees 192.0.2.2");
  }

  private void run(String name, String... options) {
    engine.docker("run", "-d", "--name", name).and(options).and("peer").run();
  }

  private Namespace namespace(String container) {
    return engine.namespaceOf(container);
  }

  private static void awaitAnswer(Probe probe, String address, String beginning) {
    await(beginning)
        .atMost(SOON)
        .untilAsserted(() -> assertThat(probe.tcp(address, 8080)).startsWith("open " + beginning));
  }
}
