package dev.hairpin.rules.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.plan.Plan;
import dev.hairpin.rules.recorded.Recording;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The layout against everything that a dockerd 20.10.24 was recorded to write. */
class Docker20LayoutGoldenTest {
  /** The recordings that are no answer to "which rules for this state?", and why. */
  private static final Map<String, String> LEFT_OUT =
      Map.ofEntries(
          Map.entry("bad-specs", "20.10 takes container port 0; we refuse it"),
          Map.entry("daemon-restart/down", "the engine was down: nobody could be asked"),
          Map.entry("kill-daemon", "the engine was down"),
          Map.entry("kill-daemon/down", "the engine was down"),
          Map.entry("live-restore/down", "the engine was down"),
          Map.entry("live-restore", "20.10 loses its port rules when it is restarted"),
          Map.entry("live-restore/back", "20.10 comes back with another order of networks"),
          Map.entry("docker-user/before", "has rules of the user's: a test of its own below"),
          Map.entry("docker-user", "has rules of the user's: a test of its own below"),
          Map.entry("existing-rules", "has rules of the user's: a test of its own below"),
          Map.entry("nat-flush/new-container", "20.10 does not notice that its jump is gone"),
          Map.entry("noproxy-sctp", "the start failed and left an empty mangle table behind"),
          Map.entry("sctp", "the start failed and left an empty mangle table behind"));

  static Stream<Recording> recordings() throws IOException {
    Path root = Recording.of("one-tcp").folder().getParent();
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .filter(file -> file.endsWith("iptables.txt"))
          .map(file -> root.relativize(file.getParent()).toString())
          .filter(name -> !LEFT_OUT.containsKey(name))
          .sorted()
          .toList()
          .stream()
          .map(Recording::of);
    }
  }

  @ParameterizedTest
  @MethodSource("recordings")
  void aFreshHostGetsTheRulesOfDockerd(Recording recording) {
    for (Family family : Family.values()) {
      assertThat(printed(recording, Tables.empty(family))).isEqualTo(recording.rules(family));
    }
  }

  @ParameterizedTest
  @MethodSource("recordings")
  void dockerdsOwnRulesAreRightAlready(Recording recording) {
    for (Family family : Family.values()) {
      Tables observed = IptablesText.parse(family, recording.rules(family));

      assertThat(
              Plan.between(observed, Ruleset.empty(family), desired(recording, family)).changes())
          .isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("recordings")
  void everyRuleSaysWhyItIsThereAndWhomItServes(Recording recording) {
    Ruleset rules = desired(recording, Family.IPV4);

    assertThat(rules.rules())
        .allSatisfy(rule -> assertThat(rule.reason().text()).isNotBlank().doesNotContain("\n"));
    assertThat(rules.rules().filter(rule -> rule.action() instanceof Action.Dnat))
        .allSatisfy(rule -> assertThat(rule.reason().binding()).isPresent());
  }

  /** OUTPUT leaves 127.0.0.0/8 to the proxy, so the rule is not what makes localhost work. */
  @Test
  void theRuleOfAPortOnLoopbackSaysThatTheProxyServesIt() {
    assertThat(desired(Recording.of("lo-bound"), Family.IPV4).rules())
        .filteredOn(rule -> rule.action() instanceof Action.Dnat)
        .singleElement()
        .satisfies(rule ->
            assertThat(rule.reason().text()).startsWith("the proxy serves 127.0.0.1:8080/tcp"));
  }

  @Test
  void rulesOfTheUserInDockerUserStay() {
    Recording recording = Recording.of("docker-user/before");
    Tables observed =
        IptablesText.parse(
            Family.IPV4,
            """
            *filter
            :INPUT ACCEPT
            :FORWARD ACCEPT
            :OUTPUT ACCEPT
            :DOCKER-USER -
            -A DOCKER-USER -i eth0 -p tcp -m conntrack --ctorigdstport 8080 --ctdir ORIGINAL -j DROP
            -A DOCKER-USER -j RETURN
            -A DOCKER-USER -m comment --comment last -j RETURN
            COMMIT
            """);

    assertThat(printed(recording, observed)).isEqualTo(recording.rules(Family.IPV4));
  }

  /** dockerd adds a RETURN to a DOCKER-USER that it finds; here it is there before. */
  @Test
  void rulesThatWereThereFirstStayWhereTheyAre() {
    Recording recording = Recording.of("existing-rules");
    Tables observed =
        IptablesText.parse(
            Family.IPV4,
            """
            *filter
            :INPUT ACCEPT
            :FORWARD ACCEPT
            :OUTPUT ACCEPT
            :DOCKER-USER -
            -A INPUT -p tcp -m tcp --dport 8081 -j REJECT --reject-with icmp-port-unreachable
            -A FORWARD -j REJECT --reject-with icmp-port-unreachable
            -A DOCKER-USER -s 203.0.113.0/24 -j DROP
            -A DOCKER-USER -j RETURN
            COMMIT
            *nat
            :PREROUTING ACCEPT
            :INPUT ACCEPT
            :OUTPUT ACCEPT
            :POSTROUTING ACCEPT
            -A PREROUTING -p tcp -m tcp --dport 8080 -j RETURN
            COMMIT
            """);

    assertThat(printed(recording, observed)).isEqualTo(recording.rules(Family.IPV4));
  }

  private static String printed(Recording recording, Tables observed) {
    Family family = observed.family();
    return IptablesText.print(
        Plan.between(observed, Ruleset.empty(family), desired(recording, family))
            .appliedTo(observed));
  }

  private static Ruleset desired(Recording recording, Family family) {
    return new Docker20Layout().rulesFor(recording.state(), family);
  }
}
