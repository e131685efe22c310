package dev.hairpin.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.tour.Tour;
import dev.hairpin.agent.tour.Tours;
import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Command;
import dev.hairpin.it.world.Command.Finished;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.PrivateRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every step of every tour, on real packets: a tour checks what it says itself. */
@NeedsRealNetwork
class LabTourIT {
  private PrivateRun room;

  @BeforeEach
  void makeRoom() {
    room = PrivateRun.create();
  }

  @AfterEach
  void takeAway() {
    hairpin("lab", "down").attempt();
    room.close();
  }

  static List<String> tours() {
    return Tours.all().stream().map(Tour::name).toList();
  }

  @ParameterizedTest
  @MethodSource("tours")
  void everythingIsAsTheTourSaysAndNothingIsLeft(String name) {
    Finished led = hairpin("lab", "tour", name, "--yes", "--lang", "en").attempt();

    assertThat(led.exit()).as(led.out() + led.err()).isZero();
    assertThat(led.out()).contains("That was the tour \"" + name + "\"");
    isEmpty();
  }

  /** So none of their claims is about words, and the commands in them are in their language. */
  @ParameterizedTest
  @ValueSource(strings = {"ns1", "unreachable"})
  void inAnotherLanguageEverythingIsAsTheTourSaysToo(String name) {
    Finished led = hairpin("lab", "tour", name, "--yes", "--lang", "zh-TW").attempt();

    assertThat(led.exit()).as(led.out() + led.err()).isZero();
    assertThat(led.out().lines().filter(line -> line.startsWith("  =>")))
        .allSatisfy(line -> assertThat(line).containsPattern("\\p{IsHan}"));
    isEmpty();
  }

  /** The rule of the second step is taken back, and written again: twice would be a surprise. */
  @Test
  void whoGoesBackFindsEverythingAsItWasBeforeTheStep(@TempDir Path directory) throws IOException {
    Path typed = directory.resolve("typed");
    Files.writeString(typed, "2\n\n3\nb\n3\n\nb\n3\n\nq\n");

    Finished led = hairpin("lab", "tour", "ns1", "--lang", "en").reading(typed).attempt();

    assertThat(led.exit()).as(led.out() + led.err()).isZero();
    assertThat(led.out()).containsSubsequence("Back: undoing step 2.", "-D PREROUTING", "step 2.");
    assertThat(led.out()).endsWith("The tour ends here. The lab is taken away.\n");
    isEmpty();
  }

  @Test
  void aLabThatIsUpIsLeftAlone() {
    hairpin("lab", "--unpublished").run();

    Finished led = hairpin("lab", "tour", "ns1", "--yes").attempt();

    assertThat(led.exit()).isEqualTo(2);
    assertThat(led.err()).contains("a lab is up", "hairpin lab down");
    assertThat(room.outside("/run/netns/ns1")).exists();
  }

  private void isEmpty() {
    assertThat(room.outside("/run/netns")).isEmptyDirectory();
    assertThat(room.outside("/run/hairpin-lab")).doesNotExist();
    assertThat(room.processes()).as("processes left").isEmpty();
  }

  private Command hairpin(String... arguments) {
    return room.command(AgentProcess.LAUNCHER.toString())
        .and(arguments)
        .within(Duration.ofSeconds(90));
  }
}
