package dev.hairpin.rules.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.plan.Change;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class IptablesFirewallTest {
  private static final Rule TO_DOCKER = Rule.of(List.of(), Action.jump("DOCKER"));

  private final ScriptedCommands commands = new ScriptedCommands();
  private final IptablesFirewall firewall = new IptablesFirewall(commands);

  @Test
  void eachFamilyHasItsOwnTools() throws FirewallException {
    commands.answer(0, "", "").answer(0, "", "");

    firewall.observe(Family.IPV4);
    firewall.observe(Family.IPV6);

    assertThat(commands.calls())
        .extracting(ScriptedCommands.Call::argv)
        .containsExactly(List.of("iptables-save"), List.of("ip6tables-save"));
  }

  @Test
  void manyChangesAreOneScript() throws FirewallException {
    commands.answer(0, "", "");

    firewall.apply(
        Family.IPV4,
        List.of(
            new Change.WriteChain(
                Chain.regular(
                    Table.FILTER,
                    "DOCKER",
                    List.of(Rule.of(List.of(Match.outputInterface("docker0")), Action.accept())))),
            new Change.SetPolicy(Table.FILTER, Hook.FORWARD, Policy.DROP),
            new Change.DeleteRule(Table.FILTER, "FORWARD", Rule.of(List.of(), Action.jump("OLD"))),
            new Change.InsertRule(Table.FILTER, "FORWARD", 1, TO_DOCKER),
            new Change.DeleteChain(Table.FILTER, "OLD"),
            new Change.AppendRule(Table.NAT, "PREROUTING", TO_DOCKER)));

    assertThat(commands.calls())
        .containsExactly(
            new ScriptedCommands.Call(
                List.of("iptables-restore", "--noflush", "--wait"),
                """
                *filter
                :DOCKER - [0:0]
                :OLD - [0:0]
                -A DOCKER -o docker0 -j ACCEPT
                -P FORWARD DROP
                -D FORWARD -j OLD
                -I FORWARD 1 -j DOCKER
                -X OLD
                COMMIT
                *nat
                -A PREROUTING -j DOCKER
                COMMIT
                """));
  }

  @Test
  void aRefusedRuleIsShown() {
    commands.answer(
        1, "", "iptables-restore: line 2 failed: No chain/target/match by that name.\n");

    assertThatExceptionOfType(FirewallException.class)
        .isThrownBy(() -> firewall.apply(Family.IPV4, appending(TO_DOCKER)))
        .withMessage(
            "change the IPv4 rules: iptables-restore exited 1 at line 2 (\"-A FORWARD -j"
                + " DOCKER\"): iptables-restore: line 2 failed: No chain/target/match by that"
                + " name.");
  }

  @Test
  void theOtherWordingOfALineNumberIsUnderstoodToo() {
    commands.answer(
        2,
        "",
        """
        ip6tables-restore v1.8.9 (nf_tables): Chain 'DOCKER' does not exist
        Error occurred at line: 2
        Try `ip6tables-restore -h' or 'ip6tables-restore --help' for more information.
        """);

    assertThatExceptionOfType(FirewallException.class)
        .isThrownBy(() -> firewall.apply(Family.IPV6, appending(TO_DOCKER)))
        .withMessage(
            "change the IPv6 rules: ip6tables-restore exited 2 at line 2 (\"-A FORWARD -j"
                + " DOCKER\"): ip6tables-restore v1.8.9 (nf_tables): Chain 'DOCKER' does not"
                + " exist");
  }

  @Test
  void aNameThatWouldBreakOutOfItsLineIsRefusedBeforeAnythingRuns() {
    Rule smuggling = Rule.of(List.of(Match.inputInterface("br0\n-F FORWARD")), Action.accept());

    assertThatExceptionOfType(FirewallException.class)
        .isThrownBy(() -> firewall.apply(Family.IPV4, appending(smuggling)))
        .withMessageContaining("can't be used in a rule");
    assertThat(commands.calls()).isEmpty();
  }

  @Test
  void aToolThatFailsToReadIsReported() {
    commands.answer(4, "", "iptables-save v1.8.9 (nf_tables): Permission denied\n");

    assertThatExceptionOfType(FirewallException.class)
        .isThrownBy(() -> firewall.observe(Family.IPV4))
        .withMessage(
            "read the IPv4 rules: iptables-save exited 4: iptables-save v1.8.9 (nf_tables):"
                + " Permission denied");
  }

  @Test
  void textThatIsNotOfIptablesIsReported() {
    commands.answer(0, "hello\u001b\n", "");

    assertThatExceptionOfType(FirewallException.class)
        .isThrownBy(() -> firewall.observe(Family.IPV4))
        .withMessage(
            "read the IPv4 rules: output of iptables-save: \"hello\\u001b\" is in no table");
  }

  @Test
  void textThatBreaksOffIsReported() {
    commands.answer(0, "*nat\n:DOCKER - [0:0]\n", "");

    assertThatExceptionOfType(FirewallException.class)
        .isThrownBy(() -> firewall.observe(Family.IPV4))
        .withMessage("read the IPv4 rules: output of iptables-save: the text ends before COMMIT");
  }

  @Test
  void aMissingToolIsReported() {
    assertThatExceptionOfType(FirewallException.class)
        .isThrownBy(() -> firewall.observe(Family.IPV4))
        .withMessage("read the IPv4 rules: run iptables-save: not found on PATH; install it");
  }

  @Test
  void tablesOfTheLegacyVersionAreWarnedOfOnce() throws FirewallException {
    String warning =
        "# Warning: iptables-legacy tables present, use iptables-legacy-save to see them\n";
    commands.answer(0, "", warning).answer(0, "", warning).answer(0, "", "");
    ListAppender<ILoggingEvent> appender = new ListAppender<>();
    Logger log = (Logger) LoggerFactory.getLogger(IptablesFirewall.class);
    appender.start();
    log.addAppender(appender);
    try {
      firewall.observe(Family.IPV4);
      firewall.observe(Family.IPV4);
      firewall.observe(Family.IPV6);
    } finally {
      log.detachAppender(appender);
    }

    assertThat(appender.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly(
            "IPv4 rules of iptables-legacy are in force here as well, and are not looked at; what"
                + " they drop stays dropped, iptables-legacy-save shows them");
  }

  private static List<Change.OfIptables> appending(Rule rule) {
    return List.of(new Change.AppendRule(Table.FILTER, "FORWARD", rule));
  }
}
