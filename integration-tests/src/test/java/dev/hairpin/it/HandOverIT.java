package dev.hairpin.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hairpin.agent.keeper.Keeper;
import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Engine;
import dev.hairpin.it.world.Kernel;
import dev.hairpin.it.world.Namespace;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.PeerServer;
import dev.hairpin.it.world.Probe;
import dev.hairpin.it.world.SteadyClient;
import dev.hairpin.it.world.World;
import dev.hairpin.proxy.posix.TcpSocket;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.HostPort;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** From one agent to the next no published port closes, whatever became of the first. */
@NeedsRealNetwork
class HandOverIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final IpAddress LOOPBACK = IpAddress.parse("127.0.0.1");
  private static final int PATIENCE_MILLIS = 20_000;

  /** Answers to wait for before and after. */
  private static final int MANY = 30;

  private World world;
  private Kernel kernel;
  private AgentProcess agent;

  @BeforeEach
  void startAgent() {
    world = World.create();
    kernel = new Kernel(world);
    agent = AgentProcess.withEngine(world);
  }

  @AfterEach
  void removeWorld() {
    world.close();
  }

  @Test
  void nobodyIsRefusedWhileTheAgentIsKilledAndStartedAgain() throws Exception {
    assertNobodyIsRefusedBetween(agent::kill, agent::start);
  }

  @Test
  void nobodyIsRefusedWhileTheAgentIsStoppedAndStartedAgain() throws Exception {
    assertNobodyIsRefusedBetween(() -> assertThat(agent.stop()).isZero(), agent::start);
  }

  private void assertNobodyIsRefusedBetween(Runnable end, Runnable start) throws Exception {
    publishContainer();
    publishNamespace();
    List<String> listening = kernel.listening();
    try (SteadyClient ofContainer = SteadyClient.from(world.host(), "127.0.0.1", 8080);
        SteadyClient ofNamespace = SteadyClient.from(world.host(), "::1", 3000)) {
      List<SteadyClient> clients = List.of(ofContainer, ofNamespace);
      awaitAnswers(clients, MANY);
      end.run();
      assertThat(kernel.listening()).isEqualTo(listening);
      start.run();
      int before = clients.stream().mapToInt(SteadyClient::answered).max().orElseThrow();
      awaitAnswers(clients, before + MANY);
      for (SteadyClient client : clients) {
        assertThat(client.refused()).as("%s", client).isZero();
        // The one that the first agent carried ended with it.
        assertThat(client.cut()).as("%s", client).isLessThanOrEqualTo(1);
      }
    }
    assertThat(kernel.listening()).isEqualTo(listening);
  }

  private static void awaitAnswers(List<SteadyClient> clients, int count) {
    await("answers for all of " + clients)
        .atMost(SOON)
        .until(() -> clients.stream().allMatch(client -> client.answered() >= count));
  }

  @Test
  void datagramsWaitForTheNextAgent() throws Exception {
    Namespace ns1 = world.ns1();
    world.inhabitedBy(PeerServer.in(ns1).udp(53));
    agent.hairpin("publish", ns1.name(), "5353:53/udp").run();
    agent.kill();
    try (DatagramSocket client = world.host().call(() -> new DatagramSocket())) {
      client.setSoTimeout(PATIENCE_MILLIS);
      client.connect(new InetSocketAddress(LOOPBACK.inet(), 5353));
      client.send(new DatagramPacket(new byte[] {'?'}, 1));
      agent.start();
      DatagramPacket answer = new DatagramPacket(new byte[512], 512);
      client.receive(answer);
      assertThat(new String(answer.getData(), 0, answer.getLength(), UTF_8))
          .isEqualTo("172.18.0.2:53 sees 172.18.0.1");
    }
  }

  @Test
  void downClosesPortsAndLeavesNoProcess() throws Exception {
    publishNamespace();
    assertThat(keepers()).hasSize(1);
    agent.hairpin("down").run();
    assertThat(kernel.listening()).isEmpty();
    assertThat(world.processes()).isEmpty();
    assertThat(AgentProcess.runDirectory(world)).doesNotExist();
  }

  @Test
  void downWithoutAnAgentDoesTheSame() throws Exception {
    publishNamespace();
    agent.kill();
    assertThat(kernel.listening()).isEqualTo(Kernel.portSockets("tcp", 3000));
    assertThat(agent.hairpin("down").run())
        .contains("closed 2 sockets that waited for the next agent");
    assertThat(kernel.listening()).isEmpty();
    assertThat(world.processes()).isEmpty();
    assertThat(AgentProcess.runDirectory(world)).doesNotExist();
  }

  @Test
  void portThatIsTakenBackMeanwhileIsClosedByTheNextAgent() throws Exception {
    Engine engine = publishContainer();
    publishNamespace();
    agent.kill();
    engine.run("rm", "-f", "web");
    agent.start();
    await("the container's port to be closed")
        .atMost(SOON)
        .until(() -> kernel.listening().equals(Kernel.portSockets("tcp", 3000)));
    assertThat(Probe.from(world.host()).tcp("127.0.0.1", 8080)).isEqualTo("refused");
    assertThat(Probe.from(world.host()).tcp("127.0.0.1", 3000))
        .isEqualTo("open 172.18.0.2:3000 sees 172.18.0.1");
  }

  @Test
  void socketsOfAnotherNamespaceAreNotServedButClosed() throws Exception {
    Path directory = Files.createDirectory(world.directory().resolve("other"));
    InetSocketAddress address = new InetSocketAddress(LOOPBACK.inet(), 7070);
    TcpSocket socket =
        world
            .host()
            .call(() -> {
              TcpSocket listening = TcpSocket.open(address);
              listening.bind(address);
              listening.listen(9);
              try (Keeper keeper = Keeper.open(directory)) {
                keeper.keep(Map.of(new HostPort(Protocol.TCP, LOOPBACK, 7070), listening.fd()));
              }
              return listening;
            });
    socket.close();
    assertThat(kernel.listening()).isEqualTo(List.of("tcp 127.0.0.1:7070"));
    assertThat(keepers()).hasSize(1);

    world
        .outside()
        .call(() -> {
          Keeper.open(directory).close();
          return null;
        });

    await("the socket to be closed").atMost(SOON).until(() -> kernel.listening().isEmpty());
    assertThat(keepers()).isEmpty();
  }

  private Engine publishContainer() {
    Engine engine = Engine.under(agent);
    engine.run("run", "-d", "--name", "web", "-p", "8080:80", "peer");
    world.inhabitedBy(PeerServer.in(engine.namespaceOf("web")).tcp(80));
    await("the container to be published")
        .atMost(SOON)
        .until(() -> Probe.from(world.host()).tcp("127.0.0.1", 8080).startsWith("open"));
    return engine;
  }

  private void publishNamespace() {
    Namespace ns1 = world.ns1();
    world.inhabitedBy(PeerServer.in(ns1).tcp(3000));
    agent.hairpin("publish", ns1.name(), "3000:3000").run();
  }

  /** The processes in this world that keep sockets. */
  private List<Long> keepers() {
    return world.processes().stream()
        .filter(pid -> environment(pid).anyMatch(each -> each.startsWith("HAIRPIN_KEEPER=")))
        .toList();
  }

  private static Stream<String> environment(long pid) {
    try {
      return Stream.of(Files.readString(Path.of("/proc/" + pid + "/environ")).split("\0", -1));
    } catch (IOException gone) {
      return Stream.empty();
    }
  }
}
