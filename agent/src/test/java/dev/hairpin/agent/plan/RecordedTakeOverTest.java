package dev.hairpin.agent.plan;

import static dev.hairpin.rules.layouts.HostTables.content;
import static dev.hairpin.rules.layouts.HostTables.written;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.docker.DaemonSettings;
import dev.hairpin.agent.docker.DockerFiles;
import dev.hairpin.agent.docker.DockerInspection;
import dev.hairpin.agent.docker.EngineVersion;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.layouts.LayoutName;
import dev.hairpin.rules.layouts.LeftRules;
import dev.hairpin.rules.layouts.UsersChain;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.plan.Plan;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * From what real engines left to every layout: the host is as if that layout had been the first.
 */
class RecordedTakeOverTest {
  private static final Rule JUMP_TO_USERS = Rule.of(List.of(), Action.jump("DOCKER-USER"));

  @TestFactory
  Stream<DynamicTest> fromEveryRecordingToEveryLayout() throws IOException, URISyntaxException {
    Path recorded = Path.of(RecordedTakeOverTest.class.getResource("/recorded").toURI());
    List<DynamicTest> tests = new ArrayList<>();
    for (String engine : List.of("20.10.24", "26.1.5", "28.5.2", "29.7.2")) {
      try (Stream<Path> scenarios = Files.list(recorded.resolve(engine)).sorted()) {
        for (Path scenario : scenarios.toList()) {
          for (LayoutName layout : LayoutName.values()) {
            tests.add(
                DynamicTest.dynamicTest(
                    engine + " " + scenario.getFileName() + " to " + layout,
                    () -> takeOver(scenario, layout)));
          }
        }
      }
    }
    return tests.stream();
  }

  private static void takeOver(Path scenario, LayoutName layout) throws Exception {
    DaemonSettings settings = DockerFiles.settings(scenario.resolve("daemon.json"));
    DockerInspection docker =
        DockerFiles.inspection(
            scenario.resolve("networks.json"), scenario.resolve("containers.json"), missing -> {});
    EngineVersion version = docker.engine(layout, settings);
    List<BridgeNetwork> networks = docker.snapshot(version, settings).networks();
    Planned planned =
        Planned.of(new Engine(layout, version, settings, Set.of()), HostBefore.FRESH, docker);
    for (Family family : Family.values()) {
      Tables found = found(scenario, family);
      Ruleset wanted = UsersChain.keptInForce(planned.rules(family), found);
      Ruleset left =
          LeftRules.in(found, networks).map(LeftRules::rules).orElse(Ruleset.empty(family));

      Tables after = Plan.between(found, left, wanted).appliedTo(found);

      assertThat(content(after)).isEqualTo(content(written(ofTheUser(found), wanted)));
      assertThat(Plan.between(after, wanted, wanted).isEmpty()).isTrue();
    }
  }

  private static Tables found(Path scenario, Family family) throws IOException {
    Path file = scenario.resolve(family == Family.IPV4 ? "iptables.txt" : "ip6tables.txt");
    return Files.exists(file)
        ? IptablesText.parse(family, Files.readString(file))
        : Tables.empty(family);
  }

  /** What no layout takes away: the policies, DOCKER-USER and the jump to it. */
  private static Tables ofTheUser(Tables found) {
    return new Tables(
        found.family(),
        found.chains().stream()
            .filter(chain -> chain.isBase() || chain.name().equals("DOCKER-USER"))
            .map(chain ->
                chain.isBase()
                    ? new Chain(chain.table(), chain.name(), chain.policy(), jump(chain))
                    : chain)
            .toList());
  }

  private static List<Rule> jump(Chain chain) {
    return chain.table() == Table.FILTER
        ? chain.rules().stream().filter(JUMP_TO_USERS::equals).toList()
        : List.of();
  }
}
