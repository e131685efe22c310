package dev.hairpin.it;

import static java.nio.file.StandardCopyOption.COPY_ATTRIBUTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Command;
import dev.hairpin.it.world.Engine;
import dev.hairpin.it.world.Kernel;
import dev.hairpin.it.world.Namespace;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.World;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What can't be done is refused in one line, with exit status 2, and changes nothing. */
@NeedsRealNetwork
class BadInputIT {
  private static final String COVER =
      """
      for tool in %s; do
        mount --bind /dev/null "$(readlink -f /usr/sbin/$tool)" || exit 1
      done
      exec "$@"
      """;

  private static final String COVER_IPTABLES =
      COVER.formatted("iptables-save ip6tables-save iptables-restore ip6tables-restore");
  private static final String COVER_NFT = COVER.formatted("nft");

  private static World world;
  private static Kernel kernel;
  private static Namespace ns1;
  private static AgentProcess agent;

  @BeforeAll
  static void startAgent() {
    world = World.create();
    kernel = new Kernel(world);
    ns1 = world.ns1();
    agent = AgentProcess.withoutEngine(world);
  }

  @AfterAll
  static void removeWorld() {
    world.close();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          0:80              | host port 0 is outside 1-65535 in "0:80"
          65536:80          | host port 65536 is outside 1-65535 in "65536:80"
          80:0              | container port 0 is outside 1-65535 in "80:0"
          80:               | container port is missing in "80:"
          9010-9000:80-90   | port range "9010-9000" runs backwards; write 9000-9010
          8000-8001:80-82   | differ in number in "8000-8001:80-82"
          8080:80/icmp      | protocol "icmp" is unknown in "8080:80/icmp"
          localhost:8080:80 | host address "localhost" is not an IP address
          80 -j ACCEPT      | is not allowed in "80 -j ACCEPT"
          198.51.100.1:8080:80 | 198.51.100.1
          """)
  void portThatCantBePublishedIsRefused(String spec, String reason) {
    assertRefused(agent.hairpin("publish", ns1.name(), spec), reason);
  }

  @Test
  void namespaceThatDoesNotExistIsNamed() {
    assertRefused(agent.hairpin("publish", "no-such-namespace", "8080:80"), "no-such-namespace");
  }

  @Test
  void namespaceWithAPathForANameIsRefused() {
    assertRefused(agent.hairpin("publish", "../../etc", "8080:80"), "../../etc");
  }

  @Test
  void whatWasNeverPublishedCantBeTakenBack() {
    assertRefused(agent.hairpin("unpublish", ns1.name(), "1234:80"), "1234:80");
  }

  @Test
  void unknownCommandIsRefused() {
    assertRefused(agent.hairpin("frobnicate"), "frobnicate");
  }

  @Test
  void secondAgentInTheSameNamespaceIsRefused() {
    assertRefused(
        agent.hairpin("agent", "--no-docker"),
        "another agent (pid " + agent.pid() + ") runs in this network namespace");
  }

  @Test
  void commandWithoutAgentSaysHowToStartOne() {
    assertRefused(
        agent.hairpin("ps", "--run-dir", world.directory().resolve("nowhere").toString()),
        "hairpin agent");
  }

  @Test
  void agentThatCantReachDockerSaysWhere() {
    try (World other = World.create()) {
      Command command =
          AgentProcess.hairpinIn(
              other, "agent", "--docker-host", "unix://" + Engine.socketIn(other));
      assertRefused(other, command, Engine.socketIn(other).toString());
    }
  }

  @Test
  void agentForIptablesWithoutItNamesTheMissingProgram() {
    try (World other = World.create()) {
      Command agent = AgentProcess.hairpinIn(other, "agent", "--no-docker", "--layout", "docker20");
      assertRefused(other, covered(COVER_IPTABLES, agent, other), "install iptables");
    }
  }

  @Test
  void agentForNftablesWithoutNftNamesTheMissingProgram() {
    try (World other = World.create()) {
      Command agent =
          AgentProcess.hairpinIn(other, "agent", "--no-docker", "--layout", "docker29-nft");
      assertRefused(other, covered(COVER_NFT, agent, other), "install nftables");
    }
  }

  /** The agent looks into the system's folders whatever PATH says, so the programs are covered. */
  private static Command covered(String cover, Command command, World where) {
    return Command.of("unshare", "--mount", "--", "sh", "-c", cover, "sh")
        .and(command.argv())
        .withAll(AgentProcess.environmentIn(where));
  }

  @Test
  void commandWithoutJdkNamesTheOneToInstall() throws IOException {
    Command command =
        agent
            .hairpin("ps")
            .without("JAVA_HOME")
            .with("HAIRPIN_JVM_DIR", world.directory().resolve("no-jvm").toString())
            .with("PATH", pathWithout(world, Set.of("java", "javac")::contains));
    assertRefused(command, "needs a JDK of 21 or newer");
  }

  @Test
  void agentThatIsNotRootSaysSo() throws IOException {
    try (World other = World.create()) {
      // Where anybody may read it, as the checkout may be root's own; and without sudo in sight, so
      // that it can't help itself.
      Path launcher =
          Files.copy(AgentProcess.LAUNCHER, other.directory().resolve("hairpin"), COPY_ATTRIBUTES);
      Command command =
          Command.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--")
              .and(launcher.toString(), "agent", "--no-docker")
              .withAll(AgentProcess.environmentIn(other))
              .with("PATH", pathWithout(other, "sudo"::equals));
      assertRefused(other, command, "needs root");
    }
  }

  @Test
  void labelThatSmugglesOptionsIsReportedAndPublishesNothing() {
    try (World other = World.create()) {
      AgentProcess its = AgentProcess.withEngine(other);
      Engine engine = Engine.under(its);
      engine.run(
          "run",
          "-d",
          "--name",
          "web",
          "--label",
          "hairpin.publish=8080:80\n-A INPUT -j DROP",
          "peer");
      engine.run("run", "-d", "--name", "good", "--label", "hairpin.publish=8081:80", "peer");
      Kernel its4 = new Kernel(other);
      await("the good label to be served")
          .atMost(Duration.ofSeconds(10))
          .until(() -> its4.rules().stream().anyMatch(rule -> rule.contains("--dport 8081 ")));
      assertThat(its4.rules()).noneMatch(rule -> rule.contains("8080"));
      assertThat(its4.rules()).noneMatch(rule -> rule.startsWith("-A INPUT"));
      assertThat(its.hairpin("ps").run().lines())
          .filteredOn(line -> line.startsWith("problem: "))
          .singleElement()
          .asString()
          .contains("hairpin.publish", "web");
    }
  }

  private static void assertRefused(Command command, String reason) {
    assertRefused(world, command, reason);
  }

  private static void assertRefused(World where, Command command, String reason) {
    Kernel there = where == world ? kernel : new Kernel(where);
    List<String> rules = there.rules();
    List<String> sockets = there.listening();
    String publications = publications(where);

    Command.Finished finished = command.within(Duration.ofSeconds(20)).attempt();
    // An agent logs there as well.
    assertThat(finished.err().lines().filter(line -> !line.startsWith("INFO ")))
        .as("complaints on stderr")
        .singleElement()
        .asString()
        .contains(reason);
    assertThat(finished.exit()).isEqualTo(2);
    assertThat(finished.out()).isEmpty();
    assertThat(there.rules()).isEqualTo(rules);
    assertThat(there.listening()).isEqualTo(sockets);
    assertThat(publications(where)).isEqualTo(publications);
  }

  private static String publications(World where) {
    Path file = AgentProcess.stateDirectory(where).resolve("publications.json");
    try {
      return Files.exists(file) ? Files.readString(file) : "none";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A folder of links to the machine's programs, apart from some. */
  private static String pathWithout(World where, Predicate<String> unwanted) throws IOException {
    Path folder = Files.createTempDirectory(where.directory(), "bin");
    for (String source : List.of("/usr/sbin", "/usr/bin")) {
      try (Stream<Path> programs = Files.list(Path.of(source))) {
        for (Path program : programs.toList()) {
          Path link = folder.resolve(program.getFileName().toString());
          if (!unwanted.test(link.getFileName().toString()) && !Files.exists(link)) {
            Files.createSymbolicLink(link, program);
          }
        }
      }
    }
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    return folder.toString();
  }
}
