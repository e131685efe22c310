package dev.hairpin.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.net.InetAddresses;
import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Command;
import dev.hairpin.it.world.Kernel;
import dev.hairpin.it.world.Namespace;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.World;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Programs at both ends of the proxy that are killed, and an agent that runs out of descriptors.
 */
@NeedsRealNetwork
class PeersAndLimitsIT {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final int PATIENCE_MILLIS = 10_000;
  private static final int PORT = 3000;

  /** For ten connections, and one that an eleventh client must not have alone. */
  private static final int SPARE_DESCRIPTORS = 21;

  private static final String NS1 = "172.18.0.2";
  private static final String PROXIED = "127.0.0.1";

  private World world;
  private Namespace ns1;
  private AgentProcess agent;

  @BeforeEach
  void publishNamespace() {
    world = World.create();
    ns1 = world.ns1();
    agent = AgentProcess.withoutEngine(world);
    agent.hairpin("publish", ns1.name(), PORT + ":" + PORT).run();
  }

  @AfterEach
  void removeWorld() {
    world.close();
  }

  /**
   * For a program with bytes that it has not read the kernel sends a reset, and a FIN for others.
   * This one never reads.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void backendThatIsKilledEndsItsConnectionAsIfThereWereNoProxy(boolean unread) throws Exception {
    String direct = endOfConnectionToKilledBackend(NS1, unread);
    assertThat(direct).isEqualTo(unread ? "reset" : "closed");

    assertThat(endOfConnectionToKilledBackend(PROXIED, unread)).isEqualTo(direct);
    assertThat(endOfConnectionToKilledBackend(PROXIED, unread)).isEqualTo(direct);

    assertThat(agent.hairpin("ps", "--traffic").run())
        .containsPattern("0\\.0\\.0\\.0:3000/tcp +namespace \\S+ +2 +0 +0 ");
  }

  private String endOfConnectionToKilledBackend(String address, boolean unread) throws Exception {
    Process backend =
        ns1.command("busybox", "nc", "-l", "-p", Integer.toString(PORT), "-e", "sleep", "infinity")
            .startLoggingTo(world.directory().resolve("backend.log"));
    try {
      await("the backend to listen").atMost(SOON).until(() -> !sockets("listening").isEmpty());
      try (Socket client = connect(address)) {
        await("the connection").atMost(SOON).until(() -> !sockets("established").isEmpty());
        if (unread) {
          client.getOutputStream().write(new byte[100]);
          await("bytes to wait").atMost(SOON).until(() -> sockets("established").startsWith("100"));
        }
        backend.destroyForcibly().onExit().join();
        return endOf(client);
      }
    } finally {
      backend.destroyForcibly().onExit().join();
    }
  }

  /** The lines of ss: bytes that wait to be read, and to be sent, and both addresses. */
  private String sockets(String state) {
    return ns1.command("ss", "-Htn", "state", state, "sport", "=", ":" + PORT).run().strip();
  }

  private Socket connect(String address) {
    return world
        .host()
        .call(() -> {
          Socket socket = new Socket();
          socket.connect(
              new InetSocketAddress(InetAddresses.forString(address), PORT), PATIENCE_MILLIS);
          socket.setSoTimeout(PATIENCE_MILLIS);
          return socket;
        });
  }

  private static String endOf(Socket socket) throws IOException {
    try {
      return socket.getInputStream().read() < 0 ? "closed" : "more";
    } catch (SocketException e) {
      return String.valueOf(e.getMessage()).contains("reset") ? "reset" : e.toString();
    }
  }

  @Test
  void backendSeesTheEndOfAClientThatIsKilledAndNoDescriptorStays() throws Exception {
    try (ServerSocket backend = ns1.call(() -> new ServerSocket(PORT))) {
      backend.setSoTimeout(PATIENCE_MILLIS);
      Process client =
          world
              .host()
              .command("bash", "-c", "exec 9<>/dev/tcp/127.0.0.1/3000; exec sleep infinity")
              .startLoggingTo(world.directory().resolve("client.log"));
      try (Socket served = backend.accept()) {
        served.setSoTimeout(PATIENCE_MILLIS);
        client.destroyForcibly().onExit().join();
        assertThat(endOf(served)).isEqualTo("closed");
      } finally {
        client.destroyForcibly().onExit().join();
      }
      await("no socket to stay").atMost(SOON).until(() -> proxiedSockets().isEmpty());
    }
  }

  /** Otherwise nobody could be accepted any more, nor could the agent be asked anything. */
  @Test
  void portsThatWouldTakeTheLastDescriptorsAreRefusedAndTheOthersStay() throws Exception {
    Command.of("prlimit", "--pid", Long.toString(agent.pid()), "--nofile=1000:1000").run();

    Command.Finished refused =
        agent.hairpin("publish", ns1.name(), "20000-20999:20000-20999").attempt();

    assertThat(refused.exit()).isEqualTo(1);
    assertThat(refused.err())
        .contains("too many open files: of the 1000 that this process may have, 125 are not for")
        .contains("all 2002 ports need a limit of 3282");
    assertThat(agent.hairpin("ps").run().lines()).as("its heading and the first port").hasSize(3);
    assertThat(new Kernel(world).listening())
        .containsExactlyElementsOf(Kernel.portSockets("tcp", PORT));
    try (ServerSocket backend = ns1.call(() -> new ServerSocket(PORT))) {
      Thread.ofVirtual().start(() -> echoByte(backend));
      exchange(connect(PROXIED));
    }
  }

  @Test
  void agentWithoutDescriptorsLetsClientsWaitAndServesThemLater() throws Exception {
    List<Socket> clients = new ArrayList<>();
    try (ServerSocket backend = ns1.call(() -> new ServerSocket(PORT))) {
      Thread.ofVirtual().start(() -> echoByte(backend));
      exchange(connect(PROXIED));
      await("both its descriptors to be free").atMost(SOON).until(() -> proxiedSockets().isEmpty());
      String limit = Long.toString(descriptors() + SPARE_DESCRIPTORS);
      Command.of("prlimit", "--pid", Long.toString(agent.pid()), "--nofile=" + limit + ":" + limit)
          .run();

      for (int i = 0; i < 2 * SPARE_DESCRIPTORS; i++) {
        Socket client = connect(PROXIED);
        clients.add(client);
        client.getOutputStream().write(1);
      }
      await("the agent to say so")
          .atMost(SOON)
          .until(() -> agent.log().contains("accept on 0.0.0.0:3000/tcp: too many open files"));
      await("one to be left that is too few for a client")
          .atMost(SOON)
          .until(() -> descriptors() == Long.parseLong(limit) - 1);

      // Each that is answered and leaves makes room for another.
      while (!clients.isEmpty()) {
        await("an answer")
            .atMost(SOON)
            .until(() -> clients.stream().anyMatch(PeersAndLimitsIT::isAnswered));
        for (Socket client : List.copyOf(clients)) {
          if (isAnswered(client)) {
            assertThat(client.getInputStream().read()).isEqualTo(1);
            client.close();
            clients.remove(client);
          }
        }
      }
      exchange(connect(PROXIED));
      assertThat(agent.log()).contains("accept on 0.0.0.0:3000/tcp: works again");
    } finally {
      for (Socket client : clients) {
        client.close();
      }
    }
  }

  private static void exchange(Socket client) throws IOException {
    try (client) {
      client.getOutputStream().write(1);
      assertThat(client.getInputStream().read()).isEqualTo(1);
    }
  }

  /** Has an answer, or an end, which is none. */
  private static boolean isAnswered(Socket client) {
    try {
      return client.getInputStream().available() > 0;
    } catch (IOException e) {
      throw new AssertionError("a client was turned away", e);
    }
  }

  /** Each connection gets its first byte back. */
  private static void echoByte(ServerSocket backend) {
    while (!backend.isClosed()) {
      try {
        Socket served = backend.accept();
        Thread.ofVirtual().start(() -> echoByte(served));
      } catch (IOException e) {
        assertThat(backend.isClosed()).as("closed by the test: %s", e).isTrue();
      }
    }
  }

  private static void echoByte(Socket served) {
    try (served) {
      served.getOutputStream().write(served.getInputStream().read());
      assertThat(served.getInputStream().read()).isNegative();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The agent's connections of either side. Those that the kernel alone remembers aren't. */
  private String proxiedSockets() {
    return world
        .host()
        .command("ss", "-Htn", "state", "connected", "exclude", "time-wait")
        .and("( sport = :" + PORT + " or dport = :" + PORT + " )")
        .run()
        .strip();
  }

  private long descriptors() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/" + agent.pid() + "/fd"))) {
      return open.count();
    }
  }
}
