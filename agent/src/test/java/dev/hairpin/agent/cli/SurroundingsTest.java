package dev.hairpin.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.reconcile.Settings;
import dev.hairpin.agent.reconcile.Standing;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.layouts.Generation;
import dev.hairpin.rules.layouts.LayoutName;
import dev.hairpin.rules.layouts.LeftRules;
import dev.hairpin.rules.netfilter.Ruleset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an agent decides by what it finds, and what it says about it. */
class SurroundingsTest {
  private static final Optional<LayoutName> NONE = Optional.empty();

  private static final Optional<LeftRules> OF_29 =
      Optional.of(new LeftRules(Optional.of(Generation.DOCKER29), Ruleset.empty(Family.IPV4)));

  @TempDir private Path directory;

  @Test
  void onAFreshHostDockersPortsHaveTheOldestLayout() {
    Settings settings = settings(found(Optional.empty(), NONE, NONE));

    assertThat(settings.layout()).isEqualTo(LayoutName.DOCKER20);
    assertThat(settings.standing()).isEqualTo(Standing.REPLACE);
  }

  @Test
  void onAFreshHostNamespacesHaveTheLayoutWithoutARuleForEachPort() {
    assertThat(settings(found(Optional.empty(), NONE, NONE), "--no-docker").layout())
        .isEqualTo(LayoutName.HAIRPIN);
  }

  @Test
  void whereNftablesIsMissingNamespacesHaveTheNewestLayoutOfIptables() {
    Surroundings old =
        new Surroundings(Optional.empty(), NONE, NONE, /* labels= */ false, /* nftables= */ false);

    assertThat(settings(old, "--no-docker").layout()).isEqualTo(LayoutName.DOCKER29);
  }

  @Test
  void whatIsInForceStays() {
    assertThat(settings(found(OF_29, Optional.of(LayoutName.DOCKER28), NONE), "--replace").layout())
        .isEqualTo(LayoutName.DOCKER28);
    assertThat(settings(found(OF_29, NONE, NONE), "--replace").layout())
        .isEqualTo(LayoutName.DOCKER29);
  }

  /** With an older one a port on loopback would be open to neighbours all at once. */
  @Test
  void afterARestartOfTheMachineItIsTheLayoutFromBefore() {
    assertThat(settings(found(Optional.empty(), NONE, Optional.of(LayoutName.DOCKER28))).layout())
        .isEqualTo(LayoutName.DOCKER28);
  }

  @Test
  void theUsersChoiceIsWhatCounts() {
    Surroundings found = found(OF_29, Optional.of(LayoutName.DOCKER28), NONE);

    assertThat(settings(found, "--layout=docker20").layout()).isEqualTo(LayoutName.DOCKER20);
  }

  @Test
  void besideRulesOfADockerdTheAgentSaysWhatReplacingWouldDo() {
    Surroundings found = found(OF_29, NONE, NONE);

    assertThat(settings(found).standing()).isEqualTo(Standing.BESIDE);
    assertThat(remarks(found))
        .singleElement()
        .asString()
        .startsWith("rules of dockerd 29 with iptables are here, and no agent wrote them")
        .contains("--replace takes them over into layout docker29");
    assertThat(remarks(found, "--beside")).isEmpty();
  }

  /** Whatever dockerd wrote: ours beside them are ours. */
  @Test
  void besideADockerdPortsAreElementsOfMapsWhereTheHostCan() {
    Surroundings able =
        new Surroundings(OF_29, NONE, NONE, /* labels= */ true, /* nftables= */ true);
    Surroundings unable =
        new Surroundings(OF_29, NONE, NONE, /* labels= */ false, /* nftables= */ true);

    assertThat(settings(able).layout().labelsBeside()).isTrue();
    assertThat(settings(able, "--layout=docker28").layout()).isEqualTo(LayoutName.DOCKER28);
    assertThat(settings(unable).layout().labelsBeside()).isFalse();
    assertThat(remarks(unable, "--beside"))
        .singleElement()
        .asString()
        .contains("rules of its own")
        .contains("connlabel is missing");
    assertThat(remarks(unable, "--beside", "--layout=docker20")).isEmpty();
    assertThat(settings(unable, "--layout=hairpin").layout()).isEqualTo(LayoutName.HAIRPIN);
  }

  @Test
  void whatNoRuleOfOursCanLetInIsSaid() {
    Optional<LeftRules> ofNftables =
        Optional.of(
            new LeftRules(Optional.of(Generation.DOCKER29_NFT), Ruleset.empty(Family.IPV4)));

    assertThat(remarks(found(ofNftables, NONE, NONE), "--beside"))
        .singleElement()
        .asString()
        .contains("ports of labels answer on this host only");
  }

  @Test
  void whatIsTakenOverOrChangedIsSaid() {
    Surroundings left = found(OF_29, NONE, NONE);
    assertThat(remarks(left, "--replace", "--layout=docker20"))
        .singleElement()
        .asString()
        .contains("dockerd 29 with iptables", "taken over into layout docker20");

    Surroundings ours = found(Optional.empty(), Optional.of(LayoutName.DOCKER28), NONE);
    assertThat(remarks(ours, "--layout=docker29"))
        .containsExactly("changing the rules from layout docker28 to docker29");
    assertThat(remarks(ours)).isEmpty();
  }

  @Test
  void anOptionThatTheLayoutHasNoRuleForIsNotLeftUnsaid() {
    Surroundings fresh = found(Optional.empty(), NONE, NONE);

    assertThat(remarks(fresh, "--bridge-accept-fwmark=2"))
        .singleElement()
        .asString()
        .contains("--bridge-accept-fwmark", "rules of layout docker20");
    assertThat(remarks(fresh, "--bridge-accept-fwmark=2", "--layout=docker29-nft")).isEmpty();
  }

  @Test
  void theLayoutIsRememberedInTheStateDirectory() throws IOException {
    Path state = directory.resolve("state");
    assertThat(new LayoutMemory(state).read()).isEmpty();

    new LayoutMemory(state).write(LayoutName.DOCKER28);
    assertThat(new LayoutMemory(state).read()).contains(LayoutName.DOCKER28);
    new LayoutMemory(state).write(LayoutName.DOCKER29);
    assertThat(new LayoutMemory(state).read()).contains(LayoutName.DOCKER29);
    assertThat(state).isDirectoryNotContaining("glob:**.new");
  }

  @Test
  void aMemoryThatMakesNoSenseIsNone() throws IOException {
    Files.writeString(directory.resolve(LayoutMemory.FILE), "docker17\n");

    assertThat(new LayoutMemory(directory).read()).isEmpty();
    new LayoutMemory(directory).write(LayoutName.DOCKER20);
    assertThat(new LayoutMemory(directory).read()).contains(LayoutName.DOCKER20);
  }

  private static Surroundings found(
      Optional<LeftRules> dockerds, Optional<LayoutName> inForce, Optional<LayoutName> last) {
    return new Surroundings(dockerds, inForce, last, /* labels= */ true, /* nftables= */ true);
  }

  private static Settings settings(Surroundings found, String... typed) {
    return found.settings(options(typed), Map.of());
  }

  private static List<String> remarks(Surroundings found, String... typed) {
    return found.remarks(settings(found, typed), options(typed));
  }

  private static AgentOptions options(String... typed) {
    String[] arguments = Stream.concat(Stream.of("agent"), Stream.of(typed)).toArray(String[]::new);
    AgentCommand command =
        (AgentCommand)
            Hairpin.commandLine().parseArgs(arguments).subcommand().commandSpec().userObject();
    return command.options();
  }
}
