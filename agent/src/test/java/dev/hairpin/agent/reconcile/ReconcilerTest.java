package dev.hairpin.agent.reconcile;

import static dev.hairpin.agent.reconcile.World.C1;
import static dev.hairpin.agent.reconcile.World.C1_ADDRESS;
import static dev.hairpin.agent.reconcile.World.C2;
import static dev.hairpin.agent.reconcile.World.C2_ADDRESS;
import static dev.hairpin.agent.reconcile.World.NS1;
import static dev.hairpin.agent.reconcile.World.NS1_ADDRESS;
import static dev.hairpin.agent.reconcile.World.claim;
import static dev.hairpin.agent.reconcile.World.tcp;
import static dev.hairpin.agent.reconcile.World.udp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hairpin.agent.Problem;
import dev.hairpin.agent.netns.NetnsSnapshot;
import dev.hairpin.agent.posix.RuleWriter;
import dev.hairpin.agent.publication.Publication;
import dev.hairpin.proxy.Transport;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.apply.Sysctls;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.PortRequest;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.layouts.LayoutName;
import dev.hairpin.rules.netfilter.Table;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReconcilerTest {
  private static final PortBinding NS1_3000 = tcp(3000, NS1_ADDRESS, 3000, NS1);
  private static final PortBinding C1_8080 = tcp(8080, C1_ADDRESS, 80, C1);

  @TempDir private Path directory;
  private World world;

  @BeforeEach
  void makeWorld() throws IOException {
    world = new World(directory);
  }

  @Test
  void aPortPublishedOfAContainerIsServedAlsoBeforeDockerAnswersTheNextAgent() throws Exception {
    PortBinding published = tcp(9090, C1_ADDRESS, 90, C1);
    world.dockerHas(C1, C1_ADDRESS);
    world.publications = List.of(new Publication(C1, PortRequest.parse("0.0.0.0:9090:90")));
    world.agent().pass();
    assertThat(world.ports.bound()).containsExactly("TCP /0.0.0.0:9090");

    world.ports.free(Transport.TCP, new InetSocketAddress("0.0.0.0", 9090));
    world.docker = Optional.empty();
    World.Agent next = world.agent();
    assertThat(next.pass().state().bindings())
        .extracting(PortBinding::hostPort)
        .containsExactly(published.hostPort());

    world.publications = List.of();
    assertThat(next.pass().state().bindings()).isEmpty();
  }

  @Test
  void beforeDockerHasSaidAnythingNoContainerIsMissed() throws Exception {
    world.docker = Optional.empty();
    world.publications = List.of(new Publication(C1, PortRequest.parse("9090:90")));

    assertThat(world.agent().pass().problems()).isEmpty();
  }

  @Test
  void socketsComeFirstOnTheWayUpAndLastOnTheWayDown() throws Exception {
    World.Agent agent = world.agent();
    world.namespacesSay(NS1_3000);
    agent.pass();
    world.namespacesSay();
    agent.pass();

    assertThat(world.events)
        .containsExactly(
            "open TCP /0.0.0.0:3000",
            "change rules",
            "forget connections",
            "change rules",
            "forget connections",
            "close TCP /0.0.0.0:3000");
  }

  @Test
  void aPortThatAnotherProgramHoldsIsNeverSentOn() throws Exception {
    world.ports.occupy(Transport.TCP, new InetSocketAddress("0.0.0.0", 3000));
    PortBinding free = tcp(3001, NS1_ADDRESS, 3001, NS1);
    world.namespacesSay(NS1_3000, free);

    Outcome outcome = world.agent().pass();

    assertThat(outcome.failures()).containsOnlyKeys(NS1_3000);
    assertThat(outcome.failures().get(NS1_3000))
        .startsWith("publish 0.0.0.0:3000/tcp for namespace ns1: address already in use");
    assertThat(world.kernel.toString())
        .contains("--to-destination 198.51.100.2:3001")
        .doesNotContain("--dport 3000");
  }

  @Test
  void aPortThatBecomesFreeIsPublishedByALaterPass() throws Exception {
    world.ports.occupy(Transport.TCP, new InetSocketAddress("0.0.0.0", 3000));
    world.namespacesSay(NS1_3000);
    World.Agent agent = world.agent();
    agent.pass();
    world.ports.free(Transport.TCP, new InetSocketAddress("0.0.0.0", 3000));

    assertThat(agent.pass().failures()).isEmpty();
    assertThat(world.kernel.toString()).contains("--to-destination 198.51.100.2:3000");
  }

  @Test
  void aSecondPassChangesNothing() throws Exception {
    World.Agent agent = world.agent();
    world.namespacesSay(NS1_3000);
    world.dockerSays(C1_8080);
    agent.pass();
    List<String> before = List.copyOf(world.events);

    assertThat(agent.pass().changes()).isZero();
    assertThat(world.events).isEqualTo(before);
  }

  @Test
  void anAgentThatWasKilledIsFollowedByOneThatChangesNothingThatIsRight() throws Exception {
    world.dockerSays(C1_8080);
    world.claims = List.of(claim(42, C1_8080));
    world.agent().pass();
    world.events.clear();

    World.Agent next = world.agent();

    assertThat(next.pass().changes()).isZero();
    assertThat(world.events).isEmpty();
  }

  @Test
  void whatDockerSaidLastStandsWhileItCannotBeAsked() throws Exception {
    world.dockerSays(C1_8080);
    world.agent().pass();
    String rules = world.kernel.toString();
    world.docker = Optional.empty();

    world.agent().pass();

    assertThat(world.kernel.toString()).isEqualTo(rules);
  }

  @Test
  void whatSomebodyElseChangedIsTold() throws Exception {
    World.Agent agent = world.agent();
    world.dockerSays(C1_8080);
    assertThat(agent.pass().repair()).as("of the first pass").isEmpty();
    world.kernel.restore(
        Family.IPV4,
        world
            .kernel
            .toString()
            .replaceAll("-A DOCKER [^\n]*DNAT[^\n]*\n", "")
            .replace("-A FORWARD -j DOCKER-USER\n", ""));
    world.writers.heard(new RuleWriter("iptables", 4711, 4711));

    Optional<Repair> repair = agent.pass().repair();

    assertThat(repair)
        .hasToString(
            "Optional[put right what iptables (pid 4711) had changed: 1 rule of chain FORWARD in ip"
                + " filter was gone; 1 rule of chain DOCKER in ip nat was gone]");
    assertThat(agent.pass().repair()).isEmpty();
  }

  @Test
  void aRuleOfSomebodyElsesInFrontOfOursIsReportedOnceAndNotFought() throws Exception {
    World.Agent agent = world.agent();
    world.dockerSays(C1_8080);
    agent.pass();
    world.kernel.restore(
        Family.IPV4,
        world
            .kernel
            .toString()
            .replaceFirst("-A PREROUTING", "-A PREROUTING -p tcp -j ACCEPT\n-A PREROUTING"));
    String problem =
        "publish 0.0.0.0:8080/tcp for container c1: somebody's rule decides over its packets before"
            + " ours are asked: iptables -t nat -A PREROUTING -p tcp -j ACCEPT; have it stand below"
            + " ours, or delete it with iptables -t nat -D PREROUTING -p tcp -j ACCEPT";
    try (LoggedLines lines = LoggedLines.of(Rivals.class)) {
      Outcome outcome = agent.pass();
      agent.pass();

      assertThat(outcome.changes()).isZero();
      assertThat(outcome.problems()).extracting(Problem::toString).containsExactly(problem);
      assertThat(lines.all()).containsExactly(problem);
    }
    world.kernel.restore(
        Family.IPV4, world.kernel.toString().replace("-A PREROUTING -p tcp -j ACCEPT\n", ""));
    assertThat(agent.pass().problems()).isEmpty();
  }

  /** Where somebody else changed something as well can't be told then. */
  @Test
  void whatWasAskedForIsNoRepair() throws Exception {
    World.Agent agent = world.agent();
    world.dockerSays();
    agent.pass();
    world.dockerSays(C1_8080);

    Outcome outcome = agent.pass();

    assertThat(outcome.changes()).isPositive();
    assertThat(outcome.repair()).isEmpty();
  }

  /** It would stay, and some engines make none. */
  @Test
  void beforeDockerHasAnsweredNoIpv6ChainIsMadeForTheUser() throws Exception {
    world.docker = Optional.empty();
    world.claims =
        List.of(
            claim(
                42,
                new PortBinding(
                    new HostPort(Protocol.TCP, IpAddress.ANY_IPV6, 8080),
                    IpAddress.parse("2001:db8::2"),
                    80,
                    C1,
                    "8080:80")));

    world.agent().pass();

    assertThat(world.kernel.observe(Family.IPV6).chain(Table.FILTER, "DOCKER")).isPresent();
    assertThat(world.kernel.observe(Family.IPV6).chain(Table.FILTER, "DOCKER-USER")).isEmpty();
  }

  @Test
  void rulesOfAnEarlierAgentThatNobodyWantsAnyMoreGo() throws Exception {
    world.dockerSays(C1_8080);
    world.namespacesSay(NS1_3000);
    world.agent().pass();
    world.namespaces = new NetnsSnapshot(List.of(), List.of(), List.of());
    world.dockerSays();

    world.agent().pass();

    assertThat(world.kernel.toString()).doesNotContain("docker1").doesNotContain("8080");
  }

  @Test
  void aDockerPortNeedsNoSocketOfOurs() throws Exception {
    world.dockerSays(C1_8080);
    world.agent().pass();

    assertThat(world.ports.bound()).isEmpty();
    assertThat(world.kernel.toString()).contains("--to-destination 192.0.2.2:80");
  }

  @Test
  void whatAStandInClaimsHasItsRulesBeforeDockerShowsIt() throws Exception {
    world.dockerSays();
    world.claims = List.of(claim(42, C1_8080));
    world.agent().pass();

    assertThat(world.kernel.toString()).contains("--to-destination 192.0.2.2:80");
  }

  @Test
  void whenDockerShowsWhatAStandInClaimedNothingChanges() throws Exception {
    World.Agent agent = world.agent();
    world.dockerSays();
    world.claims = List.of(claim(42, C1_8080));
    agent.pass();
    world.events.clear();
    world.dockerSays(C1_8080);

    assertThat(agent.pass().changes()).isZero();
    assertThat(world.events).isEmpty();
  }

  @Test
  void aPortWhoseBackendMovesIsRetargetedAndNeverLetGoOf() throws Exception {
    World.Agent agent = world.agent();
    world.labelsSay(C1_8080);
    agent.pass();
    world.events.clear();
    world.labelsSay(tcp(8080, C2_ADDRESS, 80, C2));
    agent.pass();

    assertThat(world.events)
        .containsExactly("retarget TCP /0.0.0.0:8080", "change rules", "forget connections");
  }

  @Test
  void forwardingIsSwitchedOnWithTheOldValueKeptAndComesBackWithTheTeardown() throws Exception {
    World.Agent agent = world.agent();
    world.dockerSays(C1_8080);
    agent.pass();

    assertThat(world.sysctl(Sysctls.IPV4_FORWARDING)).isEqualTo("1");
    assertThat(world.sysctl(Sysctls.IPV6_FORWARDING)).isEqualTo("0");
    assertThat(world.sysctl(Sysctls.routeLocalnet("docker0"))).isEqualTo("0");
    assertThat(world.kernel.toString()).contains(":FORWARD DROP");

    assertThat(agent.host().tearDown()).isNotEmpty();
    assertThat(world.sysctl(Sysctls.IPV4_FORWARDING)).isEqualTo("0");
    assertThat(world.kernel.toString())
        .contains(":FORWARD ACCEPT")
        .doesNotContain("-j DOCKER")
        .doesNotContain("8080");
  }

  /** In between, or if it ends there, this host would route for anybody. */
  @Test
  void aTeardownSwitchesForwardingOffBeforeItTakesThePolicyAway() throws Exception {
    World.Agent agent = world.agent();
    world.dockerSays(C1_8080);
    agent.pass();
    world.refusesRules = true;

    assertThatThrownBy(agent.host()::tearDown).isInstanceOf(FirewallException.class);

    assertThat(world.kernel.toString()).contains(":FORWARD DROP");
    assertThat(world.sysctl(Sysctls.IPV4_FORWARDING)).isEqualTo("0");
  }

  @Test
  void forwardingThatWasOnLeavesThePolicyAlone() throws Exception {
    world.sysctl(Sysctls.IPV4_FORWARDING, "1");
    World.Agent agent = world.agent();
    world.dockerSays(C1_8080);
    agent.pass();

    assertThat(world.kernel.toString()).doesNotContain(":FORWARD DROP");
    agent.host().tearDown();
    assertThat(world.sysctl(Sysctls.IPV4_FORWARDING)).isEqualTo("1");
  }

  @Test
  void forwardingThatADockerdReliesOnStaysWithItsPolicy() throws Exception {
    world.kernel.restore(
        Family.IPV4, "*nat\n:PREROUTING ACCEPT\n:OUTPUT ACCEPT\n:DOCKER -\nCOMMIT\n");
    World.Agent agent = world.agent(Standing.BESIDE, ProxyMode.USERLAND);
    world.namespacesSay(NS1_3000);
    agent.pass();
    assertThat(world.kernel.toString()).contains(":FORWARD DROP");

    assertThat(agent.host().tearDown())
        .contains("left sysctl net/ipv4/ip_forward as it is: dockerd relies on it");
    assertThat(world.sysctl(Sysctls.IPV4_FORWARDING)).isEqualTo("1");
    assertThat(world.kernel.toString()).contains(":FORWARD DROP").doesNotContain("HAIRPIN");
  }

  @Test
  void aPolicyThatWasThereBeforeUsStaysAfterUs() throws Exception {
    world.kernel.restore(
        Family.IPV4, "*filter\n:INPUT ACCEPT\n:FORWARD DROP\n:OUTPUT ACCEPT\nCOMMIT\n");
    World.Agent agent = world.agent();
    world.dockerSays(C1_8080);
    agent.pass();
    agent.host().tearDown();

    assertThat(world.kernel.toString()).contains(":FORWARD DROP");
  }

  @Test
  void withoutTheProxyLoopbackIsRoutedToTheBridges() throws Exception {
    world.dockerSays(C1_8080);
    world.agent(Standing.REPLACE, ProxyMode.HAIRPIN).pass();

    assertThat(world.sysctl(Sysctls.routeLocalnet("docker0"))).isEqualTo("1");
    assertThat(world.sysctl(Sysctls.routeLocalnet("docker1"))).isEqualTo("0");
  }

  @Test
  void withoutTheProxyANamespacesBridgeSendsBackWhereItCameFrom() throws Exception {
    world.dockerSays(C1_8080);
    world.namespacesSay(NS1_3000);
    world.agent(Standing.REPLACE, ProxyMode.USERLAND).pass();
    assertThat(world.hairpinBridges).isEmpty();

    world.agent(Standing.REPLACE, ProxyMode.HAIRPIN).pass();
    assertThat(world.hairpinBridges).containsExactly("docker1");
  }

  @Test
  void besideDockerdItsOwnPortsAreNotOurs() throws Exception {
    world.dockerSays(C1_8080);
    world.namespacesSay(NS1_3000);
    world.agent(Standing.BESIDE, ProxyMode.USERLAND).pass();

    assertThat(world.kernel.toString())
        .contains("--to-destination 198.51.100.2:3000")
        .doesNotContain("8080");
  }

  @Test
  void besideDockerdRulesChangeFromOneKindToTheOtherAndBack() throws Exception {
    world.namespacesSay(NS1_3000);
    Settings inIptables = Settings.of(Standing.BESIDE, LayoutName.DOCKER20, ProxyMode.USERLAND);
    Settings inNftables = Settings.of(Standing.BESIDE, LayoutName.HAIRPIN, ProxyMode.USERLAND);
    world.agent(inIptables).pass();
    String before = world.kernel.toString();
    world.ports.free(Transport.TCP, new InetSocketAddress("0.0.0.0", 3000));

    World.Agent next = world.agent(inNftables);
    next.pass();
    assertThat(world.kernel.toString())
        .contains("tcp . 3000 : 198.51.100.2 . 3000", "-A DOCKER-USER -j HAIRPIN")
        .doesNotContain("--to-destination", "HAIRPIN-POSTROUTING");
    assertThat(next.pass().changes()).isZero();

    world.ports.free(Transport.TCP, new InetSocketAddress("0.0.0.0", 3000));
    world.agent(inIptables).pass();
    assertThat(world.kernel.toString()).isEqualTo(before);
  }

  @Test
  void withoutLabelsATableBesideDockerdsRulesIsRefusedBeforeAnythingIsWritten() throws Exception {
    world.knowsLabels = false;
    Host host = world.agent().host();

    assertThat(host.canLabelConnections()).isFalse();
    host.requireToolsFor(Settings.of(Standing.BESIDE, LayoutName.DOCKER28, ProxyMode.USERLAND));
    assertThatExceptionOfType(FirewallException.class)
        .isThrownBy(() ->
            host.requireToolsFor(
                Settings.of(Standing.BESIDE, LayoutName.HAIRPIN, ProxyMode.USERLAND)))
        .withMessageContaining("can't ask for the label of a connection")
        .withMessageContaining("--layout docker29");
  }

  @Test
  void aTeardownByAnotherProcessFindsATableBesideDockerdsRulesToo() throws Exception {
    world.namespacesSay(NS1_3000);
    world.agent(Settings.of(Standing.BESIDE, LayoutName.HAIRPIN, ProxyMode.USERLAND)).pass();

    assertThat(world.agent().host().tearDown()).contains("removed the IPv4 rules");
    assertThat(world.kernel.toString())
        .doesNotContain("HAIRPIN")
        .doesNotContain("hairpin")
        .doesNotContain("3000");
  }

  @Test
  void aTeardownByAnotherProcessFindsEverythingInTheRecord() throws Exception {
    world.namespacesSay(NS1_3000);
    world.agent(Standing.BESIDE, ProxyMode.USERLAND).pass();

    assertThat(world.agent().host().tearDown()).contains("removed the IPv4 rules");
    assertThat(world.kernel.toString()).doesNotContain("HAIRPIN").doesNotContain("3000");
    assertThat(world.agent().host().tearDown()).isEmpty();
  }

  @Test
  void theUsersChainGoesWithTheTeardownIfWeMadeItAndTheUserPutNothingIn() throws Exception {
    world.dockerSays(C1_8080);
    World.Agent agent = world.agent();
    agent.pass();
    assertThat(world.kernel.toString()).contains(":DOCKER-USER");

    assertThat(agent.host().tearDown()).noneMatch(line -> line.contains("DOCKER-USER"));
    assertThat(world.kernel.toString()).doesNotContain("DOCKER");
  }

  @Test
  void aUsersChainThatIsUsedOrWasThereBeforeUsStays() throws Exception {
    world.dockerSays(C1_8080);
    World.Agent agent = world.agent();
    agent.pass();
    world.kernel.restore(
        Family.IPV4,
        world
            .kernel
            .toString()
            .replace("-A DOCKER-USER -j RETURN", "-A DOCKER-USER -s 203.0.113.7/32 -j DROP"));
    assertThat(agent.host().tearDown()).contains("left the IPv4 chain DOCKER-USER to its user");
    assertThat(world.kernel.toString()).contains("-A DOCKER-USER -s 203.0.113.7/32 -j DROP");

    World.Agent later = world.agent();
    later.pass();
    later.host().tearDown();
    assertThat(world.kernel.toString()).contains(":DOCKER-USER");
  }

  @Test
  void aPassThatTheKernelRefusesIsMadeUpForByTheNext() throws Exception {
    World.Agent agent = world.agent();
    world.labelsSay(C1_8080);
    agent.pass();
    world.forgotten.clear();
    world.labelsSay(tcp(8080, C2_ADDRESS, 80, C2));
    world.refusesRules = true;
    assertThatThrownBy(agent::pass).isInstanceOf(FirewallException.class);
    assertThat(world.forgotten).isEmpty();
    world.refusesRules = false;

    agent.pass();

    assertThat(world.kernel.toString())
        .contains("--to-destination 192.0.2.3:80")
        .doesNotContain("192.0.2.2");
    assertThat(world.forgotten).isNotEmpty();
  }

  @Test
  void udpFlowsToTheHostPortAreForgottenOnPublishAndOnUnpublish() throws Exception {
    World.Agent agent = world.agent();
    world.dockerSays(udp(5353, C1_ADDRESS, 53, C1));
    agent.pass();
    assertThat(world.forgotten.toString()).contains("OfHostPort").contains("5353");
    world.forgotten.clear();
    world.dockerSays();
    agent.pass();
    assertThat(world.forgotten.toString()).contains("OfHostPort").contains("5353");
  }
}
