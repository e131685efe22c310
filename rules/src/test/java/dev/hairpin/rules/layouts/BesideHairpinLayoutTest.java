package dev.hairpin.rules.layouts;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.Layout;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.Endpoint;
import dev.hairpin.rules.binding.FirewallOptions;
import dev.hairpin.rules.binding.PortRequest;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.iptables.BesideLayout;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.nftables.NftText;
import dev.hairpin.rules.plan.Change;
import dev.hairpin.rules.plan.NftChange;
import dev.hairpin.rules.plan.Plan;
import dev.hairpin.rules.trace.Host;
import dev.hairpin.rules.trace.Packet;
import dev.hairpin.rules.trace.PacketTracer;
import dev.hairpin.rules.trace.Trace.Verdict;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Container web, 172.17.0.2 on docker0, published by us beside a dockerd of 20.10 that publishes
 * nothing; FORWARD drops what nobody accepts.
 */
class BesideHairpinLayoutTest {
  private static final BridgeNetwork DOCKER0 =
      BridgeNetwork.of(
          "bridge", "docker0", IpPrefix.parse("172.17.0.0/16"), IpPrefix.parse("fd00:17::/64"));
  private static final BridgeNetwork INTERNAL =
      BridgeNetwork.of(
          "in",
          "br-in",
          List.of(IpPrefix.parse("172.18.0.0/16")),
          true,
          true,
          /* internal= */ true);
  private static final IpAddress HOST = IpAddress.parse("192.0.2.1");
  private static final IpAddress CLIENT = IpAddress.parse("192.0.2.2");
  private static final IpAddress WEB = IpAddress.parse("172.17.0.2");
  private static final Endpoint ENDPOINT =
      new Endpoint(
          new Publisher.Container("1", "web"),
          Optional.of(WEB),
          Optional.of(IpAddress.parse("fd00:17::2")));
  private static final Host WORLD =
      new Host(
          List.of(
              new Host.Interface("eth0", List.of(HOST)),
              new Host.Interface("docker0", List.of(IpAddress.parse("172.17.0.1")))),
          List.of(
              new Host.Route(IpPrefix.parse("0.0.0.0/0"), "eth0"),
              new Host.Route(IpPrefix.parse("172.17.0.0/16"), "docker0")));

  /** As {@code nft list table} prints it, but for counters. */
  @ParameterizedTest
  @CsvSource({
    "IPV4, USERLAND, beside-ipv4",
    "IPV4, HAIRPIN, beside-ipv4-noproxy",
    "IPV6, USERLAND, beside-ipv6",
    "IPV6, HAIRPIN, beside-ipv6-noproxy"
  })
  void theWholeTableIsAsExpected(Family family, ProxyMode mode, String file) throws IOException {
    assertThat(NftText.print(ours(family, mode).nftTables()))
        .isEqualTo(text("/hairpin/" + file + ".txt"));
  }

  /** As {@code iptables-save} prints it where nobody else has a rule, with a proxy or without. */
  @ParameterizedTest
  @CsvSource({"IPV4, USERLAND", "IPV4, HAIRPIN", "IPV6, USERLAND", "IPV6, HAIRPIN"})
  void whatIsLeftForIptablesIsAsExpected(Family family, ProxyMode mode) throws IOException {
    Tables nothing = Tables.empty(family);
    Tables written =
        Plan.between(nothing, Ruleset.empty(family), ours(family, mode)).appliedTo(nothing);

    assertThat(IptablesText.print(written))
        .isEqualTo(text("/hairpin/beside-" + family.keyword() + "tables.txt"));
  }

  @Test
  void everyRuleSaysWhyItIsThere() {
    assertThat(ours(Family.IPV4, ProxyMode.HAIRPIN).rules())
        .allSatisfy(rule -> assertThat(rule.reason().text()).isNotBlank());
  }

  @Test
  void aHundredPortsTakeAsManyRulesAsOne() {
    Ruleset one = ours(Family.IPV4, ProxyMode.HAIRPIN, "8000:80");
    Ruleset hundred =
        ours(
            Family.IPV4,
            ProxyMode.HAIRPIN,
            IntStream.range(8000, 8100).mapToObj(port -> port + ":80").toArray(String[]::new));

    assertThat(hundred.rules().toList()).isEqualTo(one.rules().toList());
    assertThat(hundred.nftTables().getFirst().portSet("ports").orElseThrow().elements())
        .hasSize(100);
  }

  @Test
  void whatAnotherSendsToAPublishedContainerPortIsNotForUsToLetIn() {
    Tables tables = withOurs(withForeignDnat(besideDockerd(), 9999));
    assertThat(fromOutside(tables, 8080)).isEqualTo(new Verdict.Forwarded(WEB, 80, "docker0"));
    assertThat(fromOutside(tables, 9999)).isInstanceOf(Verdict.Dropped.class);
  }

  /** firewalld's chain, which is asked behind iptables'. */
  @Test
  void neitherIsWhatIsSentThereByATableOfNftables() {
    Tables before = besideDockerd();
    Tables tables = withOurs(write(before, firewalld(9999)));

    assertThat(fromOutside(tables, 8080)).isEqualTo(new Verdict.Forwarded(WEB, 80, "docker0"));
    assertThat(fromOutside(tables, 9999)).isInstanceOf(Verdict.Dropped.class);
  }

  @Test
  void whoHadAPortBeforeKeepsIt() {
    Tables inIptables = withOurs(withForeignDnat(besideDockerd(), 8080));
    Tables inNftables = withOurs(write(besideDockerd(), firewalld(8080)));

    assertThat(fromOutside(inIptables, 8080)).isInstanceOf(Verdict.Dropped.class);
    assertThat(fromOutside(inNftables, 8080)).isInstanceOf(Verdict.Dropped.class);
  }

  static Stream<Arguments> changes() {
    Layout alone = new BesideLayout();
    Layout labelled = new BesideHairpinLayout();
    return Stream.of(Arguments.of(alone, labelled), Arguments.of(labelled, alone));
  }

  /** The kernel changes a table at once, but one table after the other. */
  @ParameterizedTest
  @MethodSource("changes")
  void fromOneKindToTheOtherPortsAreReachedAllTheTime(Layout from, Layout to) {
    Ruleset owned = rules(from, Family.IPV4, ProxyMode.USERLAND, "8080:80");
    Ruleset wanted = rules(to, Family.IPV4, ProxyMode.USERLAND, "8080:80");
    Tables before =
        Plan.between(besideDockerd(), Ruleset.empty(Family.IPV4), owned).appliedTo(besideDockerd());
    List<Change> changes = Plan.between(before, owned, wanted).changes();

    List<Integer> moments = momentsBetweenTables(changes);
    assertThat(moments).hasSizeGreaterThan(2);
    for (int moment : moments) {
      Tables meanwhile = new Plan(changes.subList(0, moment)).appliedTo(before);

      assertThat(fromOutside(meanwhile, 8080))
          .as("after %s", changes.subList(0, moment))
          .isEqualTo(new Verdict.Forwarded(WEB, 80, "docker0"));
    }
    Tables after = new Plan(changes).appliedTo(before);
    assertThat(Plan.between(after, wanted, wanted).isEmpty()).isTrue();
  }

  private static List<Integer> momentsBetweenTables(List<Change> changes) {
    List<Integer> moments = new ArrayList<>();
    for (int i = 1; i <= changes.size(); i++) {
      if (i == changes.size() || !table(changes.get(i)).equals(table(changes.get(i - 1)))) {
        moments.add(i);
      }
    }
    return moments;
  }

  private static String table(Change change) {
    return switch (change) {
      case Change.OfIptables iptables -> "iptables " + iptables.table();
      case NftChange nftables -> "nftables";
    };
  }

  private static Tables besideDockerd() {
    DesiredState dockerds =
        DesiredState.of(
            List.of(DOCKER0, INTERNAL),
            List.of(),
            FirewallOptions.of(ProxyMode.USERLAND, Set.of(Family.IPV4), Set.of(Family.IPV4)));
    return write(
        Tables.empty(Family.IPV4), LayoutName.DOCKER20.layout().rulesFor(dockerds, Family.IPV4));
  }

  private static Tables withOurs(Tables before) {
    return write(before, ours(Family.IPV4, ProxyMode.USERLAND, "8080:80"));
  }

  private static Tables write(Tables before, Ruleset rules) {
    return Plan.between(before, Ruleset.empty(Family.IPV4), rules).appliedTo(before);
  }

  /** Somebody's, who has not seen to that it is let in. */
  private static Tables withForeignDnat(Tables before, int hostPort) {
    return new Plan(
            List.of(
                new Change.AppendRule(Table.NAT, Hook.PREROUTING.name(), foreignDnat(hostPort))))
        .appliedTo(before);
  }

  private static Ruleset firewalld(int hostPort) {
    NftChain.Base base =
        new NftChain.Base(
            NftChain.Type.NAT, Hook.PREROUTING, NftChain.Base.DSTNAT + 10, Policy.ACCEPT);
    return Ruleset.of(
        new NftTable(
            Family.IPV4,
            "firewalld",
            List.of(),
            List.of(
                new NftChain(
                    "nat_PREROUTING", Optional.of(base), List.of(foreignDnat(hostPort))))));
  }

  /** To a port of web that we publish as well, but for one that is taken. */
  private static Rule foreignDnat(int hostPort) {
    return Rule.of(
        List.of(Match.destinationPort(Protocol.TCP, hostPort)),
        Action.dnatTo(WEB, hostPort == 8080 ? 81 : 80));
  }

  private static Verdict fromOutside(Tables tables, int port) {
    return new PacketTracer(tables, WORLD)
        .trace(Packet.arriving("eth0", Protocol.TCP, CLIENT, HOST, port))
        .verdict();
  }

  private static Ruleset ours(Family family, ProxyMode mode) {
    return ours(
        family, mode, "8080:80", "20000-20999:20000-20999", "127.0.0.1:53:5353/udp", "9:9/sctp");
  }

  private static Ruleset ours(Family family, ProxyMode mode, String... specs) {
    return rules(new BesideHairpinLayout(), family, mode, specs);
  }

  private static Ruleset rules(Layout layout, Family family, ProxyMode mode, String... specs) {
    DesiredState state =
        DesiredState.of(
            List.of(DOCKER0, INTERNAL),
            Stream.of(specs)
                .flatMap(spec -> ENDPOINT.bindings(PortRequest.parse(spec)).stream())
                .toList(),
            FirewallOptions.of(mode, Set.of(Family.values()), Set.of(Family.values())));
    return layout.rulesFor(state, family);
  }

  private static String text(String resource) throws IOException {
    try (InputStream stream = BesideHairpinLayoutTest.class.getResourceAsStream(resource)) {
      return new String(stream.readAllBytes(), UTF_8);
    }
  }
}
