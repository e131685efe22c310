package dev.hairpin.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.collect.Sets;
import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Command;
import dev.hairpin.it.world.NeedsRealNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The lab, as somebody who just cloned the project would use it. It has fixed names, so that a lab
 * that is up on this machine, or namespaces of its names, are left alone and nothing is tested;
 * where nobody has a lab of their own, that is a failure.
 */
@NeedsRealNetwork
class LabIT {
  private static final List<String> NAMES = List.of("host", "outside", "ns1", "ns2");
  private static final Path LAB_FILES = Path.of("/run/hairpin-lab");

  private String network;
  private Set<String> processes;

  @BeforeEach
  void rememberMachine() {
    for (String name : NAMES) {
      require(Files.notExists(Path.of("/run/netns", name)), "there is no namespace " + name);
    }
    require(Files.notExists(LAB_FILES), "no lab is up");
    network = network();
    processes = processesOfLab();
  }

  private static void require(boolean holds, String what) {
    if ("true".equals(System.getenv("CI"))) {
      assertThat(holds).as(what).isTrue();
    }
    assumeTrue(holds, what);
  }

  @AfterEach
  void takeAway() {
    if (network != null) {
      lab("down").attempt();
      for (String name : NAMES) {
        Command.of("ip", "netns", "del", name).attempt();
      }
    }
  }

  @Test
  void showsEveryPathAndLeavesNothing() {
    String shown = lab().run();
    assertThat(shown)
        .containsPattern("outside +192.0.2.1:3000 +Hello container! +192.0.2.2 ")
        .containsPattern("host, its own address +192.0.2.1:3000 +Hello container! +192.0.2.1 ")
        .containsPattern("host, localhost +127.0.0.1:3000 +Hello container! +172.18.0.1 ")
        .containsPattern("localhost, IPv6 +\\[::1]:3000 +Hello container! +172.18.0.1 ")
        .containsPattern("ns1 itself \\(hairpin\\) +192.0.2.1:3000 +Hello container! +172.18.0.1 ");
    assertThat(shown.replaceAll("\\s+", " "))
        .contains(
            "-p tcp -m tcp --dport 3000 -j DNAT --to-destination 172.18.0.2:3000 without it,");
    assertThat(network()).as("the machine's own network").isEqualTo(network);

    assertThat(lab("down").run()).isNotEmpty();
    assertThat(network()).isEqualTo(network);
    for (String name : NAMES) {
      assertThat(Path.of("/run/netns", name)).doesNotExist();
    }
    assertThat(LAB_FILES).doesNotExist();
    assertThat(Sets.difference(processesOfLab(), processes)).as("processes left").isEmpty();
  }

  @Test
  void secondLabShowsTheOneThatIsUp() throws IOException {
    String first = lab().run();
    Object namespace = Files.getAttribute(Path.of("/run/netns/host"), "unix:ino");
    Command.Finished second = lab().attempt().successfully();
    assertThat(second.err()).contains("the lab is up already");
    assertThat(second.out().lines().filter(line -> line.contains("3000")).count())
        .isEqualTo(first.lines().filter(line -> line.contains("3000")).count());
    assertThat(Files.getAttribute(Path.of("/run/netns/host"), "unix:ino")).isEqualTo(namespace);
  }

  @Test
  void namespaceOfSomebodyElseIsNotTouched() throws IOException {
    Command.of("ip", "netns", "add", "outside").run();
    Object before = Files.getAttribute(Path.of("/run/netns/outside"), "unix:ino");
    Command.Finished finished = lab().attempt();
    assertThat(finished.exit()).isEqualTo(2);
    assertThat(finished.err()).contains("\"outside\"", "did not make");
    assertThat(Files.getAttribute(Path.of("/run/netns/outside"), "unix:ino")).isEqualTo(before);
    assertThat(Path.of("/run/netns/host")).doesNotExist();
    assertThat(network()).isEqualTo(network);
  }

  private static Command lab(String... arguments) {
    return Command.of(AgentProcess.LAUNCHER.toString(), "lab")
        .and(arguments)
        .within(Duration.ofSeconds(90));
  }

  /** Links, addresses and rules of the machine itself. */
  private static String network() {
    return Stream.of(
            Command.of("ip", "-o", "link", "show"),
            Command.of("ip", "-o", "-4", "address", "show"),
            Command.of("ip", "route", "show"),
            Command.of("nft", "list", "tables"))
        .map(Command::run)
        .collect(Collectors.joining("\n"));
  }

  private static Set<String> processesOfLab() {
    return ProcessHandle.allProcesses()
        .filter(process ->
            process.info().commandLine().orElse("").contains("hairpin-lab")
                || environment(process).contains("HAIRPIN_LAB="))
        .map(process -> process.pid() + " " + process.info().commandLine().orElse(""))
        .collect(Collectors.toSet());
  }

  private static String environment(ProcessHandle process) {
    try {
      return Files.readString(Path.of("/proc/" + process.pid() + "/environ"), ISO_8859_1);
    } catch (IOException gone) {
      return "";
    }
  }
}
