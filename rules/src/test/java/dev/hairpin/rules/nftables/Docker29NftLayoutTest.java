package dev.hairpin.rules.nftables;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.FirewallOptions;
import dev.hairpin.rules.binding.GatewayMode;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.Link;
import dev.hairpin.rules.binding.Member;
import dev.hairpin.rules.binding.PacketMark;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.binding.RoutedPort;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The layout against what a dockerd 29.7.2 with {@code --firewall-backend=nftables} was recorded to
 * write. Each state says what its scenario asked the engine for.
 */
class Docker29NftLayoutTest {
  private static final Publisher WEB = new Publisher.Container("1", "web");
  private static final BridgeNetwork DOCKER0 =
      BridgeNetwork.of("bridge", "docker0", IpPrefix.parse("172.17.0.0/16"));
  private static final BridgeNetwork N1 =
      BridgeNetwork.of("n1", "br-34683ad4cc80", IpPrefix.parse("172.18.0.0/16"));
  private static final BridgeNetwork A1 =
      BridgeNetwork.of("a1", "br-f2055638b3ac", IpPrefix.parse("172.18.0.0/16"));
  private static final BridgeNetwork Z1 =
      BridgeNetwork.of("z1", "br-9e3e5d7e8c23", IpPrefix.parse("172.19.0.0/16"));
  private static final BridgeNetwork N6 =
      BridgeNetwork.of(
          "n6", "br-cde025f9de6b", IpPrefix.parse("fd00:18::/64"), IpPrefix.parse("172.18.0.0/16"));

  private static final Map<String, DesiredState> SCENARIOS =
      Map.ofEntries(
          entry(
              "one-tcp",
              state(
                  ProxyMode.USERLAND,
                  List.of(DOCKER0),
                  List.of(member(DOCKER0, "172.17.0.2")),
                  binding("0.0.0.0", "172.17.0.2"),
                  binding("::", "172.17.0.2"))),
          entry(
              "two-networks",
              state(
                  ProxyMode.USERLAND,
                  List.of(DOCKER0, A1, Z1),
                  List.of(member(Z1, "172.19.0.2"), member(A1, "172.18.0.2")),
                  binding("0.0.0.0", "172.18.0.2"),
                  binding("::", "172.18.0.2"))),
          entry(
              "noproxy-lo",
              state(
                  ProxyMode.HAIRPIN,
                  List.of(DOCKER0),
                  List.of(member(DOCKER0, "172.17.0.2")),
                  binding("127.0.0.1", "172.17.0.2"))),
          entry("v6-net", dualStack(ProxyMode.USERLAND)),
          entry("v6-net-noproxy", dualStack(ProxyMode.HAIRPIN)),
          entry(
              "internal",
              state(
                  ProxyMode.USERLAND,
                  List.of(
                      DOCKER0, BridgeNetwork.of("n1", N1.bridge(), N1.subnets(), true, true, true)),
                  List.of(member(N1, "172.18.0.2")),
                  binding("0.0.0.0", "172.18.0.2"))),
          entry(
              "gw-routed",
              new DesiredState(
                  List.of(DOCKER0, N1.withGatewayModes(Map.of(Family.IPV4, GatewayMode.ROUTED))),
                  List.of(member(N1, "172.18.0.2")),
                  List.of(),
                  List.of(
                      new RoutedPort(
                          Protocol.TCP, IpAddress.parse("172.18.0.2"), 80, WEB, "8080:80")),
                  List.of(),
                  options(ProxyMode.USERLAND))),
          entry(
              "gw-nat-unprotected",
              state(
                  ProxyMode.USERLAND,
                  List.of(
                      DOCKER0,
                      N1.withGatewayModes(Map.of(Family.IPV4, GatewayMode.NAT_UNPROTECTED))),
                  List.of(member(N1, "172.18.0.2")),
                  binding("0.0.0.0", "172.18.0.2"),
                  binding("::", "172.18.0.2"))),
          entry(
              "trusted-interfaces",
              state(
                  ProxyMode.USERLAND,
                  List.of(DOCKER0, N1.withTrustedInterfaces(List.of("eth0"))),
                  List.of(member(N1, "172.18.0.2")),
                  binding("0.0.0.0", "172.18.0.2"),
                  binding("::", "172.18.0.2"))),
          entry(
              "host-ipv4-snat",
              state(
                  ProxyMode.USERLAND,
                  List.of(
                      DOCKER0,
                      N1.withSourceAddresses(Map.of(Family.IPV4, IpAddress.parse("192.0.2.1")))),
                  List.of(member(N1, "172.18.0.2")),
                  binding("0.0.0.0", "172.18.0.2"),
                  binding("::", "172.18.0.2"))),
          entry(
              "icc-false",
              state(
                  ProxyMode.USERLAND,
                  List.of(
                      BridgeNetwork.of("bridge", "docker0", DOCKER0.subnets(), false, true, false)),
                  List.of(member(DOCKER0, "172.17.0.2"), member(DOCKER0, "172.17.0.3")),
                  binding("0.0.0.0", "172.17.0.2"),
                  binding("::", "172.17.0.2"))),
          entry(
              "lo6-bound",
              state(
                  ProxyMode.USERLAND,
                  List.of(DOCKER0),
                  List.of(member(DOCKER0, "172.17.0.2")),
                  binding("::1", "172.17.0.2"))));

  static Stream<String> scenarios() {
    return SCENARIOS.keySet().stream().sorted();
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void theRulesAreThoseOfDockerd(String scenario) throws IOException {
    assertThat(NftText.print(tables(SCENARIOS.get(scenario)))).isEqualTo(recorded(scenario));
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void everyRuleSaysWhyItIsThere(String scenario) {
    assertThat(
            tables(SCENARIOS.get(scenario)).stream()
                .flatMap(table -> table.chains().stream())
                .flatMap(chain -> chain.rules().stream()))
        .allSatisfy(rule -> assertThat(rule.reason().text()).isNotBlank().doesNotContain("\n"));
  }

  @Test
  void aFamilyThatIsSwitchedOffHasNoTable() {
    DesiredState state =
        DesiredState.of(
            List.of(N6),
            List.of(),
            FirewallOptions.of(ProxyMode.USERLAND, Set.of(Family.IPV4), Set.of()));

    assertThat(new Docker29NftLayout().rulesFor(state, Family.IPV6).isEmpty()).isTrue();
  }

  /** Nothing recorded has links, whose rules stand in front of the one that keeps members apart. */
  @Test
  void linksOpenTheChildsPortAndLetItSpeakFirst() {
    BridgeNetwork apart =
        BridgeNetwork.of("bridge", "docker0", DOCKER0.subnets(), false, true, false);
    DesiredState state =
        new DesiredState(
            List.of(apart),
            List.of(),
            List.of(),
            List.of(),
            List.of(
                new Link(
                    "docker0",
                    IpAddress.parse("172.17.0.3"),
                    IpAddress.parse("172.17.0.2"),
                    Protocol.TCP,
                    80)),
            options(ProxyMode.USERLAND));

    assertThat(lines(state, Family.IPV4, "filter-forward-in__docker0"))
        .containsExactly(
            "ct state established,related counter accept",
            "ip saddr 172.17.0.3 ip daddr 172.17.0.2 tcp dport 80 counter accept",
            "ip saddr 172.17.0.2 tcp sport 80 ip daddr 172.17.0.3 counter accept",
            "iifname \"docker0\" counter drop comment \"ICC\"",
            "counter drop comment \"UNPUBLISHED PORT DROP\"");
    assertThat(lines(state, Family.IPV6, "filter-FORWARD")).hasSize(2);
  }

  @Test
  void markedPacketsAreLetInBeforeLinksAndMembersAreLookedAt() {
    assertThat(lines(marked("2"), Family.IPV4, "filter-forward-in__docker0").get(1))
        .isEqualTo("meta mark 0x00000002 counter accept comment \"ALLOW FW MARK\"");
    assertThat(lines(marked("2/0xf"), Family.IPV4, "filter-forward-in__docker0").get(1))
        .isEqualTo("meta mark & 0x0000000f == 0x00000002 counter accept comment \"ALLOW FW MARK\"");
  }

  private static DesiredState marked(String mark) {
    FirewallOptions plain = options(ProxyMode.USERLAND);
    return DesiredState.of(
        List.of(DOCKER0),
        List.of(),
        new FirewallOptions(
            plain.proxyMode(),
            plain.families(),
            plain.dropForwarded(),
            plain.userChains(),
            false,
            true,
            Optional.of(PacketMark.parse(mark))));
  }

  @Test
  void pingOfIpv6IsLookedForBehindAllHeaders() {
    DesiredState state =
        DesiredState.of(
            List.of(N6.withGatewayModes(Map.of(Family.IPV6, GatewayMode.ROUTED))),
            List.of(),
            options(ProxyMode.USERLAND));

    assertThat(lines(state, Family.IPV6, "filter-forward-in__br-cde025f9de6b"))
        .contains("meta l4proto ipv6-icmp counter accept comment \"ICMP\"");
    assertThat(lines(state, Family.IPV6, "nat-postrouting-out__br-cde025f9de6b")).isEmpty();
  }

  /** The engine that writes iptables' rules listens to DOCKER_INSECURE_NO_IPTABLES_RAW. */
  @Test
  void onlyDirectRoutingDoesWithoutTheDropsBeforeTranslation() {
    DesiredState state = SCENARIOS.get("one-tcp");

    assertThat(lines(routing(state, false), Family.IPV4, "raw-PREROUTING")).hasSize(1);
    assertThat(lines(routing(state, true), Family.IPV4, "raw-PREROUTING")).isEmpty();
  }

  private static DesiredState routing(DesiredState state, boolean direct) {
    FirewallOptions plain = state.options();
    return new DesiredState(
        state.networks(),
        state.members(),
        state.bindings(),
        state.routed(),
        state.links(),
        new FirewallOptions(
            plain.proxyMode(),
            plain.families(),
            plain.dropForwarded(),
            plain.userChains(),
            direct,
            false,
            Optional.empty()));
  }

  /** A namespace on a bridge that nobody told us of. */
  @Test
  void aPortOfNoKnownNetworkIsPublishedWithoutRegardToInterfaces() {
    DesiredState state =
        state(
            ProxyMode.USERLAND,
            List.of(DOCKER0),
            List.of(),
            binding("0.0.0.0", "10.0.0.2"),
            binding("127.0.0.1", "10.0.0.2"));

    assertThat(lines(state, Family.IPV4, "nat-prerouting-and-output"))
        .containsExactly(
            "tcp dport 8080 counter dnat to 10.0.0.2:80 comment \"DNAT\"",
            "ip daddr 127.0.0.1 tcp dport 8080 counter dnat to 10.0.0.2:80 comment \"DNAT\"");
    assertThat(lines(state, Family.IPV4, "raw-PREROUTING"))
        .containsExactly(
            "iifname != \"lo\" ip daddr 127.0.0.1 tcp dport 8080 counter drop comment \"DROP REMOTE"
                + " LOOPBACK\"");
  }

  /** A bridge may be called what no chain may; one such must not keep the family from its rules. */
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "br@1, br/401",
        "br-1.2_3, br-1.2_3",
        "0br, 0br",
        "br'{;, br/27/7b/3b",
        "br*1, br/2a1"
      })
  void aBridgesChainsHaveNamesThatNftTakes(String bridge, String inChains) {
    BridgeNetwork odd = BridgeNetwork.of("odd", bridge, IpPrefix.parse("172.20.0.0/16"));
    DesiredState state =
        state(
            ProxyMode.HAIRPIN,
            List.of(DOCKER0, odd),
            List.of(member(odd, "172.20.0.2")),
            binding("0.0.0.0", "172.20.0.2"));

    assertThat(NftText.print(new Docker29NftLayout().rulesFor(state, Family.IPV4).nftTables()))
        .contains(
            "\"" + bridge + "\" : jump filter-forward-in__" + inChains,
            "\tchain nat-postrouting-out__" + inChains + " {\n\t\toifname != \"" + bridge + "\"",
            "\tchain filter-forward-in__docker0 {");
  }

  private static List<String> lines(DesiredState state, Family family, String chain) {
    return tables(state).stream()
        .filter(table -> table.family() == family)
        .flatMap(table -> table.chain(chain).stream())
        .map(NftChain::rules)
        .flatMap(List::stream)
        .map(NftText::line)
        .toList();
  }

  private static List<NftTable> tables(DesiredState state) {
    return Stream.of(Family.values())
        .flatMap(family -> new Docker29NftLayout().rulesFor(state, family).nftTables().stream())
        .toList();
  }

  private static String recorded(String scenario) throws IOException {
    String name = "/dockerd-29.7.2-nft/" + scenario + "/nft.txt";
    try (InputStream stream = Docker29NftLayoutTest.class.getResourceAsStream(name)) {
      return new String(stream.readAllBytes(), UTF_8);
    }
  }

  private static DesiredState dualStack(ProxyMode mode) {
    return state(
        mode,
        List.of(DOCKER0, N6),
        List.of(member(N6, "172.18.0.2", "fd00:18::2")),
        binding("0.0.0.0", "172.18.0.2"),
        binding("::", "fd00:18::2"));
  }

  private static DesiredState state(
      ProxyMode mode, List<BridgeNetwork> networks, List<Member> members, PortBinding... ports) {
    return new DesiredState(networks, members, List.of(ports), List.of(), List.of(), options(mode));
  }

  private static FirewallOptions options(ProxyMode mode) {
    return FirewallOptions.of(mode, Set.of(Family.values()), Set.of());
  }

  private static Member member(BridgeNetwork network, String... addresses) {
    return new Member(WEB, network.bridge(), Stream.of(addresses).map(IpAddress::parse).toList());
  }

  private static PortBinding binding(String host, String container) {
    return new PortBinding(
        new HostPort(Protocol.TCP, IpAddress.parse(host), 8080),
        IpAddress.parse(container),
        80,
        WEB,
        "8080:80");
  }
}
