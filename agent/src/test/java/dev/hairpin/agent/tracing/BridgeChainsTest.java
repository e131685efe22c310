package dev.hairpin.agent.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.trace.Place;
import dev.hairpin.rules.trace.Trace;
import org.junit.jupiter.api.Test;

class BridgeChainsTest {
  private static final Place.Bridge FORWARD = new Place.Bridge("filter", "FORWARD");
  private static final Place.Bridge OWN = new Place.Bridge("filter", "own");

  private final BridgeChains chains =
      BridgeChains.parse(
          """
          table bridge filter { # handle 3
          	set some { # handle 9
          		type ipv4_addr
          		elements = { 192.0.2.1,
          			     192.0.2.2 }
          	}

          	chain FORWARD { # handle 1
          		type filter hook forward priority filter; policy accept;
          		ip saddr vmap { 192.0.2.1 : drop,
          				192.0.2.2 : jump own } # handle 5
          		ether type arp counter # handle 8
          	}

          	chain own { # handle 2
          		accept # handle 6
          	}
          }
          """);

  @Test
  void rulesAreFoundByTheirHandlesWithTheirPlaceInTheChain() {
    assertThat(chains.step(FORWARD, 5).map(BridgeChainsTest::text))
        .contains("1 ip saddr vmap { 192.0.2.1 : drop, 192.0.2.2 : jump own }");
    assertThat(chains.step(FORWARD, 8).map(BridgeChainsTest::text))
        .contains("2 ether type arp counter");
    assertThat(chains.step(OWN, 6).map(BridgeChainsTest::text)).contains("1 accept");
    assertThat(chains.step(FORWARD, 6)).isEmpty();
  }

  @Test
  void onlyABaseChainHasAHook() {
    assertThat(chains.hook(FORWARD)).contains(Hook.FORWARD);
    assertThat(chains.hook(OWN)).isEmpty();
    assertThat(chains.has(OWN)).isTrue();
    assertThat(chains.has(new Place.Bridge("nat", "own"))).isFalse();
  }

  private static String text(Trace.Step step) {
    return step.number() + " " + ((Action.Verbatim) step.rule().action()).text();
  }
}
