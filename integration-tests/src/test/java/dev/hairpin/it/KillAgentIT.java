package dev.hairpin.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Conversation;
import dev.hairpin.it.world.Engine;
import dev.hairpin.it.world.Kernel;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.PeerServer;
import dev.hairpin.it.world.Probe;
import dev.hairpin.it.world.World;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An agent that is killed leaves the kernel's path as it is, and the next one takes over. */
@NeedsRealNetwork
class KillAgentIT {
  private static final int ECHO = 81;

  private World world;
  private Kernel kernel;
  private AgentProcess agent;
  private Engine engine;

  @BeforeEach
  void publishContainer() {
    world = World.create();
    kernel = new Kernel(world);
    agent = AgentProcess.withEngine(world);
    engine = Engine.under(agent);
    engine.run("run", "-d", "--name", "web", "-p", "8080:80", "-p", "8081:81", "peer");
    world.inhabitedBy(PeerServer.in(engine.namespaceOf("web")).tcp(80));
    await("the container to be published")
        .atMost(Duration.ofSeconds(10))
        .until(() -> fromOutside().startsWith("open"));
    // What dockerd's calls say comes first; its networks are read at leisure once it answers.
    await("the rules to know the container's bridge")
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() ->
            assertThat(kernel.rules())
                .containsAll(Kernel.portRules("docker0", "tcp", 8080, "172.17.0.2", 80))
                .containsAll(Kernel.portRules("docker0", "tcp", 8081, "172.17.0.2", ECHO)));
  }

  @AfterEach
  void removeWorld() {
    world.close();
  }

  @Test
  void connectionThroughTheKernelOutlivesTheAgentAndTheNextOne() {
    Conversation.Echo echo = Conversation.Echo.in(engine.namespaceOf("web"), ECHO);
    try (Conversation conversation = echo.from(world.outside(), World.HOST_4, 8081)) {
      conversation.goesOn();
      agent.kill();
      conversation.goesOn();
      assertThat(fromOutside()).isEqualTo("open 172.17.0.2:80 sees 192.0.2.2");

      agent.start();
      conversation.goesOn();
      awaitProxy();
      conversation.goesOn();
    }
  }

  @Test
  void nextAgentChangesNoRule() {
    List<String> before = kernel.rules();
    agent.kill();
    assertThat(kernel.rules()).isEqualTo(before);
    agent.start();
    awaitProxy();
    assertThat(kernel.rules()).isEqualTo(before);
  }

  @Test
  void nextAgentHoldsThePortsAgain() {
    List<String> before = kernel.listening();
    agent.kill();
    assertThat(kernel.listening()).isEqualTo(before);
    agent.start();
    awaitProxy();
    assertThat(kernel.listening()).isEqualTo(before);
    assertThat(agent.hairpin("ps").run()).contains("0.0.0.0:8080/tcp", "172.17.0.2:80");
  }

  @Test
  void containerThatEndsAfterwardsIsTakenAway() {
    agent.kill();
    agent.start();
    awaitProxy();
    engine.run("rm", "-f", "web");
    await("nothing to be left of the container")
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> {
          assertThat(kernel.rules()).noneMatch(rule -> rule.contains("172.17.0.2"));
          assertThat(kernel.listening()).isEmpty();
        });
  }

  @Test
  void containerThatEndedMeanwhileIsTakenAway() {
    agent.kill();
    engine.run("rm", "-f", "web");
    agent.start();
    await("nothing to be left of the container")
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> {
          assertThat(kernel.rules()).noneMatch(rule -> rule.contains("172.17.0.2"));
          assertThat(kernel.listening()).isEmpty();
        });
  }

  @Test
  void agentThatIsStoppedLeavesTheKernelsPath() {
    List<String> before = kernel.rules();
    assertThat(agent.stop()).isZero();
    assertThat(kernel.rules()).isEqualTo(before);
    assertThat(fromOutside()).isEqualTo("open 172.17.0.2:80 sees 192.0.2.2");
  }

  private void awaitProxy() {
    await("the proxy to answer again")
        .atMost(Duration.ofSeconds(15))
        .untilAsserted(
            () -> assertThat(fromLoopback()).isEqualTo("open 172.17.0.2:80 sees 172.17.0.1"));
  }

  private String fromOutside() {
    return Probe.from(world.outside()).tcp(World.HOST_4, 8080);
  }

  private String fromLoopback() {
    return Probe.from(world.host()).tcp("127.0.0.1", 8080);
  }
}
