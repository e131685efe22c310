package dev.hairpin.rules.nftables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.Match.ConnectionState.State;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Rule;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NftTextTest {
  @Test
  void anEmptyTableIsPrintedToo() {
    assertThat(NftText.print(new NftTable(Family.IPV6, "t", List.of(), List.of())))
        .isEqualTo("table ip6 t {\n}\n");
  }

  @Test
  void theFlagsOfATableComeFirst() {
    NftTable table =
        new NftTable(Family.IPV4, "t", List.of(), List.of(NftChain.regular("c", List.of())))
            .owned();

    assertThat(NftText.print(table))
        .isEqualTo("table ip t {\n\tflags owner,persist\n\n\tchain c {\n\t}\n}\n");
  }

  @ParameterizedTest
  @CsvSource({
    "PREROUTING, -300, raw",
    "PREROUTING, -100, dstnat",
    "PREROUTING, -310, raw - 10",
    "PREROUTING, -311, -311",
    "FORWARD, -100, -100",
    "FORWARD, 5, filter + 5",
    "POSTROUTING, 100, srcnat",
    "OUTPUT, 100, 100",
  })
  void prioritiesHaveTheNamesThatNftGivesThem(Hook hook, int priority, String text) {
    NftChain.Base base = new NftChain.Base(NftChain.Type.FILTER, hook, priority, Policy.DROP);

    assertThat(NftText.line(base)).contains(" priority " + text + "; policy drop;");
  }

  @Test
  void namesOfASetAreInOrderHoweverTheyWereGiven() {
    Match trusted = new Match.InputInterfaceAmong(List.of("eth0", "br-0"));

    assertThat(NftText.line(Rule.of(List.of(trusted), Action.accept())))
        .isEqualTo("iifname { \"br-0\", \"eth0\" } counter accept");
  }

  @Test
  void aCommentComesLastWhereverItWasPut() {
    Rule rule =
        Rule.of(List.of(Match.comment("why not"), Match.inputInterface("lo")), Action.accept());

    assertThat(NftText.line(rule)).isEqualTo("iifname \"lo\" counter accept comment \"why not\"");
  }

  @Test
  void whatNftCannotAskForIsRefused() {
    refuses(Match.not(Match.connectionState(State.NEW, State.RELATED)));
    refuses(Match.not(Match.connectionState(State.DNAT)));
    refuses(Match.connectionState(State.NEW, State.DNAT));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "br\"0", "br 0", "br0\nflush ruleset", "br*", "br\\"})
  void anInterfaceThatWouldBreakOutOfItsLineIsRefused(String name) {
    refuses(Match.inputInterface(name));
    refuses(new Match.InputInterfaceAmong(List.of(name)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0x", "a b", "a;", "a\nb", "ä"})
  void aChainThatWouldBreakOutOfItsLineIsRefused(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NftText.line(Rule.of(List.of(), Action.jump(name))))
        .withMessageContaining("can't be used in nftables");
  }

  @ParameterizedTest
  @ValueSource(strings = {"say \"no\"", "a\nb"})
  void aCommentThatWouldBreakOutOfItsQuotesIsRefused(String text) {
    refuses(Match.comment(text));
    refuses(Match.comment("x".repeat(128)));
  }

  private static void refuses(Match match) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NftText.line(Rule.of(List.of(match), Action.accept())));
  }
}
