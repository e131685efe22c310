package dev.hairpin.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hairpin.agent.netns.NetworkNamespace;
import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Engine;
import dev.hairpin.it.world.Namespace;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.PeerServer;
import dev.hairpin.it.world.Probe;
import dev.hairpin.it.world.World;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The proxy's sockets to containers, opened where these are. */
@NeedsRealNetwork
class DialNamespaceIT {
  private static final Duration SOON = Duration.ofSeconds(10);

  private World world;

  @BeforeEach
  void createWorld() {
    world = World.create();
  }

  @AfterEach
  void removeWorld() {
    world.close();
  }

  @Test
  void aServiceOnTheContainersOwnLoopbackAnswersThroughThePublishedPort() {
    Engine engine = Engine.under(AgentProcess.withEngine(world, "--dial", "namespace"));
    engine.run("run", "-d", "--name", "web", "-p", "8080:80", "-p", "8081:81", "peer");
    Namespace web = engine.namespaceOf("web");
    world.inhabitedBy(PeerServer.in(web).tcpOn("127.0.0.1", 80).tcp(81));
    String address = engine.addressOf("web", "bridge");

    awaitAnswer("127.0.0.1", 8080, "open 127.0.0.1:80 sees 127.0.0.1");
    awaitAnswer("127.0.0.1", 8081, "open " + address + ":81 sees " + address);
    awaitAnswer("::1", 8081, "open " + address + ":81 sees " + address);
    assertThat(world.host().command("conntrack", "-L").run())
        .as("connections that crossed the bridge")
        .doesNotContain(address);
  }

  @Test
  void overTheBridgeSuchAServiceRefuses() {
    Engine engine = Engine.under(AgentProcess.withEngine(world));
    engine.run("run", "-d", "--name", "web", "-p", "8080:80", "-p", "8081:81", "peer");
    Namespace web = engine.namespaceOf("web");
    world.inhabitedBy(PeerServer.in(web).tcpOn("127.0.0.1", 80).tcp(81));
    String address = engine.addressOf("web", "bridge");

    awaitAnswer("127.0.0.1", 8081, "open " + address + ":81 sees 172.17.0.1");
    assertThat(Probe.from(world.host()).tcp("127.0.0.1", 8080)).isEqualTo("reset");
    assertThat(world.host().command("conntrack", "-L").run()).contains(address);
  }

  @Test
  void aContainerThatIsStartedAgainIsDialledWhereItIsNow() throws IOException {
    AgentProcess agent = AgentProcess.withEngine(world, "--dial", "namespace");
    Engine engine = Engine.under(agent);
    engine.run("run", "-d", "--name", "web", "-p", "8080:80", "-p", "5353:53/udp", "peer");
    for (int round = 0; round < 2; round++) {
      PeerServer server = PeerServer.in(engine.namespaceOf("web")).tcpOn("127.0.0.1", 80).udp(53);
      awaitAnswer("127.0.0.1", 8080, "open 127.0.0.1:80 sees 127.0.0.1");
      String address = engine.addressOf("web", "bridge");
      assertThat(Probe.from(world.host()).udp("127.0.0.1", 5353))
          .isEqualTo("open " + address + ":53 sees " + address);
      server.close();
      engine.run("restart", "--time=0", "web");
    }
    OptionalLong web = NetworkNamespace.ofPid(engine.pidOf("web")).inode();
    await("the agent to hold the namespace that there is, and no other")
        .atMost(SOON)
        .untilAsserted(() -> assertThat(held(agent)).containsExactly(web.getAsLong()));
  }

  private void awaitAnswer(String address, int port, String answer) {
    await(answer)
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(Probe.from(world.host()).tcp(address, port)).isEqualTo(answer));
  }

  /** The kernel's numbers of the namespaces that the agent has open, but for its own. */
  private static List<Long> held(AgentProcess agent) throws IOException {
    OptionalLong own = NetworkNamespace.ofPid(agent.pid()).inode();
    List<Long> held = new ArrayList<>();
    try (DirectoryStream<Path> descriptors =
        Files.newDirectoryStream(Path.of("/proc/" + agent.pid() + "/fd"))) {
      for (Path descriptor : descriptors) {
        OptionalLong inode = new NetworkNamespace("of a descriptor", descriptor).inode();
        if (inode.isPresent() && !inode.equals(own)) {
          held.add(inode.getAsLong());
        }
      }
    }
    return held;
  }
}
