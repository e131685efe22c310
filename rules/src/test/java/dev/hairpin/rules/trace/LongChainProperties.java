package dev.hairpin.rules.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Tables;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/**
 * In a long chain the rules for other ports are passed by unasked. That must not be seen: the same
 * rules in short chains, one behind the other, are asked one by one.
 */
class LongChainProperties {
  private static final int SHORT = 8;
  private static final int FIRST_PORT = 8000;
  private static final int LAST_PORT = 8004;
  private static final IpAddress HOST = IpAddress.parse("198.51.100.1");
  private static final Host WORLD =
      new Host(
          List.of(
              new Host.Interface("eth0", List.of(HOST)),
              new Host.Interface("docker0", List.of(IpAddress.parse("192.0.2.1")))),
          List.of(
              new Host.Route(IpPrefix.parse("0.0.0.0/0"), "eth0"),
              new Host.Route(IpPrefix.parse("192.0.2.0/24"), "docker0")));

  @Provide
  Arbitrary<List<String>> rules() {
    Arbitrary<String> port = Arbitraries.integers().between(FIRST_PORT, LAST_PORT).map(n -> "" + n);
    Arbitrary<String> match =
        Arbitraries.oneOf(
            port.map(each -> "-p tcp -m tcp --dport " + each),
            port.map(each -> "-p udp -m udp --dport " + each),
            port.map(each -> "-p tcp -m tcp ! --dport " + each),
            port.map(each -> "-p tcp -m tcp --sport " + each),
            port.map(each -> "-p tcp -m multiport --dports " + each + ",8443"),
            port.map(each -> "-p tcp -m tcp --dport 7000:" + each),
            port.map(each -> "-i eth1 -p tcp -m tcp --dport " + each),
            Arbitraries.of("-i eth1", "-s 203.0.113.8/32", "-p udp"));
    Arbitrary<String> action =
        Arbitraries.oneOf(
            Arbitraries.integers()
                .between(2, 250)
                .map(n -> "-j DNAT --to-destination 192.0.2." + n + ":80"),
            Arbitraries.of("-j ACCEPT", "-j LOG", "-j MARK --set-xmark 0x1/0xffffffff"));
    return Combinators.combine(match, action)
        .as((what, then) -> what + " " + then)
        .list()
        .ofMinSize(40)
        .ofMaxSize(80);
  }

  @Property
  void aPacketGoesTheSameWayThroughOneLongChainAndThroughShortOnes(
      @ForAll("rules") List<String> rules,
      @ForAll @IntRange(min = FIRST_PORT - 1, max = LAST_PORT + 1) int port) {
    Packet packet =
        Packet.arriving("eth0", Protocol.TCP, IpAddress.parse("203.0.113.7"), HOST, port);

    Trace inOne = trace(inOneChain(rules), packet);
    Trace inMany = trace(inShortChains(rules), packet);

    assertThat(inOne.verdict()).isEqualTo(inMany.verdict());
    assertThat(matched(inOne)).isEqualTo(matched(inMany));
  }

  private static Trace trace(String rules, Packet packet) {
    Tables tables = IptablesText.parse(Family.IPV4, rules);
    return new PacketTracer(tables, WORLD).trace(packet);
  }

  private static List<String> matched(Trace trace) {
    return trace.steps().stream()
        .map(step -> IptablesText.line(step.rule()))
        .filter(line -> !line.startsWith("-j PART"))
        .toList();
  }

  private static String inOneChain(List<String> rules) {
    return "*nat\n:PREROUTING ACCEPT\n" + appended("PREROUTING", rules) + "COMMIT\n";
  }

  private static String inShortChains(List<String> rules) {
    List<Integer> parts = IntStream.range(0, (rules.size() + SHORT - 1) / SHORT).boxed().toList();
    return "*nat\n:PREROUTING ACCEPT\n"
        + parts.stream().map(part -> ":PART" + part + " -\n").collect(Collectors.joining())
        + parts.stream()
            .map(part -> "-A PREROUTING -j PART" + part + "\n")
            .collect(Collectors.joining())
        + parts.stream()
            .map(part ->
                appended(
                    "PART" + part,
                    rules.subList(part * SHORT, Math.min(rules.size(), (part + 1) * SHORT))))
            .collect(Collectors.joining())
        + "COMMIT\n";
  }

  private static String appended(String chain, List<String> rules) {
    return rules.stream()
        .map(rule -> "-A " + chain + " " + rule + "\n")
        .collect(Collectors.joining());
  }
}
