package dev.hairpin.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Command;
import dev.hairpin.it.world.Namespace;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.PeerServer;
import dev.hairpin.it.world.World;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Real packets, chain by chain, beside what {@code hairpin walk} says of them. */
@NeedsRealNetwork
class TraceIT {
  private World world;
  private Namespace ns1;

  @BeforeEach
  void makeWorld() {
    world = World.create();
    ns1 = world.ns1();
    world.inhabitedBy(PeerServer.in(ns1).tcp(80));
    world.host().command("sysctl", "-qw", "net.ipv4.ip_forward=1").run();
  }

  @AfterEach
  void removeWorld() {
    world.close();
  }

  @ParameterizedTest
  @CsvSource({
    "docker20, true",
    "docker20, false",
    "docker28, true",
    "docker29, true",
    "docker29-nft, true",
    "hairpin, true",
    "hairpin, false"
  })
  void everyPacketGoesAsPredicted(String layout, boolean proxy) {
    AgentProcess agent =
        AgentProcess.unwatched(
            world, "--no-docker", "--layout", layout, "--userland-proxy=" + proxy);
    agent.hairpin("publish", ns1.name(), "8080:80").run();

    isAsPredicted(agent, world.outside().name(), "192.0.2.1:8080");
    isAsPredicted(agent, "host", "192.0.2.1:8080");
    isAsPredicted(agent, "host", "127.0.0.1:8080");
    isAsPredicted(agent, ns1.name(), "192.0.2.1:8080");
    assertThat(world.host().command("nft", "list", "tables").run()).doesNotContain("hairpin-trace");
  }

  private static void isAsPredicted(AgentProcess agent, String from, String to) {
    Command.Finished traced = agent.hairpin("trace", to, "--from", from, "--predict").attempt();

    assertThat(traced.exit()).as("%s asks %s\n%s%s", from, to, traced.out(), traced.err()).isZero();
    assertThat(traced.out()).contains(": as predicted").doesNotContain(": not as predicted");
  }

  /** Its rule is named, and whose it is. */
  @Test
  void aPacketThatDiesIsShownWithTheRuleThatDroppedIt() {
    AgentProcess agent = AgentProcess.unwatched(world, "--no-docker", "--layout", "docker20");
    agent.hairpin("publish", ns1.name(), "8080:80").run();
    world
        .host()
        .command("iptables", "-I", "DOCKER-USER", "-s", World.OUTSIDE_4, "-j", "DROP")
        .run();

    String traced =
        agent.hairpin("trace", "8080", "--from", world.outside().name()).attempt().out();

    assertThat(traced)
        .contains("nat DOCKER 2: ! -i docker1 -p tcp -m tcp --dport 8080 -j DNAT")
        .containsIgnoringWhitespaces(
            "=> dropped by filter DOCKER-USER: -s 192.0.2.2/32 -j DROP (yours, in DOCKER-USER)")
        .contains("\n      iptables -D DOCKER-USER -s 192.0.2.2/32 -j DROP\n")
        .doesNotContain("conntrack");
  }

  /** As ebtables and iptables are asked by turns, and as only ebtables is without br_netfilter. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void betweenPortsOfABridgeBothLayersAreShown(boolean asksIptables) {
    Namespace ns2 = world.onBridge("n2", "docker1", "172.18.0.3/16", "172.18.0.1");
    AgentProcess agent = AgentProcess.unwatched(world, "--no-docker", "--layout", "docker20");
    agent.hairpin("publish", ns1.name(), "8080:80").run();
    world
        .host()
        .command("sysctl", "-qw", "net.bridge.bridge-nf-call-iptables=" + (asksIptables ? 1 : 0))
        .run();

    String traced =
        agent
            .hairpin("trace", "--layers", "172.18.0.2/icmp", "--from", ns2.name(), "--predict")
            .run();

    Stream<String> way =
        traced
            .lines()
            .skip(3)
            .takeWhile(line -> !line.startsWith("=>"))
            .filter(line -> !line.startsWith(" "))
            .map(line -> line.substring(0, 26).strip().replaceAll(" +", " "));
    assertThat(way)
        .as(traced)
        .containsExactlyElementsOf(
            asksIptables
                ? List.of(
                    "PREROUTING bridge broute",
                    "PREROUTING bridge nat",
                    "PREROUTING nat",
                    "FORWARD bridge filter",
                    "FORWARD filter",
                    "POSTROUTING bridge nat",
                    "POSTROUTING nat")
                : List.of(
                    "PREROUTING bridge broute",
                    "PREROUTING bridge nat",
                    "FORWARD bridge filter",
                    "POSTROUTING bridge nat"));
    assertThat(traced)
        .contains("\n\necho request  172.18.0.3 → 172.18.0.2 ")
        .contains("echo reply  172.18.0.2 → 172.18.0.3: as predicted\n");
    assertThat(traced.contains("iptables was not asked")).isNotEqualTo(asksIptables);
    assertThat(world.host().command("nft", "list", "tables").run()).doesNotContain("hairpin-trace");
  }

  /** They are none of nftables', which tells of the others, and are asked beside them. */
  @Test
  void rulesOfIptablesLegacyAreShownAtTheirPlace() {
    AgentProcess agent = AgentProcess.unwatched(world, "--no-docker", "--layout", "docker20");
    agent.hairpin("publish", ns1.name(), "8080:80").run();
    world.host().command("iptables-legacy", "-P", "FORWARD", "DROP").run();

    String traced =
        agent.hairpin("trace", "8080", "--from", world.outside().name()).attempt().out();

    assertThat(traced)
        .containsPattern("FORWARD +legacy filter +eth0 +→ docker1 ")
        .contains("=> dropped by the policy of legacy filter FORWARD: no rule accepted it");
    assertThat(world.host().command("sysctl", "-n", "net.netfilter.nf_log.2").run())
        .doesNotContain("nfnetlink_log");
  }

  @Test
  void bothHalvesOfAProxiedConnectionAreShown() {
    AgentProcess agent = AgentProcess.unwatched(world, "--no-docker", "--layout", "docker20");
    agent.hairpin("publish", ns1.name(), "8080:80").run();

    String traced = agent.hairpin("trace", "localhost:8080", "--from", "host").run();

    assertThat(traced)
        .containsPattern("SYN  127\\.0\\.0\\.1:\\d+ → 127\\.0\\.0\\.1:8080 ")
        .containsPattern(
            "SYN  172\\.18\\.0\\.1:\\d+ → 172\\.18\\.0\\.2:80 .* in " + world.host().name())
        .containsPattern("answered  172\\.18\\.0\\.2:80 → 172\\.18\\.0\\.1:\\d+\n")
        .contains("The client's address is lost here: ");

    String followed =
        agent.hairpin("trace", "8080", "--from", "host", "--follow", "--packets", "3").run();

    assertThat(followed)
        .containsPattern("conntrack  asked     192\\.0\\.2\\.1:\\d+ → 192\\.0\\.2\\.1:8080 ")
        .contains("Later packets and answers are translated by this entry;")
        .contains(" more packets came, and were not followed (--packets).");
  }

  @Test
  void whereNothingComesThatIsSaid() {
    AgentProcess agent = AgentProcess.unwatched(world, "--no-docker");

    Command.Finished waited = agent.hairpin("trace", "9", "--seconds", "1").attempt();

    assertThat(waited.exit()).isEqualTo(1);
    assertThat(waited.err()).contains("trace 9: no packet came within 1 s");
  }
}
