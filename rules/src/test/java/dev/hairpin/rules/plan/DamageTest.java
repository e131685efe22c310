package dev.hairpin.rules.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.InterfaceMap;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.PortSet;
import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Tables;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class DamageTest {
  private static final String RIGHT =
      """
      *filter
      :FORWARD DROP [0:0]
      :DOCKER - [0:0]
      :DOCKER-USER - [0:0]
      -A FORWARD -j DOCKER-USER
      -A FORWARD -j DOCKER
      -A DOCKER -i a -j ACCEPT
      -A DOCKER -i b -j ACCEPT
      COMMIT
      *nat
      :PREROUTING ACCEPT [0:0]
      :DOCKER - [0:0]
      -A PREROUTING -j DOCKER
      -A DOCKER -i a -j RETURN
      COMMIT
      """;

  @Test
  void nothingWasWrongWithWhatIsTheSame() {
    assertThat(Damage.between(iptables(RIGHT), iptables(RIGHT))).isEmpty();
  }

  @Test
  void rulesThatAreGoneAreCountedByTable() {
    assertThat(
            between(
                RIGHT
                    .replaceAll("-A FORWARD .*\n", "")
                    .replace("-A DOCKER -i a -j ACCEPT\n", "")
                    .replace("-A PREROUTING -j DOCKER\n", "")))
        .containsExactly(
            "3 rules of 2 chains in ip filter were gone",
            "1 rule of chain PREROUTING in ip nat was gone");
  }

  @Test
  void aTableThatIsGoneIsAllItsRulesAndWhatElseWasOurs() {
    assertThat(between(""))
        .containsExactly(
            "4 rules of 2 chains in ip filter were gone",
            "chain DOCKER-USER in ip filter was gone",
            "the policy of chain FORWARD in ip filter was another",
            "2 rules of 2 chains in ip nat were gone");
  }

  @Test
  void whatIsNotOursIsToldFromWhatIsGone() {
    assertThat(between(RIGHT.replace("-A DOCKER -i a -j RETURN", "-A DOCKER -i c -j RETURN")))
        .containsExactly(
            "1 rule of chain DOCKER in ip nat was gone",
            "1 rule of chain DOCKER in ip nat was not ours");
  }

  @Test
  void rulesThatStandElsewhereAreNotGone() {
    assertThat(
            between(
                RIGHT.replace(
                    "-A FORWARD -j DOCKER-USER\n-A FORWARD -j DOCKER\n",
                    "-A FORWARD -j DOCKER\n-A FORWARD -j DOCKER-USER\n")))
        .containsExactly("the rules of chain FORWARD in ip filter were out of order");
  }

  @Test
  void aPolicyIsNamedByItsChain() {
    assertThat(between(RIGHT.replace("FORWARD DROP", "FORWARD ACCEPT")))
        .containsExactly("the policy of chain FORWARD in ip filter was another");
  }

  @Test
  void aTableOfNftablesIsGoneAsAWhole() {
    assertThat(Damage.between(Tables.empty(Family.IPV4), nftables(table(8080, 8081))))
        .containsExactly("the table ip ours was gone");
  }

  @Test
  void elementsAreCountedBySet() {
    assertThat(Damage.between(nftables(table(8080)), nftables(table(8080, 8081))))
        .containsExactly("1 element of set ports in ip ours was gone");
    assertThat(Damage.between(nftables(table(8080, 9, 10)), nftables(table(8080))))
        .containsExactly("2 elements of set ports in ip ours were not ours");
  }

  @Test
  void whatSomebodyPutIntoOurTableIsNotOurs() {
    NftTable right = table(8080);
    NftTable another =
        new NftTable(
            Family.IPV4,
            false,
            "ours",
            Set.of(),
            List.of(new InterfaceMap("jumps", new TreeMap<>(Map.of("eth0", "chain")))),
            right.portSets(),
            List.of(NftChain.regular("chain", List.of()), NftChain.regular("theirs", List.of())),
            List.of("set {}"));

    assertThat(Damage.between(nftables(another), nftables(right)))
        .containsExactly(
            "1 rule of chain chain in ip ours was gone",
            "1 element of set jumps in ip ours was not ours",
            "chain theirs in ip ours was not ours",
            "what was in the table ip ours was not all ours");
  }

  private static List<String> between(String damaged) {
    return Damage.between(iptables(damaged), iptables(RIGHT));
  }

  private static Tables iptables(String text) {
    return IptablesText.parse(Family.IPV4, text);
  }

  private static Tables nftables(NftTable table) {
    return new Tables(Family.IPV4, List.of(), List.of(table));
  }

  private static NftTable table(int... ports) {
    PortSet.Type type = new PortSet.Type(Family.IPV4, false, false, PortSet.Data.ADDRESS_AND_PORT);
    List<PortSet.Element> elements =
        Arrays.stream(ports)
            .mapToObj(port ->
                new PortSet.Element(
                    Protocol.TCP,
                    Optional.empty(),
                    PortRange.of(port),
                    Optional.of(new Action.Dnat(IpAddress.parse("192.0.2.2"), OptionalInt.of(80))),
                    Reason.UNKNOWN))
            .toList();
    return new NftTable(
        Family.IPV4,
        "ours",
        List.of(new InterfaceMap("jumps", new TreeMap<>())),
        List.of(new PortSet("ports", type, elements)),
        List.of(NftChain.regular("chain", List.of(Rule.of(List.of(), Action.accept())))));
  }
}
