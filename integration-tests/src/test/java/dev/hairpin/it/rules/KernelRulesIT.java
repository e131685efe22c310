package dev.hairpin.it.rules;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hairpin.agent.posix.RulesetCounter;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.World;
import dev.hairpin.rules.Layout;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.apply.CommandRunner;
import dev.hairpin.rules.apply.Conntrack;
import dev.hairpin.rules.apply.Firewall;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.apply.Flows;
import dev.hairpin.rules.apply.KernelFirewall;
import dev.hairpin.rules.apply.NftContext;
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
import dev.hairpin.rules.iptables.BesideLayout;
import dev.hairpin.rules.iptables.Docker20Layout;
import dev.hairpin.rules.iptables.Docker28Layout;
import dev.hairpin.rules.iptables.Docker29Layout;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.layouts.BesideHairpinLayout;
import dev.hairpin.rules.layouts.LayoutName;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.nftables.Docker29NftLayout;
import dev.hairpin.rules.nftables.HairpinLayout;
import dev.hairpin.rules.nftables.NftText;
import dev.hairpin.rules.plan.Change;
import dev.hairpin.rules.plan.NftChange;
import dev.hairpin.rules.plan.Plan;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@NeedsRealNetwork
class KernelRulesIT {
  /** Its members may not talk to each other, but for those that are linked. */
  private static final BridgeNetwork DOCKER0 =
      BridgeNetwork.of(
          "bridge", "docker0", List.of(IpPrefix.parse("172.17.0.0/16")), false, true, false);

  private static final BridgeNetwork DUAL =
      dual("br-dual", 18, false)
          .withSourceAddresses(
              Map.of(
                  Family.IPV4, IpAddress.parse("192.0.2.1"),
                  Family.IPV6, IpAddress.parse("2001:db8:1::1")))
          .withTrustedInterfaces(List.of("eth0"));
  private static final BridgeNetwork ROUTED =
      dual("br-routed", 19, false)
          .withGatewayModes(
              Map.of(Family.IPV4, GatewayMode.ROUTED, Family.IPV6, GatewayMode.ROUTED));
  private static final BridgeNetwork UNPROTECTED =
      dual("br-open", 20, false)
          .withGatewayModes(
              Map.of(
                  Family.IPV4, GatewayMode.NAT_UNPROTECTED,
                  Family.IPV6, GatewayMode.NAT_UNPROTECTED));
  private static final BridgeNetwork INTERNAL = dual("br-inner", 21, true);
  private static final Publisher NS1 = new Publisher.Namespace("ns1");

  private World world;
  private CommandRunner commands;
  private Firewall firewall;

  @BeforeEach
  void makeWorld() {
    world = World.create();
    commands = CommandRunner.local().inNamespace(world.host().file());
    firewall = new KernelFirewall(commands);
  }

  @AfterEach
  void closeWorld() {
    world.close();
  }

  static Stream<Arguments> layouts() {
    return Stream.of(Family.values())
        .flatMap(family ->
            Stream.of(
                    new Docker20Layout(),
                    new Docker28Layout(),
                    new Docker29Layout(),
                    new Docker29NftLayout(),
                    new HairpinLayout(),
                    new BesideLayout(),
                    new BesideHairpinLayout())
                .flatMap(layout ->
                    Stream.of(ProxyMode.values()).map(mode -> Arguments.of(family, layout, mode))));
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void theKernelHasWhatThePlanForetold(Family family, Layout layout, ProxyMode mode)
      throws FirewallException {
    addRulesOfOthers(family);
    Ruleset rules = layout.rulesFor(state(mode), family);
    Tables before = observe(family);
    Plan plan = Plan.between(before, Ruleset.empty(family), rules);

    firewall.apply(family, plan);

    Tables after = observe(family);
    assertThat(printed(after)).isEqualTo(printed(plan.appliedTo(before)));
    assertThat(Plan.between(after, rules, rules).changes()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void aNetworkLessIsAlsoAsForetold(Family family, Layout layout, ProxyMode mode)
      throws FirewallException {
    addRulesOfOthers(family);
    DesiredState earlier = state(mode);
    DesiredState later =
        DesiredState.of(
            List.of(DUAL),
            earlier.bindings(),
            FirewallOptions.of(mode, earlier.options().families(), Set.of()));
    Ruleset owned = layout.rulesFor(earlier, family);
    Ruleset desired = layout.rulesFor(later, family);
    firewall.apply(family, Plan.between(observe(family), Ruleset.empty(family), owned));
    Tables before = observe(family);
    Plan plan = Plan.between(before, owned, desired);

    firewall.apply(family, plan);

    assertThat(printed(observe(family))).isEqualTo(printed(plan.appliedTo(before)));
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void onlyWhatOthersWroteIsLeftAfterwards(Family family, Layout layout, ProxyMode mode)
      throws FirewallException {
    addRulesOfOthers(family);
    String others = printed(observe(family));
    Ruleset rules = layout.rulesFor(state(mode), family);
    firewall.apply(family, Plan.between(observe(family), Ruleset.empty(family), rules));

    firewall.apply(family, Plan.between(observe(family), rules, Ruleset.empty(family)));

    // The base chains of a table stay, empty, once anything was in it: mangle's, for SCTP.
    assertThat(printed(observe(family))).endsWith(others);
  }

  /** While rules move between the two kinds of tables, those of one generation are in force. */
  @ParameterizedTest
  @EnumSource(Family.class)
  void rulesMoveFromEachLayoutToEachOther(Family family) throws FirewallException {
    addRulesOfOthers(family);
    Ruleset owned = Ruleset.empty(family);
    for (LayoutName from : LayoutName.values()) {
      for (LayoutName to : LayoutName.values()) {
        for (LayoutName next : List.of(from, to)) {
          Ruleset desired = next.layout().rulesFor(state(ProxyMode.USERLAND), family);
          Tables before = observe(family);
          Plan plan = Plan.between(before, owned, desired);

          firewall.apply(family, plan);

          assertThat(printed(observe(family))).isEqualTo(printed(plan.appliedTo(before)));
          owned = desired;
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void whatOthersDidToOurTableIsPutRight(Family family) throws FirewallException {
    Ruleset rules = new Docker29NftLayout().rulesFor(state(ProxyMode.USERLAND), family);
    firewall.apply(family, Plan.between(observe(family), Ruleset.empty(family), rules));
    String right = printed(observe(family));
    List<String> disturbances =
        List.of(
            "flush chain %s nat-prerouting-and-output",
            "insert rule %s filter-forward-in__br-dual accept",
            "add chain %s extra; add rule %s filter-forward-out__br-dual jump extra",
            "delete element %s filter-forward-in-jumps { \"br-dual\" }",
            "add element %s filter-forward-in-jumps { \"eth9\" : jump"
                + " filter-forward-in__br-dual }",
            "delete element %s nat-postrouting-in-jumps { \"br-dual\" };"
                + " delete chain %s nat-postrouting-in__br-dual",
            "flush chain %s raw-PREROUTING; delete chain %s raw-PREROUTING",
            "add set %s allowed { type inet_service; };"
                + " add rule %s filter-forward-in__br-dual tcp dport @allowed accept",
            "delete table %s");

    for (String disturbance : disturbances) {
      String script = disturbance.replace("%s", family.keyword() + " docker-bridges");
      world.host().command("nft", script).run();
      assertThat(printed(observe(family))).as(script).isNotEqualTo(right);

      firewall.apply(family, Plan.between(observe(family), rules, rules));

      assertThat(Plan.between(observe(family), rules, rules).changes()).as(script).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void whatIsRememberedIsWhatTheKernelHas(Family family) throws FirewallException {
    AtomicInteger tools = new AtomicInteger();
    Firewall remembering =
        new KernelFirewall(
            (argv, input, deadline) -> {
              tools.incrementAndGet();
              return commands.run(argv, input, deadline);
            },
            NftContext.Opener.NONE,
            () -> world.host().call(RulesetCounter::now));
    Set<String> ours = Set.of(HairpinLayout.TABLE);
    DesiredState earlier = state(ProxyMode.USERLAND);
    Ruleset owned = new HairpinLayout().rulesFor(earlier, family);
    remembering.apply(
        family, Plan.between(remembering.observe(family, ours), Ruleset.empty(family), owned));
    Ruleset fewer = new HairpinLayout().rulesFor(withoutPorts(earlier), family);

    Tables observed = remembering.observe(family, ours);
    remembering.apply(family, Plan.between(observed, owned, fewer));
    remembering.apply(family, Plan.between(remembering.observe(family, ours), fewer, owned));
    int before = tools.get();

    assertThat(printed(remembering.observe(family, ours)))
        .as("after our own changes")
        .isEqualTo(printed(firewall.observe(family, ours)));
    assertThat(tools.get() - before).as("tools to read what we wrote ourselves").isZero();

    world.host().command("nft", "flush chain " + family.keyword() + " hairpin published").run();

    assertThat(printed(remembering.observe(family, ours)))
        .as("after somebody else's change")
        .isEqualTo(printed(firewall.observe(family, ours)))
        .isNotEqualTo(printed(observed));
  }

  private static DesiredState withoutPorts(DesiredState state) {
    return DesiredState.of(state.networks(), List.of(), state.options());
  }

  @Test
  void aRefusedPlanChangesNothingInItsTable() throws FirewallException {
    addRulesOfOthers(Family.IPV4);
    String before = IptablesText.print(firewall.observe(Family.IPV4));
    Rule toNowhere = Rule.of(List.of(), Action.jump("NOWHERE"));
    Plan plan =
        new Plan(
            List.of(
                new Change.AppendRule(Table.FILTER, "FORWARD", Rule.of(List.of(), Action.accept())),
                new Change.AppendRule(Table.FILTER, "FORWARD", toNowhere)));

    assertThatExceptionOfType(FirewallException.class)
        .isThrownBy(() -> firewall.apply(Family.IPV4, plan))
        .withMessageContaining("Chain 'NOWHERE' does not exist");

    assertThat(IptablesText.print(firewall.observe(Family.IPV4))).isEqualTo(before);
  }

  @Test
  void connectionsAreForgottenByAddressAndByPortAndByWhereTheyWereSentOnTo()
      throws FirewallException {
    track("udp", "192.0.2.2", "192.0.2.1", 53);
    track("udp", "192.0.2.2", "192.0.2.1", 54);
    track("udp", "192.0.2.2", "172.17.0.2", 55);
    track("udp", "172.17.0.2", "192.0.2.2", 56);
    track("udp", "172.17.0.3", "192.0.2.2", 57);
    track("udp", "2001:db8:1::2", "fd00:18::2", 58);

    long forgotten =
        new Conntrack(commands)
            .forget(
                List.of(
                    new Flows.OfHostPort(new HostPort(Protocol.UDP, IpAddress.ANY_IPV4, 53)),
                    new Flows.OfAddress(IpAddress.parse("172.17.0.2")),
                    new Flows.OfBinding(
                        new HostPort(Protocol.UDP, IpAddress.ANY_IPV6, 58),
                        IpAddress.parse("fd00:18::2"),
                        58),
                    new Flows.OfBinding(
                        new HostPort(Protocol.UDP, IpAddress.ANY_IPV4, 54),
                        IpAddress.parse("172.17.0.3"),
                        54),
                    new Flows.OfHostPort(new HostPort(Protocol.TCP, IpAddress.ANY_IPV6, 53))));

    assertThat(forgotten).isEqualTo(4);
    String left = world.host().command("conntrack", "-L").run();
    assertThat(left.lines().filter(line -> line.contains(" dport="))).hasSize(2);
    assertThat(left).contains("dport=54").contains("dport=57");
  }

  @Test
  void aRefusedPlanChangesNothingInATableOfNftables() throws FirewallException {
    Ruleset rules = new Docker29NftLayout().rulesFor(state(ProxyMode.USERLAND), Family.IPV4);
    firewall.apply(Family.IPV4, Plan.between(observe(Family.IPV4), rules, rules));
    String before = printed(observe(Family.IPV4));
    Rule toNowhere = Rule.of(List.of(), Action.jump("nowhere"));
    Plan plan =
        new Plan(
            List.of(
                new NftChange.WriteChain("docker-bridges", NftChain.regular("new", List.of())),
                new NftChange.WriteChain(
                    "docker-bridges", NftChain.regular("newer", List.of(toNowhere)))));

    assertThatExceptionOfType(FirewallException.class)
        .isThrownBy(() -> firewall.apply(Family.IPV4, plan))
        .withMessage(
            "change the IPv4 rules: nft exited 1 at line 5 (\"add rule ip docker-bridges newer"
                + " counter jump nowhere\"): Could not process rule: No such file or directory");

    assertThat(printed(observe(Family.IPV4))).isEqualTo(before);
  }

  private Tables observe(Family family) throws FirewallException {
    return firewall.observe(
        family,
        Stream.of(LayoutName.values())
            .flatMap(layout -> layout.nftTables().stream())
            .collect(toSet()));
  }

  private static String printed(Tables tables) {
    return IptablesText.print(tables) + NftText.print(tables.nftTables());
  }

  private void track(String protocol, String source, String destination, int port) {
    world
        .host()
        .command("conntrack", "-I", "-p", protocol, "-s", source, "-d", destination)
        .and(List.of("--sport", "40000", "--dport", Integer.toString(port), "-t", "100"))
        .run();
  }

  private void addRulesOfOthers(Family family) {
    String tool = family == Family.IPV4 ? "iptables" : "ip6tables";
    world.host().command(tool, "-A", "FORWARD", "-i", "eth9", "-j", "REJECT").run();
    world.host().command(tool, "-A", "INPUT", "-m", "limit", "-j", "ACCEPT").run();
    world
        .host()
        .command(tool, "-t", "nat", "-A", "PREROUTING", "-p", "tcp", "--dport", "9", "-j", "RETURN")
        .run();
    world.host().command(tool, "-N", "DOCKER-USER").run();
    world
        .host()
        .command(tool, "-A", "DOCKER-USER", "-m", "comment", "--comment", "the end", "-j", "RETURN")
        .run();
  }

  /** One of everything that a layout can be asked for. */
  private static DesiredState state(ProxyMode mode) {
    return new DesiredState(
        List.of(DOCKER0, DUAL, ROUTED, UNPROTECTED, INTERNAL),
        List.of(
            new Member(NS1, "docker0", List.of(IpAddress.parse("172.17.0.2"))),
            new Member(
                NS1,
                "br-dual",
                List.of(IpAddress.parse("172.18.0.2"), IpAddress.parse("fd00:18::2")))),
        List.of(
            binding("tcp", "0.0.0.0", 8080, "172.17.0.2", 80),
            binding("udp", "192.0.2.1", 5353, "172.18.0.2", 53),
            binding("tcp", "127.0.0.1", 5432, "172.18.0.2", 5432),
            binding("tcp", "::", 8080, "fd00:18::2", 80),
            binding("sctp", "0.0.0.0", 9090, "172.18.0.2", 90)),
        List.of(routed("172.19.0.2"), routed("fd00:19::2")),
        List.of(
            new Link(
                "docker0",
                IpAddress.parse("172.17.0.3"),
                IpAddress.parse("172.17.0.2"),
                Protocol.TCP,
                80)),
        options(mode));
  }

  private static FirewallOptions options(ProxyMode mode) {
    Set<Family> both = Set.of(Family.values());
    return new FirewallOptions(
        mode, both, both, both, false, true, Optional.of(PacketMark.parse("2/0xf")));
  }

  private static BridgeNetwork dual(String bridge, int number, boolean internal) {
    return BridgeNetwork.of(
        bridge,
        bridge,
        List.of(
            IpPrefix.parse("172." + number + ".0.0/16"),
            IpPrefix.parse("fd00:" + number + "::/64")),
        true,
        true,
        internal);
  }

  private static RoutedPort routed(String container) {
    return new RoutedPort(Protocol.TCP, IpAddress.parse(container), 80, NS1, "80");
  }

  private static PortBinding binding(
      String protocol, String host, int port, String container, int containerPort) {
    return new PortBinding(
        new HostPort(Protocol.of(protocol).orElseThrow(), IpAddress.parse(host), port),
        IpAddress.parse(container),
        containerPort,
        NS1,
        port + ":" + containerPort + "/" + protocol);
  }
}
