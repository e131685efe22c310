package dev.hairpin.agent.reconcile;

import static dev.hairpin.agent.reconcile.World.C1;
import static dev.hairpin.agent.reconcile.World.C1_ADDRESS;
import static dev.hairpin.agent.reconcile.World.NS1;
import static dev.hairpin.agent.reconcile.World.NS1_ADDRESS;
import static dev.hairpin.agent.reconcile.World.tcp;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.Problem;
import dev.hairpin.agent.netns.NetnsSnapshot;
import dev.hairpin.rules.binding.ProxyMode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DockerZoneTest {
  @TempDir private Path directory;
  private World world;

  @BeforeEach
  void makeWorld() throws IOException {
    world = new World(directory);
    world.firewalld.runs = true;
    world.dockerSays(tcp(8080, C1_ADDRESS, 80, C1));
    world.namespacesSay(tcp(3000, NS1_ADDRESS, 3000, NS1));
  }

  @Test
  void theBridgesArePutIntoAZoneThatIsMadeForThem() throws Exception {
    World.Agent agent = world.agent();

    assertThat(agent.pass().problems()).isEmpty();

    assertThat(world.firewalld.bound).isEqualTo(Map.of("docker0", "docker", "docker1", "docker"));
    assertThat(world.firewalld.zonesForGood).contains("docker");
    assertThat(world.firewalld.policiesForGood).contains("docker-forwarding");
    agent.pass();
    assertThat(world.firewalld.reloads).isEqualTo(1);
  }

  @Test
  void besideDockerdOnlyBridgesThatItDoesNotKnow() throws Exception {
    world.agent(Standing.BESIDE, ProxyMode.USERLAND).pass();

    assertThat(world.firewalld.bound).isEqualTo(Map.of("docker1", "docker"));
  }

  @Test
  void whatAReloadLosesIsPutBack() throws Exception {
    World.Agent agent = world.agent();
    agent.pass();
    world.firewalld.lose();

    agent.pass();

    assertThat(world.firewalld.bound).containsOnlyKeys("docker0", "docker1");
    assertThat(world.firewalld.reloads).isEqualTo(1);
  }

  @Test
  void aBridgeWithoutPortsLeavesTheZone() throws Exception {
    World.Agent agent = world.agent();
    agent.pass();
    world.namespaces = new NetnsSnapshot(List.of(), List.of(), List.of());

    agent.pass();

    assertThat(world.firewalld.bound).containsOnlyKeys("docker0");
  }

  @Test
  void aZoneThatSomebodyChoseForABridgeIsReportedAndLeft() throws Exception {
    world.firewalld.boundForGood.put("docker1", "public");

    List<Problem> problems = world.agent().pass().problems();

    assertThat(problems)
        .extracting(Problem::toString)
        .containsExactly(
            "put docker1 into firewalld's zone docker: it is in zone public, which decides what"
                + " containers may; to change that: firewall-cmd --zone=docker"
                + " --change-interface=docker1");
    assertThat(world.firewalld.bound).containsEntry("docker1", "public");
  }

  @Test
  void aRefusalIsAProblemAndTheRulesAreWritten() throws Exception {
    world.firewalld.refuses = true;

    Outcome outcome = world.agent().pass();

    assertThat(outcome.problems())
        .extracting(Problem::toString)
        .containsExactly(
            "put bridges into firewalld's zone docker: have firewalld do something: not now");
    assertThat(world.kernel.toString()).contains("--to-destination 192.0.2.2:80");
  }

  @Test
  void whereItDoesNotRunItIsNotAsked() throws Exception {
    world.firewalld.runs = false;
    World.Agent agent = world.agent();

    assertThat(agent.pass().problems()).isEmpty();
    agent.host().tearDown();
  }

  /** By another process too, which finds it in the record. */
  @Test
  void theTeardownTakesBackAllOfIt() throws Exception {
    world.agent().pass();

    List<String> lines = world.agent().host().tearDown();

    assertThat(lines)
        .contains(
            "took docker0 out of firewalld's zone docker",
            "took docker1 out of firewalld's zone docker",
            "removed firewalld's docker and docker-forwarding; in force until its next reload,"
                + " without any bridge");
    assertThat(world.firewalld.bound).isEmpty();
    assertThat(world.firewalld.zonesForGood).doesNotContain("docker");
    assertThat(world.firewalld.policiesForGood).doesNotContain("docker-forwarding");
    assertThat(world.agent().host().tearDown()).isEmpty();
  }

  @Test
  void aZoneThatWasThereBeforeUsStays() throws Exception {
    world.firewalld.zonesForGood.add("docker");
    world.firewalld.policiesForGood.add("docker-forwarding");
    world.firewalld.lose();
    world.firewalld.bound.put("br-theirs", "docker");
    World.Agent agent = world.agent();
    agent.pass();
    assertThat(world.firewalld.reloads).isZero();

    agent.host().tearDown();

    assertThat(world.firewalld.bound).isEqualTo(Map.of("br-theirs", "docker"));
    assertThat(world.firewalld.zonesForGood).contains("docker");
  }

  @Test
  void aZoneInWhichOthersAreByNowIsLeftToThem() throws Exception {
    World.Agent agent = world.agent();
    agent.pass();
    world.firewalld.bound.put("br-theirs", "docker");

    assertThat(agent.host().tearDown())
        .contains("left firewalld's zone docker to those in it: br-theirs");
    assertThat(world.firewalld.zonesForGood).contains("docker");
    assertThat(world.agent().host().tearDown()).isEmpty();
  }

  @Test
  void whatCannotBeTakenBackNowIsTakenBackLater() throws Exception {
    World.Agent agent = world.agent();
    agent.pass();
    world.firewalld.refuses = true;
    assertThat(agent.host().tearDown())
        .anyMatch(line -> line.endsWith("it is still to be undone by hairpin down"));
    world.firewalld.refuses = false;

    assertThat(world.agent().host().tearDown())
        .contains("took docker0 out of firewalld's zone docker");
  }
}
