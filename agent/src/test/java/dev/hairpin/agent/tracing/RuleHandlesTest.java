package dev.hairpin.agent.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hairpin.agent.tracing.TraceEvent.Step;
import dev.hairpin.agent.tracing.TraceEvent.Verdict;
import dev.hairpin.rules.netfilter.Policy;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class RuleHandlesTest {
  /** Shortened from what nft 1.0.6 prints. Handles are unique in a table only. */
  private static final String LISTED =
      """
      {"nftables": [
        {"metainfo": {"version": "1.0.6", "release_name": "Lester Gooch #5", "json_schema_version": 1}},
        {"table": {"family": "ip", "name": "nat", "handle": 1}},
        {"chain": {"family": "ip", "table": "nat", "name": "DOCKER", "handle": 1}},
        {"rule": {"family": "ip", "table": "nat", "chain": "DOCKER", "handle": 9, "expr": [{"return": null}]}},
        {"rule": {"family": "ip", "table": "nat", "chain": "PREROUTING", "handle": 7, "expr": []}},
        {"rule": {"family": "ip", "table": "nat", "chain": "DOCKER", "handle": 8, "expr": []}},
        {"rule": {"family": "ip6", "table": "nat", "chain": "DOCKER", "handle": 8, "expr": []}}
      ]}
      """;

  private final RuleHandles handles = RuleHandles.parse(LISTED);

  @Test
  void aRuleIsFoundByItsPlaceInItsChain() {
    assertThat(handles.position(AddressFamily.IP, "nat", "DOCKER", 9)).hasValue(1);
    assertThat(handles.position(AddressFamily.IP, "nat", "DOCKER", 8)).hasValue(2);
    assertThat(handles.position(AddressFamily.IP6, "nat", "DOCKER", 8)).hasValue(1);
  }

  @Test
  void aRuleThatWasNotListedIsNotFound() {
    assertThat(handles.position(AddressFamily.IP, "nat", "DOCKER", 7)).isEmpty();
    assertThat(handles.position(AddressFamily.IP, "filter", "DOCKER", 8)).isEmpty();
    assertThat(handles.position(AddressFamily.INET, "nat", "DOCKER", 8)).isEmpty();
  }

  @Test
  void anEventLeadsToItsRuleIfItIsOne() {
    assertThat(handles.position(event(new Step.Rule(8, new Verdict.Accept())))).hasValue(2);
    assertThat(handles.position(event(new Step.EndOfChain()))).isEmpty();
    assertThat(handles.position(event(new Step.AsPolicy(Policy.DROP)))).isEmpty();
  }

  @Test
  void whatIsNotSuchAListIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RuleHandles.parse("table ip nat {"))
        .withMessageStartingWith("not JSON: ");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RuleHandles.parse("{}"))
        .withMessage("not what nft -j prints: \"nftables\" is missing");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RuleHandles.parse("{\"nftables\": [{\"rule\": {\"family\": \"ip\"}}]}"))
        .withMessage("a rule without a handle; list with nft -a");
  }

  private static TraceEvent event(Step step) {
    return new TraceEvent(
        0,
        1,
        AddressFamily.IP,
        AddressFamily.IP,
        "nat",
        "DOCKER",
        step,
        0,
        OptionalInt.empty(),
        OptionalInt.empty(),
        Optional.empty(),
        Optional.empty());
  }
}
