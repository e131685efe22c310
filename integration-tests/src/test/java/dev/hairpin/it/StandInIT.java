package dev.hairpin.it;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hairpin.agent.standin.ProxyWithSocket;
import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Command;
import dev.hairpin.it.world.Engine;
import dev.hairpin.it.world.Kernel;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.PeerServer;
import dev.hairpin.it.world.Probe;
import dev.hairpin.it.world.World;
import dev.hairpin.proxy.posix.Errno;
import dev.hairpin.proxy.posix.PosixException;
import dev.hairpin.proxy.posix.SctpSocket;
import dev.hairpin.proxy.posix.TcpSocket;
import dev.hairpin.rules.address.IpAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** dockerd and our stand-in for docker-proxy, and the stand-in by itself. */
@NeedsRealNetwork
class StandInIT {
  /** What the agent itself keeps among the registrations. */
  private static final Set<String> AGENTS_OWN = Set.of("wake", "agent");

  private static final Duration SOON = Duration.ofSeconds(10);

  /** dockerd gives a docker-proxy 16 s; the stand-in must say what is wrong long before. */
  private static final Duration CLEAR_ERROR_WITHIN = Duration.ofSeconds(5);

  /** Resident memory of one stand-in, in kB. A JVM has fifty times as much. */
  private static final int MODEST_KILOBYTES = 4_096;

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
  void takenPortFailsDockerRunInTheWordsThatAUserKnows() {
    Engine engine = Engine.under(agent);
    world.inhabitedBy(PeerServer.in(world.host()).tcp(8080));
    List<String> idle = awaitIdleRules();

    Command.Finished finished =
        engine.docker("run", "-d", "--name", "web", "-p", "8080:80", "peer").attempt();
    assertThat(finished.exit()).isEqualTo(125);
    assertThat(finished.err())
        .contains("driver failed programming external connectivity on endpoint web")
        .contains("address already in use");
    assertThat(engine.inspect("web", "{{.State.Running}}")).isEqualTo("false");
    await("nothing to be left behind")
        .atMost(SOON)
        .untilAsserted(() -> {
          assertThat(kernel.rules()).isEqualTo(idle);
          assertThat(kernel.listening()).isEqualTo(List.of("tcp *:8080"));
          assertThat(registrations()).isEmpty();
        });
  }

  /** docker-proxy says "protocol not supported" as well, and no more. */
  @Test
  @DisabledIf("kernelHasSctp")
  void sctpPortOnAKernelWithoutSctpFailsDockerRunAndSaysWhy() {
    Engine engine = Engine.under(agent);
    awaitIdleRules();

    Command.Finished finished =
        engine.docker("run", "-d", "--name", "web", "-p", "9999:9999/sctp", "peer").attempt();
    assertThat(finished.exit()).isEqualTo(125);
    assertThat(finished.err())
        .contains("driver failed programming external connectivity on endpoint web")
        .contains("listen sctp 0.0.0.0:9999: protocol not supported: this kernel has no SCTP;");
    assertThat(engine.inspect("web", "{{.State.Running}}")).isEqualTo("false");
    await("nothing to be left behind")
        .atMost(SOON)
        .untilAsserted(() -> {
          assertThat(kernel.rules()).noneMatch(line -> line.contains("9999"));
          assertThat(registrations()).isEmpty();
        });
  }

  static boolean kernelHasSctp() throws IOException {
    try (SctpSocket socket = SctpSocket.open(new InetSocketAddress(0))) {
      return socket.isGenuine();
    } catch (PosixException e) {
      if (e.errno() == Errno.EPROTONOSUPPORT) {
        return false;
      }
      throw e;
    }
  }

  @Test
  void takenPortAmongManyGivesTheOthersBack() {
    Engine engine = Engine.under(agent);
    world.inhabitedBy(PeerServer.in(world.host()).tcp(8005));
    List<String> idle = awaitIdleRules();

    Command.Finished finished =
        engine.docker("run", "-d", "--name", "web", "-p", "8000-8009:8000-8009", "peer").attempt();
    assertThat(finished.exit()).isEqualTo(125);
    assertThat(finished.err()).contains("8005").contains("address already in use");
    await("nothing to be left behind")
        .atMost(SOON)
        .untilAsserted(() -> {
          assertThat(kernel.rules()).isEqualTo(idle);
          assertThat(kernel.listening()).isEqualTo(List.of("tcp *:8005"));
        });
    engine.run("rm", "-f", "web");
    engine.run("run", "-d", "--name", "web", "-p", "8080:80", "peer");
    world.inhabitedBy(PeerServer.in(engine.namespaceOf("web")).tcp(80));
    await("another port to work")
        .atMost(SOON)
        .until(() -> Probe.from(world.host()).tcp("127.0.0.1", 8080).startsWith("open"));
  }

  @Test
  void withoutAgentDockerRunSaysSoSoon() {
    Engine engine = Engine.under(agent);
    agent.stop();
    Command.Finished finished =
        engine
            .docker("run", "-d", "--name", "web", "-p", "8080:80", "peer")
            // dockerd's own share of the time comes on top.
            .within(CLEAR_ERROR_WITHIN.plusSeconds(3))
            .attempt();
    assertThat(finished.exit()).isEqualTo(125);
    assertThat(finished.err()).contains("hairpin");
    assertThat(kernel.listening()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void signalGivesThePortBack(String signal) throws IOException {
    Path status = world.directory().resolve("status");
    Process standIn = startStandIn(status, "127.0.0.1", "7070");
    await("the port to be held").atMost(SOON).until(() -> Files.readString(status).equals("0\n"));
    await("the socket")
        .atMost(SOON)
        .until(() -> kernel.listening().equals(List.of("tcp 127.0.0.1:7070")));

    Command.of("kill", "-s", signal, Long.toString(standIn.pid())).run();
    standIn.onExit().orTimeout(5, SECONDS).join();
    assertThat(kernel.listening()).isEmpty();
    assertThat(registrations()).isEmpty();
  }

  @Test
  void killedStandInLosesItsPortAndNoOtherDoes() {
    Process standIn = startStandIn(world.directory().resolve("status"), "127.0.0.1", "7070");
    Process other = startStandIn(world.directory().resolve("other"), "127.0.0.1", "7071");
    await("the sockets")
        .atMost(SOON)
        .until(
            () -> kernel.listening().equals(List.of("tcp 127.0.0.1:7070", "tcp 127.0.0.1:7071")));
    standIn.destroyForcibly().onExit().join();
    await("the socket to be closed")
        .atMost(SOON)
        .until(() -> kernel.listening().equals(List.of("tcp 127.0.0.1:7071")));
    world.inhabitedBy(PeerServer.in(world.host()).tcp(7070));
    assertThat(other.isAlive()).isTrue();
  }

  /** dockerd 28 and later bind the port themselves. */
  @Test
  void passedSocketIsServedByEachAgentInTurn() {
    world.inhabitedBy(PeerServer.in(world.host()).tcp(80));
    ProxyWithSocket standIn = world.inhabitedBy(standInWithSocket(7070));
    // Loopback is the proxy's own: no rule sends it past the socket.
    Probe host = Probe.from(world.host());
    assertThat(standIn.answer()).isEqualTo("0\n");
    assertThat(host.tcp("127.0.0.1", 7070)).startsWith("open 127.0.0.1:80 ");

    agent.kill();
    assertThat(kernel.listening()).contains("tcp 0.0.0.0:7070");
    agent.start();
    assertThat(host.tcp("127.0.0.1", 7070)).startsWith("open 127.0.0.1:80 ");

    assertThat(standIn.stop()).isZero();
    assertThat(kernel.listening()).isEqualTo(List.of("tcp *:80"));
    assertThat(host.tcp("127.0.0.1", 7070)).isEqualTo("refused");
  }

  private ProxyWithSocket standInWithSocket(int port) {
    TcpSocket socket =
        world
            .host()
            .call(() -> {
              InetSocketAddress address = new InetSocketAddress(IpAddress.ANY_IPV4.inet(), port);
              TcpSocket listening = TcpSocket.open(address);
              listening.bind(address);
              listening.listen(128);
              return listening;
            });
    List<String> argv =
        world
            .host()
            .command(standIn("0.0.0.0", Integer.toString(port)))
            .and("-use-listen-fd")
            .argv();
    try {
      return ProxyWithSocket.start(
          socket, world.directory().resolve("status"), agent.environment(), argv);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void silentAgentIsAClearErrorWithinFiveSeconds() throws IOException {
    Command.of("kill", "-s", "STOP", Long.toString(agent.pid())).run();
    try {
      Path status = world.directory().resolve("status");
      Process standIn = startStandIn(status, "127.0.0.1", "7070");
      standIn.onExit().orTimeout(CLEAR_ERROR_WITHIN.toSeconds(), SECONDS).join();
      assertThat(standIn.exitValue()).isEqualTo(1);
      assertThat(Files.readString(status)).startsWith("1\n").contains("does not answer");
    } finally {
      Command.of("kill", "-s", "CONT", Long.toString(agent.pid())).run();
    }
    await("no port to be held for it").atMost(SOON).until(() -> kernel.listening().isEmpty());
  }

  @Test
  void rangeOfPortsNeedsOneJvmAndLittleElse() throws IOException {
    Engine engine = Engine.under(agent);
    engine.run("run", "-d", "--name", "web", "-p", "8000-8009:8000-8009", "peer");
    await("the range to be held").atMost(SOON).until(() -> kernel.listening().size() == 20);
    List<Long> standIns =
        world.processes().stream()
            .filter(pid -> commandLine(pid).contains("bin/docker-proxy -proto"))
            .toList();
    assertThat(standIns).hasSize(20);
    for (long pid : standIns) {
      assertThat(residentKilobytes(pid)).as("memory of %s", pid).isLessThan(MODEST_KILOBYTES);
    }
    assertThat(
            world.processes().stream().filter(pid -> commandLine(pid).contains("java -")).count())
        .isLessThanOrEqualTo(1);
  }

  private List<String> awaitIdleRules() {
    await("rules of docker0")
        .atMost(SOON)
        .until(() -> kernel.rules().contains("-A DOCKER -i docker0 -j RETURN"));
    return kernel.rules();
  }

  /** As dockerd starts it: with a pipe or file for its answer on descriptor 3. */
  private Process startStandIn(Path status, String address, String port) {
    return world
        .host()
        .command("sh", "-c", "exec 3>\"$1\"; shift; exec \"$@\"", "sh", status.toString())
        .and(standIn(address, port))
        .withAll(agent.environment())
        .startLoggingTo(world.directory().resolve("stand-in.log"));
  }

  /** Its command line, with a container that is this host. */
  private static String[] standIn(String address, String port) {
    return new String[] {
      AgentProcess.STAND_IN.toString(),
      "-proto",
      "tcp",
      "-host-ip",
      address,
      "-host-port",
      port,
      "-container-ip",
      "127.0.0.1",
      "-container-port",
      "80"
    };
  }

  /** What stand-ins have asked for, apart from the agent's own pipe. */
  private List<String> registrations() throws IOException {
    Path folder = AgentProcess.runDirectory(world).resolve("docker-proxy");
    try (var files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> !AGENTS_OWN.contains(name))
          .toList();
    }
  }

  private static String commandLine(long pid) {
    try {
      return Files.readString(Path.of("/proc/" + pid + "/cmdline")).replace('\0', ' ');
    } catch (IOException gone) {
      return "";
    }
  }

  private static int residentKilobytes(long pid) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .map(line -> line.replaceAll("[^0-9]", ""))
        .mapToInt(Integer::parseInt)
        .sum();
  }
}
