package dev.hairpin.agent.reconcile;

import static dev.hairpin.agent.reconcile.World.C1;
import static dev.hairpin.agent.reconcile.World.C1_ADDRESS;
import static dev.hairpin.agent.reconcile.World.tcp;
import static dev.hairpin.rules.layouts.LayoutName.DOCKER29_NFT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hairpin.agent.Problem;
import dev.hairpin.agent.docker.DockerSnapshot;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.apply.Sysctls;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.layouts.LayoutName;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The kernel's settings, as each layout's engines leave them, and back again. */
class KernelSettingsTest {
  private static final String BRIDGE_IPV4 = Sysctls.bridgeFilter(Family.IPV4);
  private static final String BRIDGE_IPV6 = Sysctls.bridgeFilter(Family.IPV6);

  private static final ProxyMode USERLAND = ProxyMode.USERLAND;

  private static final BridgeNetwork OPEN = network(true);
  private static final BridgeNetwork CLOSED = network(false);

  @TempDir private Path directory;
  private World world;

  @BeforeEach
  void makeWorld() throws IOException {
    world = new World(directory);
    world.sysctl(Sysctls.ipv6Forwarding("docker0"), "1");
    world.sysctl(BRIDGE_IPV4, "0");
    world.sysctl(BRIDGE_IPV6, "0");
  }

  /** Dual stack, as recorded with moby 26.1.5, 28.5.2 and 29.7.2: v6-net. */
  @ParameterizedTest
  @EnumSource(
      value = LayoutName.class,
      names = {"DOCKER20", "DOCKER28", "DOCKER29"})
  void forwardingIsSwitchedOnForTheFamiliesOfTheNetworks(LayoutName layout) throws Exception {
    dockerHas(OPEN);
    World.Agent agent = world.agent(settings(layout, Forwarding.ON_AND_DROP_OTHERS));

    agent.pass();
    assertThat(forwarding()).containsExactly("1", "1", "1");
    assertThat(policies()).containsExactly(":FORWARD DROP", ":FORWARD DROP");

    agent.host().tearDown();
    assertThat(forwarding()).containsExactly("0", "0", "0");
    assertThat(policies()).containsExactly(":FORWARD ACCEPT", ":FORWARD ACCEPT");
  }

  @ParameterizedTest
  @EnumSource
  void noLayoutTouchesForwardingThatIsToBeLeftAlone(LayoutName layout) throws Exception {
    dockerHas(OPEN);

    Outcome outcome = world.agent(settings(layout, Forwarding.LEFT_ALONE)).pass();

    assertThat(forwarding()).containsExactly("0", "0", "0");
    assertThat(world.kernel.toString()).doesNotContain("FORWARD DROP");
    assertThat(outcome.problems()).isEmpty();
  }

  /** As a dockerd that is started again with ip-forward=false: it undoes neither. */
  @ParameterizedTest
  @EnumSource(
      value = LayoutName.class,
      names = {"DOCKER20", "DOCKER28", "DOCKER29"})
  void forwardingThatIsLeftAloneFromNowOnStaysWithItsPolicy(LayoutName layout) throws Exception {
    dockerHas(OPEN);
    world.agent(settings(layout, Forwarding.ON_AND_DROP_OTHERS)).pass();

    world.agent(settings(layout, Forwarding.LEFT_ALONE)).pass();

    assertThat(forwarding()).containsExactly("1", "1", "1");
    assertThat(policies()).containsExactly(":FORWARD DROP", ":FORWARD DROP");
  }

  /** These rules have no policy in FORWARD that could stay. */
  @Test
  void nftablesUndoesAnEarlierLayoutsForwardingAlsoWhereItIsToBeLeftAlone() throws Exception {
    dockerHas(OPEN);
    world.agent(settings(LayoutName.DOCKER28, Forwarding.ON_AND_DROP_OTHERS)).pass();

    world.agent(settings(DOCKER29_NFT, Forwarding.LEFT_ALONE)).pass();

    assertThat(forwarding()).containsExactly("0", "0", "0");
    assertThat(policies()).containsExactly(":FORWARD ACCEPT", ":FORWARD ACCEPT");
  }

  /** It was the user who switched it on; what is left alone is what was there before us. */
  @Test
  void nftablesLeavesForwardingOfTheUsersAsItIs() throws Exception {
    forwardBefore();
    dockerHas(OPEN);
    world.agent(settings(LayoutName.DOCKER28, Forwarding.ON_AND_DROP_OTHERS)).pass();

    Outcome outcome = world.agent(settings(DOCKER29_NFT, Forwarding.LEFT_ALONE)).pass();

    assertThat(forwarding()).containsExactly("1", "1", "1");
    assertThat(outcome.problems()).isEmpty();
  }

  /** Writing "all" sets every interface's and "default", as the kernel does. */
  @Test
  void whatForwardedBeforeAllOfIpv6DidForwardsAfterwards() throws Exception {
    world.forwardsAsTheKernel = true;
    world.sysctl(Sysctls.IPV6_DEFAULT_FORWARDING, "1");
    world.sysctl(Sysctls.ipv6Forwarding("eth0"), "1");
    world.sysctl(Sysctls.ipv6Forwarding("eth1"), "0");
    world.sysctl(Sysctls.ipv6Forwarding("docker0"), "0");
    dockerHas(OPEN);
    World.Agent agent = world.agent(settings(LayoutName.DOCKER29, Forwarding.ON_AND_DROP_OTHERS));
    agent.pass();
    assertThat(world.sysctl(Sysctls.ipv6Forwarding("eth1"))).isEqualTo("1");

    agent.host().tearDown();

    assertThat(forwarding()).containsExactly("0", "1", "0");
    assertThat(world.sysctl(Sysctls.ipv6Forwarding("eth0"))).isEqualTo("1");
    assertThat(world.sysctl(Sysctls.ipv6Forwarding("eth1"))).isEqualTo("0");
    assertThat(world.sysctl(Sysctls.ipv6Forwarding("docker0"))).isEqualTo("0");
  }

  /** A value of "default" that is not what "all" leaves there has to come after it. */
  @Test
  void allIsPutBackBeforeDefault() throws Exception {
    world.forwardsAsTheKernel = true;
    world.sysctl(Sysctls.IPV6_DEFAULT_FORWARDING, "2");
    dockerHas(OPEN);
    World.Agent agent = world.agent(settings(LayoutName.DOCKER29, Forwarding.ON_AND_DROP_OTHERS));
    agent.pass();
    assertThat(forwarding()).containsExactly("1", "1", "1");

    agent.host().tearDown();

    assertThat(forwarding()).containsExactly("0", "2", "0");
  }

  @Test
  void whatSomebodySwitchedOffMeanwhileIsNotSwitchedOnAgain() throws Exception {
    world.forwardsAsTheKernel = true;
    world.sysctl(Sysctls.ipv6Forwarding("eth0"), "1");
    dockerHas(OPEN);
    World.Agent agent = world.agent(settings(LayoutName.DOCKER29, Forwarding.ON_AND_DROP_OTHERS));
    agent.pass();
    world.sysctl(Sysctls.IPV6_FORWARDING, "0");
    world.sysctl(Sysctls.ipv6Forwarding("eth0"), "0");

    agent.host().tearDown();

    assertThat(world.sysctl(Sysctls.ipv6Forwarding("eth0"))).isEqualTo("0");
  }

  /** Else a later change to another layout would put back what was true long ago. */
  @Test
  void nothingOfForwardingStaysOnRecordOnceItIsUndone() throws Exception {
    world.forwardsAsTheKernel = true;
    world.sysctl(Sysctls.ipv6Forwarding("eth0"), "1");
    dockerHas(OPEN);
    world.agent(settings(LayoutName.DOCKER29, Forwarding.ON_AND_DROP_OTHERS)).pass();
    world.agent(settings(DOCKER29_NFT, Forwarding.LEFT_ALONE)).pass();
    assertThat(world.sysctl(Sysctls.ipv6Forwarding("eth0"))).isEqualTo("1");
    world.sysctl(Sysctls.ipv6Forwarding("eth0"), "0");
    World.Agent agent = world.agent(settings(LayoutName.DOCKER29, Forwarding.ON_AND_DROP_OTHERS));
    agent.pass();

    agent.host().tearDown();

    assertThat(world.sysctl(Sysctls.ipv6Forwarding("eth0"))).isEqualTo("0");
  }

  @Test
  void aSettingThatCantBePutBackIsReportedAndTriedAgainByTheNextTeardown() throws Exception {
    dockerHas(OPEN);
    World.Agent agent = world.agent(settings(LayoutName.DOCKER29, Forwarding.ON_AND_DROP_OTHERS));
    agent.pass();
    world.refusesSetting(Sysctls.IPV4_FORWARDING);

    assertThat(agent.host().tearDown())
        .anySatisfy(line ->
            assertThat(line)
                .startsWith("set sysctl net/ipv4/ip_forward to 0: ")
                .endsWith("; it is still to be put back by hairpin down"));
    assertThat(forwarding()).containsExactly("1", "0", "0");
    assertThat(policies())
        .as("with forwarding on and nothing dropped, this host would route for anybody")
        .containsExactly(":FORWARD DROP", ":FORWARD ACCEPT");
    assertThat(world.kernel.toString()).doesNotContain("DOCKER");

    world.acceptsSettings();
    assertThat(world.agent().host().tearDown()).contains("sysctl net/ipv4/ip_forward is 0 again");
    assertThat(forwarding()).containsExactly("0", "0", "0");
    assertThat(policies()).containsExactly(":FORWARD ACCEPT", ":FORWARD ACCEPT");
    assertThat(world.agent().host().tearDown()).isEmpty();
  }

  /** Rather the old rules and their policy than new ones that forward for everybody. */
  @Test
  void aChangeToNftablesWaitsUntilForwardingIsOffAgain() throws Exception {
    dockerHas(OPEN);
    world.agent(settings(LayoutName.DOCKER28, Forwarding.ON_AND_DROP_OTHERS)).pass();
    world.refusesSetting(Sysctls.IPV4_FORWARDING);
    World.Agent agent = world.agent(settings(DOCKER29_NFT, Forwarding.LEFT_ALONE));

    assertThatThrownBy(agent::pass)
        .isInstanceOf(FirewallException.class)
        .hasMessageStartingWith("set sysctl net/ipv4/ip_forward to 0: ");
    assertThat(policies()).contains(":FORWARD DROP");
    assertThat(world.kernel.toString()).contains("DOCKER-FORWARD");

    world.acceptsSettings();
    agent.pass();
    assertThat(forwarding()).containsExactly("0", "0", "0");
    assertThat(policies()).containsExactly(":FORWARD ACCEPT", ":FORWARD ACCEPT");
  }

  @ParameterizedTest
  @EnumSource
  void thePolicyCanBeLeftAloneByItself(LayoutName layout) throws Exception {
    dockerHas(OPEN);

    world.agent(settings(layout, Forwarding.ON)).pass();

    assertThat(world.kernel.toString()).doesNotContain("FORWARD DROP");
  }

  /** dockerd up to 27 drops in IPv6 whenever it writes rules there. */
  @ParameterizedTest
  @CsvSource({"DOCKER20, true", "DOCKER28, false", "DOCKER29, false"})
  void whereForwardingWasOnOnlyTheEarliestDropsInIpv6(LayoutName layout, boolean drops)
      throws Exception {
    forwardBefore();
    dockerHas(OPEN);

    world.agent(settings(layout, Forwarding.ON_AND_DROP_OTHERS)).pass();

    assertThat(policies())
        .containsExactly(":FORWARD ACCEPT", drops ? ":FORWARD DROP" : ":FORWARD ACCEPT");
  }

  /** "all" was on, and interfaces that come later would not forward. */
  @Test
  void ipv6IsDroppedAlsoWhenOnlyNewInterfacesDidNotForward() throws Exception {
    world.sysctl(Sysctls.IPV6_FORWARDING, "1");
    dockerHas(OPEN);

    world.agent(settings(LayoutName.DOCKER29, Forwarding.ON_AND_DROP_OTHERS)).pass();

    assertThat(policies()).containsExactly(":FORWARD DROP", ":FORWARD DROP");
  }

  @ParameterizedTest
  @CsvSource({
    // layout, icc, proxy, whether packets between ports of a bridge meet the rules afterwards
    "DOCKER20, true,  USERLAND, 0",
    "DOCKER20, false, USERLAND, 1",
    "DOCKER20, true,  HAIRPIN,  0",
    "DOCKER28, true,  USERLAND, 0",
    "DOCKER28, false, USERLAND, 1",
    "DOCKER28, true,  HAIRPIN,  1",
    "DOCKER29, true,  HAIRPIN,  1",
    "DOCKER29_NFT, false, USERLAND, 1",
    "DOCKER29_NFT, true,  HAIRPIN,  1",
  })
  void bridgedPacketsMeetTheRulesWhereMembersAreKeptApartOrHaveNoProxy(
      LayoutName layout, boolean icc, ProxyMode proxy, String expected) throws Exception {
    forwardBefore();
    dockerHas(network(icc));
    World.Agent agent = world.agent(Settings.of(Standing.REPLACE, layout, proxy));

    assertThat(agent.pass().problems()).isEmpty();
    assertThat(world.sysctl(BRIDGE_IPV4)).isEqualTo(expected);
    assertThat(world.sysctl(BRIDGE_IPV6)).isEqualTo(expected);

    List<String> undone = agent.host().tearDown();
    assertThat(world.sysctl(BRIDGE_IPV4)).isEqualTo("0");
    if (expected.equals("1")) {
      assertThat(undone).contains("sysctl " + BRIDGE_IPV4 + " is 0 again");
    }
  }

  @Test
  void nftablesEnginesLeaveForwardingToTheUserAndSayWhenItIsOff() throws Exception {
    dockerHas(OPEN);
    World.Agent agent = world.agent(settings(DOCKER29_NFT, Forwarding.ON_AND_DROP_OTHERS));

    assertThat(agent.pass().problems())
        .extracting(Problem::text)
        .containsExactly(
            "IPv4 forwarding is disabled: check your host's firewalling and set sysctl"
                + " net.ipv4.ip_forward=1, or disable this check using option --ip-forward=false",
            "IPv6 global forwarding is disabled: check your host's firewalling and set sysctls"
                + " net.ipv6.conf.all.forwarding=1 and net.ipv6.conf.default.forwarding=1, or"
                + " disable this check using option --ip-forward=false");
    assertThat(forwarding()).containsExactly("0", "0", "0");

    forwardBefore();
    assertThat(agent.pass().problems()).isEmpty();
  }

  /** A policy that somebody gave FORWARD holds for packets that nftables accepted, too. */
  @Test
  void nftablesEnginesSayThatAnotherPolicyDropsTheirPackets() throws Exception {
    forwardBefore();
    world.kernel.restore(
        Family.IPV4, "*filter\n:INPUT ACCEPT\n:FORWARD DROP\n:OUTPUT ACCEPT\nCOMMIT\n");
    dockerHas(OPEN);

    Outcome outcome = world.agent(settings(DOCKER29_NFT, Forwarding.ON)).pass();

    assertThat(outcome.problems())
        .extracting(Problem::text)
        .singleElement()
        .asString()
        .startsWith(
            "network traffic for published ports may be dropped, iptables chain FORWARD has policy"
                + " DROP");
    assertThat(policies()).contains(":FORWARD DROP");
  }

  /** Otherwise the host would go on forwarding, for everybody, with a policy of ACCEPT. */
  @Test
  void forwardingThatAnEarlierLayoutSwitchedOnIsOffAgainUnderNftables() throws Exception {
    dockerHas(OPEN);
    world.agent(settings(LayoutName.DOCKER28, Forwarding.ON_AND_DROP_OTHERS)).pass();
    assertThat(forwarding()).containsExactly("1", "1", "1");

    World.Agent agent = world.agent(settings(DOCKER29_NFT, Forwarding.ON_AND_DROP_OTHERS));
    Outcome outcome = agent.pass();

    assertThat(forwarding()).containsExactly("0", "0", "0");
    assertThat(policies()).containsExactly(":FORWARD ACCEPT", ":FORWARD ACCEPT");
    assertThat(outcome.problems()).extracting(Problem::text).hasSize(2);
    forwardBefore();
    agent.host().tearDown();
    assertThat(forwarding()).as("the user's own by now").containsExactly("1", "1", "1");
  }

  @Test
  void bridgedPacketsAreLeftAloneWhereNothingIsForwarded() throws Exception {
    dockerHas(CLOSED);

    world.agent(settings(LayoutName.DOCKER29, Forwarding.LEFT_ALONE)).pass();

    assertThat(world.sysctl(BRIDGE_IPV4)).isEqualTo("0");
    assertThat(world.sysctl(BRIDGE_IPV6)).as("docker0 forwards IPv6").isEqualTo("1");
  }

  @Test
  void aModuleThatIsMissingIsLoadedAndItsSettingsAreOffAgainAfterwards() throws Exception {
    withoutBridgeFilter();
    dockerHas(CLOSED);
    World.Agent agent = world.agent(Settings.of(Standing.REPLACE, LayoutName.DOCKER29, USERLAND));

    assertThat(agent.pass().problems()).isEmpty();
    assertThat(world.events).containsOnlyOnce("load br_netfilter");
    assertThat(world.sysctl(BRIDGE_IPV4)).isEqualTo("1");

    agent.host().tearDown();
    for (String name : Sysctls.BRIDGE_FILTERS) {
      assertThat(world.sysctl(name)).isEqualTo("0");
    }
  }

  @Test
  void aModuleThatCantBeLoadedIsAProblemInTheEnginesWords() throws Exception {
    withoutBridgeFilter();
    world.hasModules = false;
    dockerHas(CLOSED);

    Outcome outcome = world.agent(settings(LayoutName.DOCKER28, Forwarding.ON)).pass();

    assertThat(outcome.problems())
        .extracting(Problem::toString)
        .allSatisfy(text ->
            assertThat(text)
                .startsWith(
                    "cannot restrict inter-container communication or run without the userland"
                        + " proxy: ")
                .endsWith(
                    ": set environment variable DOCKER_IGNORE_BR_NETFILTER_ERROR=1 to ignore"))
        .isNotEmpty();
    assertThat(world.kernel.toString()).as("the rest goes on").contains("--dport 8080");
  }

  @Test
  void whoDoesNotMindIsNotTold() throws Exception {
    withoutBridgeFilter();
    world.hasModules = false;
    dockerHas(CLOSED);
    Settings settings =
        new Settings(
            Standing.REPLACE,
            LayoutName.DOCKER28,
            USERLAND,
            true,
            Forwarding.ON,
            false,
            true,
            Optional.empty(),
            false);

    assertThat(world.agent(settings).pass().problems()).isEmpty();
  }

  private static Settings settings(LayoutName layout, Forwarding forwarding) {
    return new Settings(
        Standing.REPLACE, layout, USERLAND, true, forwarding, false, true, Optional.empty(), true);
  }

  private static BridgeNetwork network(boolean icc) {
    return BridgeNetwork.of(
        "bridge",
        "docker0",
        List.of(IpPrefix.parse("192.0.2.0/24"), IpPrefix.parse("2001:db8:1::/64")),
        icc,
        true,
        false);
  }

  private void dockerHas(BridgeNetwork network) {
    world.docker =
        Optional.of(
            DockerSnapshot.of(
                List.of(network), List.of(tcp(8080, C1_ADDRESS, 80, C1)), List.of(), List.of()));
  }

  private void forwardBefore() throws IOException {
    world.sysctl(Sysctls.IPV4_FORWARDING, "1");
    world.sysctl(Sysctls.IPV6_DEFAULT_FORWARDING, "1");
    world.sysctl(Sysctls.IPV6_FORWARDING, "1");
  }

  private void withoutBridgeFilter() throws IOException {
    world.removeSysctl(BRIDGE_IPV4);
    world.removeSysctl(BRIDGE_IPV6);
  }

  private List<String> forwarding() throws IOException {
    return List.of(
        world.sysctl(Sysctls.IPV4_FORWARDING),
        world.sysctl(Sysctls.IPV6_DEFAULT_FORWARDING),
        world.sysctl(Sysctls.IPV6_FORWARDING));
  }

  /** IPv4's, then IPv6's. */
  private List<String> policies() {
    return world
        .kernel
        .toString()
        .replaceAll("(?s)\\*(nat|mangle|raw)\n.*?COMMIT\n", "")
        .lines()
        .filter(line -> line.startsWith(":FORWARD"))
        .toList();
  }
}
