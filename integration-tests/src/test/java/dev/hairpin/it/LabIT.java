package dev.hairpin.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Command;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.PrivateRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The lab, as somebody who just cloned the project would use it. */
@NeedsRealNetwork
class LabIT {
  private static final List<String> NAMES = List.of("host", "outside", "ns1", "ns2");

  private PrivateRun room;
  private String network;

  @BeforeEach
  void rememberMachine() {
    room = PrivateRun.create();
    network = network();
  }

  @AfterEach
  void takeAway() {
    lab("down").attempt();
    room.close();
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
      assertThat(namespace(name)).doesNotExist();
    }
    assertThat(room.outside("/run/hairpin-lab")).doesNotExist();
    assertThat(room.processes()).as("processes left").isEmpty();
  }

  @Test
  void secondLabShowsTheOneThatIsUp() throws IOException {
    String first = lab().run();
    Object namespace = Files.getAttribute(namespace("host"), "unix:ino");
    Command.Finished second = lab().attempt().successfully();
    assertThat(second.err()).contains("the lab is up already");
    assertThat(second.out().lines().filter(line -> line.contains("3000")).count())
        .isEqualTo(first.lines().filter(line -> line.contains("3000")).count());
    assertThat(Files.getAttribute(namespace("host"), "unix:ino")).isEqualTo(namespace);
  }

  @Test
  void namespaceOfSomebodyElseIsNotTouched() throws IOException {
    room.command("ip", "netns", "add", "outside").run();
    Object before = Files.getAttribute(namespace("outside"), "unix:ino");
    Command.Finished finished = lab().attempt();
    assertThat(finished.exit()).isEqualTo(2);
    assertThat(finished.err()).contains("\"outside\"", "did not make");
    assertThat(Files.getAttribute(namespace("outside"), "unix:ino")).isEqualTo(before);
    assertThat(namespace("host")).doesNotExist();
    assertThat(network()).isEqualTo(network);
  }

  private Path namespace(String name) {
    return room.outside("/run/netns/" + name);
  }

  private Command lab(String... arguments) {
    return room.command(AgentProcess.LAUNCHER.toString(), "lab")
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
}
