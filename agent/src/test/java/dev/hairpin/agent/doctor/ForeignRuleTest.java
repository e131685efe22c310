package dev.hairpin.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.walk.Whose;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Tables;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rules and policies of others in the way of a published port, and what is said about them. */
class ForeignRuleTest {
  private static final String USERS = "-A DOCKER-USER -j RETURN\n";

  private static final String UFW =
      """
      -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
      -A INPUT -i lo -j ACCEPT
      -A INPUT -j ufw-user-input
      """;

  private static RecordedHost docker20() throws Exception {
    return RecordedHost.of("20.10.24", "one-tcp");
  }

  /** In the chain that is the user's. */
  private static Diagnosis withUsers(String... rules) throws Exception {
    return docker20()
        .rules(Family.IPV4, text -> text.replace(USERS, String.join("\n", rules) + "\n" + USERS))
        .diagnosis();
  }

  private static Diagnosis.Reach reach(Diagnosis diagnosis, Asker asker) {
    return diagnosis.checked().stream()
        .filter(each -> each.way().asker() == asker && each.way().family() == Family.IPV4)
        .findFirst()
        .orElseThrow()
        .reach();
  }

  private static List<Code> codes(List<Finding> findings) {
    return findings.stream().map(Finding::code).toList();
  }

  // ---- rules that are there twice

  @Test
  void aRuleThatIsThereTwiceIsOneFaultAndIsTakenOutTwice() throws Exception {
    Diagnosis diagnosis =
        withUsers("-A DOCKER-USER -i eth0 -j DROP", "-A DOCKER-USER -i eth0 -j DROP");

    assertThat(codes(diagnosis.findings())).containsExactly(Code.RULE_DROPS);
    assertThat(diagnosis.findings().getFirst().remedies())
        .hasSize(2)
        .containsOnly(
            new Remedy.Run(
                List.of("iptables", "-D", "DOCKER-USER", "-i", "eth0", "-j", "DROP"), false));
  }

  // ---- rules that are not understood

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-A DOCKER-USER -m limit --limit 5/sec -j RETURN",
        "-A DOCKER-USER -m set --match-set known src -j ACCEPT",
        "-A DOCKER-USER -m recent --name seen --set -j RETURN"
      })
  void aRuleThatServesThePacketEitherWayIsNotTold(String rule) throws Exception {
    Diagnosis diagnosis = withUsers(rule);

    assertThat(diagnosis.findings()).isEmpty();
    assertThat(diagnosis.notes()).isEmpty();
    assertThat(reach(diagnosis, Asker.OUTSIDE)).isEqualTo(Diagnosis.Reach.REACHED);
  }

  @Test
  void aRuleThatMayDropIsWorthKnowingAndNoFault() throws Exception {
    Diagnosis diagnosis = withUsers("-A DOCKER-USER -m set --match-set bad src -j DROP");

    assertThat(diagnosis.findings()).isEmpty();
    assertThat(codes(diagnosis.notes())).containsExactly(Code.RULE_NOT_UNDERSTOOD);
    assertThat(diagnosis.notes().getFirst().remedies())
        .allMatch(remedy -> remedy instanceof Remedy.ByHand);
    assertThat(reach(diagnosis, Asker.OUTSIDE)).isEqualTo(Diagnosis.Reach.UNKNOWN);
  }

  @Test
  void aDropBehindARuleThatMayLetThePacketPassIsNotBlamed() throws Exception {
    Diagnosis diagnosis =
        withUsers(
            "-A DOCKER-USER -m set --match-set known src -j RETURN",
            "-A DOCKER-USER -i eth0 -j DROP");

    assertThat(diagnosis.findings()).isEmpty();
    assertThat(codes(diagnosis.notes())).containsExactly(Code.RULE_NOT_UNDERSTOOD);
    assertThat(diagnosis.notes().getFirst().parts().getFirst()).contains("known");
  }

  @Test
  void aFaultThatStaysEitherWayIsToldWithoutTheRuleInFront() throws Exception {
    Diagnosis diagnosis =
        withUsers(
            "-A DOCKER-USER -m limit --limit 5/sec -j DROP", "-A DOCKER-USER -i eth0 -j DROP");

    assertThat(codes(diagnosis.findings())).containsExactly(Code.RULE_DROPS);
    assertThat(diagnosis.findings().getFirst().parts().getFirst()).isEqualTo("-i eth0 -j DROP");
    assertThat(reach(diagnosis, Asker.OUTSIDE)).isEqualTo(Diagnosis.Reach.LOST);
  }

  @Test
  void aTargetThatNobodyUnderstandsIsWorthKnowing() throws Exception {
    Diagnosis diagnosis = withUsers("-A DOCKER-USER -j NFQUEUE --queue-num 1");

    assertThat(diagnosis.findings()).isEmpty();
    assertThat(codes(diagnosis.notes())).containsExactly(Code.RULE_NOT_UNDERSTOOD);
  }

  // ---- whole chains

  @ParameterizedTest
  @EnumSource(Hook.class)
  void aForeignTableThatDropsBeforeTheFirstRuleIsNamedAtEachHook(Hook hook) throws Exception {
    for (Family family : Family.values()) {
      RecordedHost host = docker20();
      Diagnosis diagnosis = host.tables(family, guarded(host.tables(family), hook)).diagnosis();

      assertThat(diagnosis.findings())
          .allSatisfy(finding -> {
            assertThat(finding.code()).isEqualTo(Code.POLICY_DROPS);
            assertThat(finding.at()).hasToString("Optional[guard all]");
            assertThat(finding.remedies()).isNotEmpty();
          })
          .hasSizeLessThan(2);
    }
  }

  private static Tables guarded(Tables tables, Hook hook) {
    NftChain.Base base =
        new NftChain.Base(NftChain.Type.FILTER, hook, /* priority= */ -400, Policy.DROP);
    NftTable guard =
        new NftTable(
            tables.family(),
            "guard",
            List.of(),
            List.of(new NftChain("all", Optional.of(base), List.of())));
    return new Tables(
        tables.family(),
        tables.chains(),
        Stream.concat(tables.nftTables().stream(), Stream.of(guard)).toList());
  }

  @Test
  void aPolicyOfUfwsIsUfws() throws Exception {
    Finding finding =
        only(
            docker20()
                .rules(
                    Family.IPV4,
                    text ->
                        text.replace(":INPUT ACCEPT\n:FORWARD", ":INPUT DROP\n:FORWARD")
                            .replace("-A FORWARD -j DOCKER-USER", UFW + "-A FORWARD -j DOCKER-USER")
                            .replace(":DOCKER-USER -\n-A", ":DOCKER-USER -\n:ufw-user-input -\n-A"))
                .diagnosis());

    assertThat(finding.code()).isEqualTo(Code.POLICY_DROPS);
    assertThat(finding.whose()).contains(Whose.UFW);
    assertThat(finding.remedies())
        .containsExactly(
            new Remedy.Run(
                List.of("ufw", "allow", "proto", "tcp", "to", "192.0.2.1", "port", "8080"), false));
  }

  // ---- in a table that is the publisher's whole

  @Test
  void aDropInThePublishersOwnTableIsNoRuleOfThePublishers() throws Exception {
    Finding finding = only(strange(Action.drop()));

    assertThat(finding.code()).isEqualTo(Code.RULE_DROPS);
    assertThat(finding.whose()).contains(Whose.UNKNOWN);
    assertThat(finding.remedies()).hasOnlyElementsOfType(Remedy.PutBack.class);
  }

  @Test
  void aRuleInThePublishersOwnTableThatHidesTheOthersIsToldWithIt() throws Exception {
    Finding finding = only(strange(Action.returnToCaller()));

    assertThat(finding.code()).isEqualTo(Code.RULE_STALE);
    assertThat(finding.parts().getLast()).isEqualTo("docker-bridges nat-PREROUTING");
  }

  /** With a rule in front of those of docker-bridges' chain at prerouting. */
  private static Diagnosis strange(Action action) throws Exception {
    RecordedHost host = RecordedHost.of("29.7.2-nft", "one-tcp");
    return host.tables(
            Family.IPV4,
            EditedChains.inFront(
                host.tables(Family.IPV4),
                "docker-bridges",
                "nat-PREROUTING",
                Rule.of(List.of(), action)))
        .diagnosis();
  }

  private static Finding only(Diagnosis diagnosis) {
    assertThat(diagnosis.findings()).hasSize(1);
    return diagnosis.findings().getFirst();
  }
}
