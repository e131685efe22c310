package dev.hairpin.agent.reconcile;

import static dev.hairpin.agent.reconcile.World.C1;
import static dev.hairpin.agent.reconcile.World.C1_ADDRESS;
import static dev.hairpin.agent.reconcile.World.tcp;
import static dev.hairpin.rules.layouts.HostTables.content;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.Problem;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.apply.Sysctls;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.layouts.LayoutName;
import dev.hairpin.rules.layouts.LeftRules;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** An agent on a host that has rules already: a dockerd's, or an agent's with another layout. */
class TakeOverTest {
  private static final PortBinding C1_8080 = tcp(8080, C1_ADDRESS, 80, C1);

  /** dockerd 28.5's, without any container left; forwarding is on, and was switched on by it. */
  private static final String LEFT_BY_28 =
      """
      *filter
      :INPUT ACCEPT
      :FORWARD DROP
      :OUTPUT ACCEPT
      :DOCKER -
      :DOCKER-BRIDGE -
      :DOCKER-CT -
      :DOCKER-FORWARD -
      :DOCKER-ISOLATION-STAGE-1 -
      :DOCKER-ISOLATION-STAGE-2 -
      :DOCKER-USER -
      -A FORWARD -j DOCKER-USER
      -A FORWARD -j DOCKER-FORWARD
      -A FORWARD -i wg0 -j ACCEPT
      -A DOCKER ! -i docker0 -o docker0 -j DROP
      -A DOCKER-BRIDGE -o docker0 -j DOCKER
      -A DOCKER-CT -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
      -A DOCKER-FORWARD -j DOCKER-CT
      -A DOCKER-FORWARD -j DOCKER-ISOLATION-STAGE-1
      -A DOCKER-FORWARD -j DOCKER-BRIDGE
      -A DOCKER-FORWARD -i docker0 -j ACCEPT
      -A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
      -A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
      -A DOCKER-USER -s 203.0.113.0/24 -j DROP
      COMMIT
      *nat
      :PREROUTING ACCEPT
      :INPUT ACCEPT
      :OUTPUT ACCEPT
      :POSTROUTING ACCEPT
      :DOCKER -
      -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
      -A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
      -A POSTROUTING -s 192.0.2.0/24 ! -o docker0 -j MASQUERADE
      -A POSTROUTING -s 10.8.0.0/24 -o eth0 -j MASQUERADE
      -A DOCKER -i docker0 -j RETURN
      COMMIT
      """;

  /** A user's, from before any agent. */
  private static final String USED_BEFORE =
      """
      *filter
      :FORWARD ACCEPT
      :DOCKER-USER -
      -A FORWARD -j DOCKER-USER
      -A DOCKER-USER -s 203.0.113.0/24 -j DROP
      COMMIT
      """;

  @TempDir private Path directory;
  @TempDir private Path otherDirectory;
  private World world;

  @BeforeEach
  void makeWorld() throws IOException {
    world = new World(directory);
    world.dockerSays(C1_8080);
  }

  private void leaveRulesOf28() throws IOException {
    world.kernel.restore(Family.IPV4, LEFT_BY_28);
    world.sysctl(Sysctls.IPV4_FORWARDING, "1");
  }

  private static Settings replacing(LayoutName layout) {
    return Settings.of(Standing.REPLACE, layout, ProxyMode.USERLAND);
  }

  @Test
  void rulesThatNoAgentWroteAreSomebodyElsesAtFirst() throws Exception {
    leaveRulesOf28();

    Host host = world.agent(replacing(LayoutName.DOCKER20)).host();

    assertThat(host.dockerdsRules().map(LeftRules::whose)).contains("dockerd 28.2 to 28.5");
    assertThat(host.layoutInForce()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void theFirstPassTakesThemOver(LayoutName layout) throws Exception {
    leaveRulesOf28();
    World.Agent agent = world.agent(replacing(layout));

    agent.pass();

    String rules = world.kernel.toString();
    assertThat(rules)
        .contains(":FORWARD DROP", "-A FORWARD -i wg0 -j ACCEPT")
        .contains("-A POSTROUTING -s 10.8.0.0/24 -o eth0 -j MASQUERADE")
        .contains("-A DOCKER-USER -s 203.0.113.0/24 -j DROP");
    assertThat(iptables().rules(Table.FILTER, "FORWARD").getFirst())
        .isEqualTo(IptablesText.parseRule("-j DOCKER-USER"));
    assertThat(agent.host().dockerdsRules()).isEmpty();
    assertThat(agent.host().layoutInForce()).contains(layout);
    assertThat(agent.pass().changes()).isZero();
  }

  @Test
  void nothingIsTakenOverBeforeDockerSaysWhatItHas() throws Exception {
    leaveRulesOf28();
    String left = world.kernel.toString();
    world.docker = Optional.empty();
    World.Agent agent = world.agent(replacing(LayoutName.DOCKER28));

    assertThat(agent.pass().problems())
        .extracting(Problem::toString)
        .containsExactly("take over dockerd's rules: Docker has not answered yet");
    assertThat(world.kernel).hasToString(left);

    world.dockerSays(C1_8080);
    agent.pass();
    assertThat(world.kernel.toString()).contains("--to-destination").isNotEqualTo(left);
  }

  @Test
  void whatIsTakenOverGoesWithTheTeardownButNotThePolicy() throws Exception {
    leaveRulesOf28();
    World.Agent agent = world.agent(replacing(LayoutName.DOCKER20));
    agent.pass();

    agent.host().tearDown();

    assertThat(content(iptables()))
        .isEqualTo(
            Map.of(
                "FILTER FORWARD", "[-j DOCKER-USER, -i wg0 -j ACCEPT] DROP",
                "FILTER DOCKER-USER", "[-s 203.0.113.0/24 -j DROP]",
                "NAT POSTROUTING", "[-s 10.8.0.0/24 -o eth0 -j MASQUERADE]"));
    assertThat(world.sysctl(Sysctls.IPV4_FORWARDING)).isEqualTo("1");
  }

  /** The record has dockerd's rules as ours before any of them is touched. */
  @Test
  void anAgentThatIsKilledInTheMiddleIsFollowedByOneThatGoesOn() throws Exception {
    leaveRulesOf28();
    world.refusesRules = true;
    World.Agent killed = world.agent(replacing(LayoutName.DOCKER20));
    assertThat(catchFailure(killed)).isPresent();
    world.refusesRules = false;

    World.Agent next = world.agent(replacing(LayoutName.DOCKER20));
    assertThat(next.host().dockerdsRules()).isEmpty();
    assertThat(next.host().layoutInForce()).contains(LayoutName.DOCKER28);
    next.pass();

    assertThat(world.kernel.toString())
        .contains("-A FORWARD -j DOCKER-ISOLATION-STAGE-1")
        .doesNotContain("DOCKER-FORWARD");
  }

  /** Also of a family that no network uses any more. */
  @Test
  void chainsOfBothFamiliesAreTakenOverButNotWhereIpv6IsLeftAlone() throws Exception {
    String left =
        "*filter\n:FORWARD ACCEPT\n:DOCKER-FORWARD -\n-A FORWARD -j DOCKER-FORWARD\nCOMMIT\n";
    world.kernel.restore(Family.IPV6, left);
    Settings settings = replacing(LayoutName.DOCKER20);
    Settings ipv4Only =
        new Settings(
            settings.standing(),
            settings.layout(),
            settings.proxyMode(),
            false,
            settings.forwarding(),
            settings.directRouting(),
            settings.rawTable(),
            settings.acceptMark(),
            settings.bridgeFilterNeeded());

    world.agent(ipv4Only).pass();
    assertThat(content(world.kernel.observe(Family.IPV6))).isNotEmpty();
    world.agent(settings).pass();
    assertThat(content(world.kernel.observe(Family.IPV6))).isEmpty();
  }

  @Test
  void besideADockerdNothingIsTakenOver() throws Exception {
    leaveRulesOf28();
    world.agent(Settings.of(Standing.BESIDE, LayoutName.DOCKER20, ProxyMode.USERLAND)).pass();

    assertThat(world.kernel.toString())
        .contains("-A FORWARD -j DOCKER-FORWARD")
        .contains("-A DOCKER-FORWARD -j DOCKER-ISOLATION-STAGE-1");
  }

  @Test
  void anAgentThatStoodBesideCanTakeOverLater() throws Exception {
    leaveRulesOf28();
    world.agent(Settings.of(Standing.BESIDE, LayoutName.DOCKER20, ProxyMode.USERLAND)).pass();

    world.agent(replacing(LayoutName.DOCKER29)).pass();

    assertThat(world.kernel.toString())
        .contains("-A DOCKER-FORWARD -j DOCKER-INTERNAL")
        .doesNotContain("HAIRPIN")
        .doesNotContain("ISOLATION");
  }

  static Stream<Arguments> pairs() {
    return Stream.of(LayoutName.values())
        .flatMap(
            earlier -> Stream.of(LayoutName.values()).map(later -> Arguments.of(earlier, later)));
  }

  /** By the record, which knows what is ours better than the chains do. */
  @ParameterizedTest
  @MethodSource("pairs")
  void anotherLayoutOnTheNextStartChangesOver(LayoutName earlier, LayoutName later)
      throws Exception {
    world.agent(replacing(earlier)).pass();
    world.agent(replacing(later)).pass();

    World fresh = new World(otherDirectory);
    fresh.dockerSays(C1_8080);
    fresh.agent(replacing(later)).pass();
    for (Family family : Family.values()) {
      Map<String, String> changed = content(world.kernel.observe(family));
      // The user's chain stays as it was made.
      changed.remove("FILTER DOCKER-USER");
      Map<String, String> expected = content(fresh.kernel.observe(family));
      expected.remove("FILTER DOCKER-USER");
      assertThat(changed).isEqualTo(expected);
    }
    assertThat(world.sysctl(Sysctls.IPV4_FORWARDING))
        .isEqualTo(fresh.sysctl(Sysctls.IPV4_FORWARDING));
  }

  /** Each layout would make it in its own way, but it is made once. */
  @ParameterizedTest
  @MethodSource("pairs")
  void aUsersChainThatNobodyUsedGoesWithTheTeardownWhoeverMadeIt(
      LayoutName earlier, LayoutName later) throws Exception {
    world.agent(replacing(earlier)).pass();
    World.Agent agent = world.agent(replacing(later));
    agent.pass();

    agent.host().tearDown();

    for (Family family : Family.values()) {
      assertThat(content(world.kernel.observe(family))).isEmpty();
    }
  }

  static Stream<Arguments> pairsFromIptables() {
    return pairs().filter(pair -> ((LayoutName) pair.get()[0]).nftTables().isEmpty());
  }

  @ParameterizedTest
  @MethodSource("pairsFromIptables")
  void aUsersChainThatIsUsedStaysInForceAndBehind(LayoutName earlier, LayoutName later)
      throws Exception {
    Rule users = IptablesText.parseRule("-s 203.0.113.0/24 -j DROP");
    world.agent(replacing(earlier)).pass();
    world.kernel.restore(
        Family.IPV4,
        IptablesText.print(iptables())
            .replace(
                "-A FORWARD -j DOCKER-USER\n",
                "-A FORWARD -j DOCKER-USER\n-A DOCKER-USER -s 203.0.113.0/24 -j DROP\n"));
    World.Agent agent = world.agent(replacing(later));
    agent.pass();

    assertThat(iptables().rules(Table.FILTER, "FORWARD").getFirst())
        .isEqualTo(IptablesText.parseRule("-j DOCKER-USER"));
    agent.host().tearDown();
    assertThat(iptables().rules(Table.FILTER, "DOCKER-USER")).contains(users);
  }

  /** What somebody had before any of us: the chain, with or without the jump that uses it. */
  @ParameterizedTest
  @MethodSource("usersForwardAndLayouts")
  void aUsersChainFromBeforeUsIsAfterwardsAsItWas(String forward, LayoutName layout)
      throws Exception {
    String before =
        """
        *filter
        :INPUT ACCEPT
        :FORWARD ACCEPT
        :OUTPUT ACCEPT
        :DOCKER-USER -
        %s-A FORWARD -i wg0 -j ACCEPT
        -A DOCKER-USER -s 203.0.113.0/24 -j DROP
        COMMIT
        """
            .formatted(forward);
    world.kernel.restore(Family.IPV4, before);
    Map<String, String> found = content(iptables());
    world.agent(replacing(layout)).pass();
    World.Agent again = world.agent(replacing(layout));
    world.namespacesSay(tcp(3000, World.NS1_ADDRESS, 3000, World.NS1));
    again.pass();

    again.host().tearDown();

    assertThat(content(iptables())).isEqualTo(found);
  }

  static Stream<Arguments> usersForwardAndLayouts() {
    return Stream.of("-A FORWARD -j DOCKER-USER\n", "")
        .flatMap(
            forward -> Stream.of(LayoutName.values()).map(layout -> Arguments.of(forward, layout)));
  }

  /** Whichever agent ends up with it: what the first one found is not of any later one's making. */
  @ParameterizedTest
  @MethodSource("pairs")
  void theUsersJumpOutlivesAChangeOfLayout(LayoutName earlier, LayoutName later) throws Exception {
    world.kernel.restore(Family.IPV4, USED_BEFORE);
    Map<String, String> found = content(iptables());
    world.agent(replacing(earlier)).pass();
    World.Agent agent = world.agent(replacing(later));
    agent.pass();

    agent.host().tearDown();

    assertThat(content(iptables())).isEqualTo(found);
  }

  @Test
  void theUsersJumpStaysAlsoWhenTheFirstPassWasCutShort() throws Exception {
    world.kernel.restore(Family.IPV4, USED_BEFORE);
    Map<String, String> found = content(iptables());
    world.refusesRules = true;
    assertThat(catchFailure(world.agent(replacing(LayoutName.DOCKER20)))).isPresent();
    world.refusesRules = false;
    World.Agent next = world.agent(replacing(LayoutName.DOCKER20));
    next.pass();

    next.host().tearDown();

    assertThat(content(iptables())).isEqualTo(found);
  }

  private Tables iptables() {
    return world.kernel.observe(Family.IPV4);
  }

  private static Optional<FirewallException> catchFailure(World.Agent agent) throws IOException {
    try {
      agent.pass();
      return Optional.empty();
    } catch (FirewallException e) {
      return Optional.of(e);
    }
  }
}
