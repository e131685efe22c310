package dev.hairpin.agent.standin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hairpin.agent.proxies.FakePorts;
import dev.hairpin.agent.proxies.PortHolder;
import dev.hairpin.agent.proxies.ProxyPool;
import dev.hairpin.proxy.Transport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The shell script that dockerd starts, and the agent's side of it, as they talk for real. */
@Timeout(60)
class StandInsTest {
  private static final Path SCRIPT = Path.of("bin/docker-proxy").toAbsolutePath();
  private static final Duration SWEEP = Duration.ofMillis(200);

  @TempDir private Path runDirectory;
  private final FakePorts ports = new FakePorts();
  private final AtomicInteger changes = new AtomicInteger();
  private final List<StandIn> started = new ArrayList<>();
  private Path directory;
  private StandIns standIns;

  @BeforeEach
  void startAgent() throws IOException {
    directory = runDirectory.resolve("docker-proxy");
    standIns = agent();
  }

  private StandIns agent() throws IOException {
    return agent(SWEEP);
  }

  private StandIns agent(Duration sweep) throws IOException {
    return StandIns.start(
        directory,
        new ProxyPool(ports, PortHolder::new),
        (standIn, descriptor) -> {
          throw new AssertionError("no socket was passed");
        },
        changes::incrementAndGet,
        sweep);
  }

  @AfterEach
  void end() throws Exception {
    for (StandIn standIn : started) {
      standIn.process.destroyForcibly().waitFor();
    }
    standIns.close();
  }

  @Test
  void aPortIsHandedOverAndGivenBack() throws Exception {
    StandIn standIn = standIn("-proto", "tcp", "-host-ip", "0.0.0.0", "-host-port", "8080");

    assertThat(standIn.answer()).isEqualTo("0\n");
    assertThat(ports.bound()).containsExactly("TCP /0.0.0.0:8080");
    assertThat(standIns.claims())
        .extracting(claim -> claim.binding().toString())
        .containsExactly("0.0.0.0:8080/tcp -> 192.0.2.2:80");
    assertThat(changes).hasValue(1);

    standIn.process.destroy();

    assertThat(standIn.exitCode()).isZero();
    assertThat(ports.bound()).isEmpty();
    assertThat(standIns.claims()).isEmpty();
    assertThat(leftFiles()).containsExactlyInAnyOrder("agent", "wake");
  }

  @Test
  void sigintEndsItAsDockerdDoes() throws Exception {
    StandIn standIn = standIn("--proto=udp", "--host-ip=::", "--host-port=5353");
    assertThat(standIn.answer()).isEqualTo("0\n");
    assertThat(ports.bound()).containsExactly("UDP /[0:0:0:0:0:0:0:0]:5353");

    // The shell's own kill: a small machine has no program of that name.
    new ProcessBuilder("sh", "-c", "kill -INT " + standIn.process.pid()).start().waitFor();

    assertThat(standIn.exitCode()).isZero();
    assertThat(ports.bound()).isEmpty();
  }

  @Test
  void aTakenPortIsRefusedInDockerProxysWords() throws Exception {
    ports.occupy(Transport.TCP, new InetSocketAddress("0.0.0.0", 8080));
    ports.occupy(Transport.UDP, new InetSocketAddress("::", 53));

    StandIn tcp = standIn("-host-ip", "0.0.0.0", "-host-port", "8080");
    assertThat(tcp.answer()).isEqualTo("1\nlisten tcp4 0.0.0.0:8080: bind: address already in use");
    assertThat(tcp.exitCode()).isEqualTo(1);
    StandIn udp = standIn("-proto", "udp", "-host-ip", "::", "-host-port", "53");
    assertThat(udp.answer()).isEqualTo("1\nlisten udp6 [::]:53: bind: address already in use");
    assertThat(leftFiles()).containsExactlyInAnyOrder("agent", "wake");
  }

  @Test
  void twoStandInsCannotHaveOnePort() throws Exception {
    assertThat(standIn("-host-ip", "0.0.0.0", "-host-port", "8080").answer()).isEqualTo("0\n");

    assertThat(standIn("-host-ip", "0.0.0.0", "-host-port", "8080").answer())
        .isEqualTo("1\nlisten tcp4 0.0.0.0:8080: bind: address already in use");
    assertThat(standIns.claims()).hasSize(1);
  }

  @Test
  void flagsThatMakeNoSenseAreRefused() throws Exception {
    assertThat(standIn("-host-ip", "0.0.0.0", "-host-port", "0").answer())
        .startsWith("1\n-host-port \"0\" is outside");
    assertThat(standIn("-host-ip", "example.com", "-host-port", "1").answer())
        .startsWith("1\n\"example.com\" is not an IP address");
    assertThat(standIn("-proto", "icmp", "-host-ip", "0.0.0.0", "-host-port", "1").answer())
        .startsWith("1\nunsupported protocol \"icmp\"");
    assertThat(standIn("-host-ip", "0.0.0.0\nhost-port=9", "-host-port", "1").answer())
        .startsWith("1\n");
    assertThat(standIn("-host-ip", "0.0.0.0", "-host-port", "1", "-use-listen-fd").answer())
        .isEqualTo("1\nhand tcp port 1 to hairpin: -use-listen-fd, and no socket on descriptor 4");
    assertThat(ports.events()).isEmpty();
    assertThat(leftFiles()).containsExactlyInAnyOrder("agent", "wake");
  }

  @Test
  void anAgentThatStartsAgainServesThoseThatWait() throws Exception {
    assertThat(standIn("-host-ip", "0.0.0.0", "-host-port", "8080").answer()).isEqualTo("0\n");
    standIns.close();
    ports.free(Transport.TCP, new InetSocketAddress("0.0.0.0", 8080));

    standIns = agent();

    assertThat(ports.bound()).containsExactly("TCP /0.0.0.0:8080");
    assertThat(standIns.claims()).hasSize(1);
    started.getFirst().process.destroy();
    assertThat(started.getFirst().exitCode()).isZero();
    assertThat(ports.bound()).isEmpty();
  }

  @Test
  void withoutAnAgentAPortIsGivenBackWithoutWaiting() throws Exception {
    StandIn standIn = standIn("-host-ip", "0.0.0.0", "-host-port", "8080");
    assertThat(standIn.answer()).isEqualTo("0\n");
    standIns.close();
    long before = System.nanoTime();

    standIn.process.destroy();

    assertThat(standIn.exitCode()).isZero();
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofMillis(1500));
    assertThat(leftFiles()).containsExactly("wake");
  }

  @Test
  void aPortOfAStandInThatWasKilledIsTheNextOnesAtOnce() throws Exception {
    standIns.close();
    standIns = agent(Duration.ofDays(1));
    StandIn killed = standIn("-host-ip", "0.0.0.0", "-host-port", "8080");
    assertThat(killed.answer()).isEqualTo("0\n");
    killed.process.destroyForcibly().waitFor();

    assertThat(standIn("-host-ip", "0.0.0.0", "-host-port", "8080").answer()).isEqualTo("0\n");

    assertThat(standIns.claims()).hasSize(1);
    assertThat(ports.bound()).containsExactly("TCP /0.0.0.0:8080");
  }

  @Test
  void aStandInThatIsKilledLosesItsPortBeforeLong() throws Exception {
    StandIn standIn = standIn("-host-ip", "0.0.0.0", "-host-port", "8080");
    assertThat(standIn.answer()).isEqualTo("0\n");

    standIn.process.destroyForcibly().waitFor();

    await().atMost(Duration.ofSeconds(5)).until(() -> ports.bound().isEmpty());
    await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(() -> assertThat(leftFiles()).containsExactlyInAnyOrder("agent", "wake"));
  }

  @Test
  void withoutAnAgentDockerdIsToldSoAtOnce() throws Exception {
    Path nobody = runDirectory.resolve("nobody");
    StandIn standIn = new StandIn(nobody, "-host-ip", "0.0.0.0", "-host-port", "8080");

    assertThat(standIn.answer()).startsWith("1\n").contains("start it with \"hairpin agent\"");
    assertThat(standIn.exitCode()).isEqualTo(1);
    assertThat(nobody).doesNotExist();
  }

  @Test
  void aSilentAgentIsNotWaitedForLongerThanFiveSeconds() throws Exception {
    standIns.close();
    Fifo.make(directory.resolve("wake"));
    StandIn standIn = standIn("-host-ip", "0.0.0.0", "-host-port", "8080");
    long before = System.nanoTime();

    assertThat(standIn.answer()).startsWith("1\n").contains("does not answer");

    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
    assertThat(standIn.exitCode()).isEqualTo(1);
    assertThat(leftFiles()).containsExactly("wake");
  }

  @Test
  void whatIsNoRegistrationOpensNothing() throws Exception {
    long pid = ProcessHandle.current().pid();
    String stat = Files.readString(Path.of("/proc/self/stat"));
    String start = stat.substring(stat.lastIndexOf(')') + 2).split(" ", 21)[19];
    Path file = directory.resolve(pid + "-" + start);
    for (String text : List.of("", "end", "host-port=1\nend", "x".repeat(5000))) {
      Files.writeString(file, text);
      await().atMost(Duration.ofSeconds(5)).until(() -> !Files.exists(file));
    }
    Files.createSymbolicLink(directory.resolve(pid + "-" + start), Path.of("/etc/passwd"));
    assertThat(standIn("-host-ip", "0.0.0.0", "-host-port", "8080").answer()).isEqualTo("0\n");

    assertThat(ports.events()).containsExactly("open TCP /0.0.0.0:8080");
  }

  @Test
  void anAgentThatNobodyWaitsForLeavesNothing() throws Exception {
    standIns.close();

    assertThat(leftFiles()).isEmpty();
    assertThat(standIn("-host-ip", "0.0.0.0", "-host-port", "8080").answer())
        .contains("no agent uses");
  }

  @Test
  void aDirectoryThatNobodyUsesIsRemoved() throws Exception {
    StandIn killed = standIn("-proto", "tcp", "-host-ip", "0.0.0.0", "-host-port", "8080");
    assertThat(killed.answer()).isEqualTo("0\n");
    standIns.close();

    StandIns.removeUnused(directory);
    assertThat(leftFiles()).as("a stand-in waits for the next agent").hasSize(3);

    killed.process.destroyForcibly().waitFor();
    StandIns.removeUnused(directory);
    assertThat(directory).doesNotExist();
  }

  @Test
  void whoeverStartsItByHandSeesTheReason() throws Exception {
    Process byHand = new ProcessBuilder(SCRIPT.toString(), "-use-listen-fd").start();

    assertThat(new String(byHand.getErrorStream().readAllBytes(), StandardCharsets.UTF_8))
        .hasLineCount(1)
        .startsWith("docker-proxy: hand tcp port  to hairpin: -use-listen-fd, and no socket");
    assertThat(byHand.waitFor()).isEqualTo(1);
  }

  @Test
  void itSaysItsVersion() throws Exception {
    Process process = new ProcessBuilder(SCRIPT.toString(), "-v").start();

    assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .startsWith("docker-proxy ");
    assertThat(process.waitFor()).isZero();
  }

  private StandIn standIn(String... flags) throws IOException {
    StandIn standIn = new StandIn(runDirectory, flags);
    started.add(standIn);
    return standIn;
  }

  private List<String> leftFiles() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  /** One run of the script. Its descriptor 3 is what this reads as standard output. */
  private static final class StandIn {
    private final Process process;

    StandIn(Path runDirectory, String... flags) throws IOException {
      List<String> argv = new ArrayList<>(List.of("sh", "-c", "exec 3>&1 >&2; exec \"$@\"", "sh"));
      argv.add(SCRIPT.toString());
      argv.addAll(List.of("-container-ip", "192.0.2.2", "-container-port", "80"));
      argv.addAll(List.of(flags));
      ProcessBuilder builder = new ProcessBuilder(argv);
      builder.environment().put("HAIRPIN_RUN_DIR", runDirectory.toString());
      builder.redirectError(ProcessBuilder.Redirect.DISCARD);
      process = builder.start();
    }

    /** All that it says before it closes the descriptor. */
    String answer() throws IOException {
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    int exitCode() throws InterruptedException {
      assertThat(process.waitFor(5, TimeUnit.SECONDS)).as("it ends").isTrue();
      return process.exitValue();
    }
  }
}
