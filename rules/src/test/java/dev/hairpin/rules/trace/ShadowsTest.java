package dev.hairpin.rules.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.Layout;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.FirewallOptions;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.iptables.BesideLayout;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.layouts.LayoutName;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.plan.Change;
import dev.hairpin.rules.plan.Plan;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Address plan: container c1 is 172.17.0.2 on docker0, the host 198.51.100.1 on eth0. */
class ShadowsTest {
  private static final Host HOST =
      new Host(
          List.of(
              new Host.Interface("eth0", List.of(IpAddress.parse("198.51.100.1"))),
              new Host.Interface("docker0", List.of(IpAddress.parse("172.17.0.1")))),
          List.of());

  private Layout layout = LayoutName.DOCKER28.layout();
  private final List<Change> others = new ArrayList<>();

  @Test
  void withoutRulesOfOthersTheHostIsNotEvenAskedFor() {
    assertThat(shadows()).isEmpty();
    assertThat(
            new Shadows(inForce(), rules(), state())
                .cast(() -> {
                  throw new AssertionError("nothing stands above ours");
                }))
        .isEmpty();
  }

  @Test
  void whatAcceptsEverythingAboveTheJumpTakesPublishedPorts() {
    above(Table.NAT, "PREROUTING", "-j ACCEPT");

    assertThat(shadows())
        .singleElement()
        .satisfies(shadow -> {
          assertThat(shadow.text()).isEqualTo("-A PREROUTING -j ACCEPT");
          assertThat(shadow.certain()).isTrue();
          assertThat(shadow.binding().hostPort()).hasToString("0.0.0.0:8080/tcp");
        });
  }

  @Test
  void soDoesWhatSendsThemElsewhere() {
    above(
        Table.NAT,
        "PREROUTING",
        "-p tcp -m tcp --dport 8082 -j DNAT --to-destination 203.0.113.9:80");

    assertThat(shadows())
        .singleElement()
        .satisfies(
            shadow -> assertThat(shadow.binding().hostPort()).hasToString("198.51.100.1:8082/tcp"));
  }

  @Test
  void soDoesWhatReturnsThemToThePolicy() {
    above(Table.NAT, "OUTPUT", "-j RETURN");

    assertThat(texts()).containsExactly("-A OUTPUT -j RETURN");
  }

  @Test
  void soDoesWhatDropsThemOnTheirWayToTheContainer() {
    above(Table.FILTER, "FORWARD", "-d 172.17.0.0/16 -j DROP");

    assertThat(texts()).containsExactly("-A FORWARD -d 172.17.0.0/16 -j DROP");
  }

  @Test
  void whatLetsNeighboursInBeforeTheRawTableKeepsThemOutIsAShadowToo() {
    above(Table.RAW, "PREROUTING", "-i eth0 -j ACCEPT");

    assertThat(texts()).containsExactly("-A PREROUTING -i eth0 -j ACCEPT");
  }

  /** It decides over nothing that ours are for. */
  @Test
  void whatIsForOtherPacketsIsNone() {
    above(Table.NAT, "PREROUTING", "-p tcp -m tcp --dport 22 -j ACCEPT");
    above(Table.NAT, "PREROUTING", "-p udp -j ACCEPT");
    above(Table.NAT, "PREROUTING", "-d 203.0.113.0/24 -j ACCEPT");
    above(Table.NAT, "PREROUTING", "-i docker0 -j ACCEPT");
    above(Table.NAT, "PREROUTING", "-j LOG");
    above(Table.NAT, "OUTPUT", "-d 127.0.0.0/8 -j ACCEPT");
    above(Table.FILTER, "FORWARD", "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT");
    above(Table.FILTER, "FORWARD", "-m mark --mark 0x4000/0x4000 -j ACCEPT");
    above(Table.RAW, "PREROUTING", "-i lo -j ACCEPT");

    assertThat(texts()).isEmpty();
  }

  @Test
  void whatStandsBelowOursIsNone() {
    others.add(append(Table.NAT, "PREROUTING", "-j ACCEPT"));
    others.add(append(Table.FILTER, "FORWARD", "-j DROP"));

    assertThat(texts()).isEmpty();
  }

  @Test
  void aRuleInAChainThatTheyJumpToIsNamed() {
    others.add(
        new Change.WriteChain(
            Chain.regular(
                Table.NAT,
                "THEIRS",
                List.of(
                    IptablesText.parseRule("-p udp -j ACCEPT"),
                    IptablesText.parseRule("-p tcp -j ACCEPT")))));
    above(Table.NAT, "PREROUTING", "-j THEIRS");

    assertThat(texts()).containsExactly("-A THEIRS -p tcp -j ACCEPT");
  }

  @Test
  void whatHangsOnSomethingThatIsNotUnderstoodMayBeOne() {
    above(Table.NAT, "PREROUTING", "-m set --match-set some src -j ACCEPT");

    assertThat(shadows())
        .singleElement()
        .satisfies(shadow -> assertThat(shadow.certain()).isFalse());
  }

  /** They are asked first on purpose. */
  @Test
  void whatTheUserDropsInHisOwnChainIsNone() {
    above(Table.FILTER, "DOCKER-USER", "-j DROP");
    above(Table.FILTER, "FORWARD", "-j LOG");

    assertThat(texts()).isEmpty();
  }

  @Test
  void besideDockerdItsOwnRulesAreNone() {
    layout = new BesideLayout();
    others.add(
        new Change.WriteChain(
            Chain.regular(
                Table.NAT,
                "DOCKER",
                List.of(
                    IptablesText.parseRule("-i docker0 -j RETURN"),
                    IptablesText.parseRule(
                        "! -i docker0 -p tcp -m tcp --dport 9000 -j DNAT"
                            + " --to-destination 172.17.0.9:80")))));
    above(Table.NAT, "PREROUTING", "-m addrtype --dst-type LOCAL -j DOCKER");
    above(Table.FILTER, "FORWARD", "-j DOCKER-USER");

    assertThat(texts()).isEmpty();
  }

  /** Either may be asked first; what is accepted there is asked of ours all the same. */
  @Test
  void besideATableOfOurOwnOnlyWhatTranslatesMayBeOne() {
    layout = LayoutName.HAIRPIN.layout();
    above(Table.NAT, "PREROUTING", "-j ACCEPT");
    assertThat(texts()).isEmpty();

    above(Table.NAT, "PREROUTING", "-p tcp -j DNAT --to-destination 203.0.113.9:80");
    assertThat(shadows())
        .singleElement()
        .satisfies(shadow -> {
          assertThat(shadow.text()).contains("DNAT");
          assertThat(shadow.certain()).isFalse();
        });
  }

  private void above(Table table, String chain, String rule) {
    others.add(new Change.InsertRule(table, chain, 1, IptablesText.parseRule(rule)));
  }

  private static Change append(Table table, String chain, String rule) {
    return new Change.AppendRule(table, chain, IptablesText.parseRule(rule));
  }

  private List<Shadow> shadows() {
    return new Shadows(inForce(), rules(), state()).cast(() -> HOST);
  }

  private List<String> texts() {
    return shadows().stream().map(Shadow::text).toList();
  }

  private Tables inForce() {
    Tables untouched = Tables.opened(Family.IPV4, List.of(Table.values()));
    Tables with = Plan.between(untouched, Ruleset.empty(Family.IPV4), rules()).appliedTo(untouched);
    return new Plan(others).appliedTo(with);
  }

  private Ruleset rules() {
    return layout.rulesFor(state(), Family.IPV4);
  }

  private static DesiredState state() {
    return DesiredState.of(
        List.of(BridgeNetwork.of("bridge", "docker0", IpPrefix.parse("172.17.0.0/16"))),
        List.of(
            published("0.0.0.0", 8080),
            published("127.0.0.1", 8081),
            published("198.51.100.1", 8082)),
        FirewallOptions.of(ProxyMode.USERLAND, Set.of(Family.IPV4), Set.of()));
  }

  private static PortBinding published(String address, int port) {
    return new PortBinding(
        new HostPort(Protocol.TCP, IpAddress.parse(address), port),
        IpAddress.parse("172.17.0.2"),
        80,
        new Publisher.Container("1111", "c1"),
        port + ":80");
  }
}
