package dev.hairpin.rules.iptables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.Match.ConnectionState.State;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class IptablesTextTest {
  static Stream<Path> recordings() throws IOException, URISyntaxException {
    Path root = Path.of(IptablesTextTest.class.getResource("/dockerd-20.10.24").toURI());
    try (Stream<Path> files = Files.walk(root)) {
      return files.filter(file -> file.toString().endsWith("tables.txt")).toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("recordings")
  void whatADockerdWroteIsPrintedAsItWasRead(Path recording) throws IOException {
    String text = Files.readString(recording);

    assertThat(IptablesText.print(IptablesText.parse(Family.IPV4, text))).isEqualTo(text);
  }

  /** As iptables 1.8.9 (nf_tables) prints them. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-j LOG",
        "-s 198.51.100.1/32 ! -d 198.51.100.2/32 ! -i a -o b ! -p tcp -f -m comment --comment"
            + " \"a \\\"b\\\" \\\\c\" -m mark --mark 0x1/0xff -m conntrack ! --ctstate NEW -j LOG"
            + " --log-prefix \"x y\"",
        "! -s 198.51.100.1/32 -p tcp -m tcp --sport 5 ! --dport 80:90 -m mark ! --mark 0x5",
        "-p tcp -m tcp --dport 1 --tcp-flags SYN,RST SYN",
        "-p icmp -m icmp --icmp-type 8 -j ACCEPT",
        "-p gre -j ACCEPT",
        "-p udp -j ACCEPT",
        "-p tcp -m multiport --dports 1,2,3 -j ACCEPT",
        "! -i p1p1 -p tcp -m multiport --dports 80,443,8947:8949 -j ACCEPT",
        "-p udp -m multiport ! --sports 53,5353 -m multiport --ports 1:9 -j DROP",
        "-p tcp -m multiport --dports 1,2 -m tcp --sport 3",
        "-p tcp -m tcp --sport 3 -m multiport --dports 1,2",
        "-p dccp -m multiport --dports 1,2 -j ACCEPT",
        "-m addrtype --src-type LOCAL ! --dst-type LOCAL -j ACCEPT",
        "-m addrtype --dst-type LOCAL,BROADCAST -j ACCEPT",
        "-m addrtype --dst-type LOCAL --limit-iface-in",
        "-i eth+ -p udp -g FOO",
        "-p tcp -m tcp -j REJECT --reject-with tcp-reset",
        "-m conntrack --ctstate INVALID,NEW,RELATED,ESTABLISHED,UNTRACKED,SNAT,DNAT",
        "-i eth0 -p tcp -m conntrack --ctorigdstport 8080 --ctdir ORIGINAL -j DROP",
        "-m comment --comment -j -j DROP",
        "-p tcp -m tcp --dport 1 -j REDIRECT --to-ports 5",
        "-p tcp -m tcp --dport 1 -j DNAT --to-destination 192.0.2.1-192.0.2.3:5-7 --random",
        "-p tcp -m tcp --dport 1 -j DNAT --to-destination 192.0.2.1",
        "-p tcp -m tcp --dport 80 -j DNAT --to-destination [2001:db8::1]:80",
        "-p tcp -m tcp --dport 80 -j DNAT --to-destination 2001:db8::1",
        "-p tcp -j MASQUERADE --to-ports 5-7 --random",
        "-j SNAT --to-source 192.0.2.3-192.0.2.5",
        "-s 198.51.0.0/255.0.255.0 -j SNAT --to-source 192.0.2.4",
        "-j MARK --set-xmark 0x5/0xffffffff",
        "-m connlabel --label \"127\" -m connlabel ! --label \"5\" -j ACCEPT",
        "-m connlabel --label \"a-name\" -j ACCEPT",
        "-m connlabel --label \"128\" -j ACCEPT",
        "-m connlabel --label \"5\" --set -j ACCEPT",
        "-m set --match-set docker-ext-bridges-v4 dst -j DOCKER",
        "-m limit --limit 3/min --limit-burst 2  -j ACCEPT",
        "-m statistic --mode random --probability 0.50000000000 -j RETURN",
        "-i br\"0 -j ACCEPT",
        "-i \"x -j ACCEPT",
        "-i \"x ! -o \"x -m comment --comment \"a \\\"b\" -j ACCEPT",
        "-i \"a\" -o y\\\"z\" -j DROP",
        "-i \" -m comment --comment \"\\\"\" -j ACCEPT",
        "-m physdev ! --physdev-in \"x --physdev-out \"y -j ACCEPT",
        "-j TEE --gateway 192.0.2.1 --oif \"x",
        "-j \"chain",
        "-g \"chain",
        "-i wl\u00e4n0 -p tcp -j DROP",
        "-s 192.0.2.1/32 -j k\u00e4se",
      })
  void everyRuleIsPrintedAsItWasRead(String line) {
    assertThat(IptablesText.line(IptablesText.parseRule(line))).isEqualTo(line);
  }

  @Test
  void aPortAndItsProtocolAreOneCondition() {
    assertThat(IptablesText.parseRule("-p tcp -m tcp --dport 80 -j ACCEPT").matches())
        .containsExactly(Match.destinationPort(Protocol.TCP, 80));
  }

  @Test
  void severalPortsAndTheirProtocolAreOneConditionToo() {
    assertThat(
            IptablesText.parseRule("-p tcp -m multiport --dports 80,8947:8949 -j ACCEPT").matches())
        .containsExactly(
            new Match.PortAmong(
                Match.PortEnd.DESTINATION,
                Protocol.TCP,
                List.of(PortRange.of(80), new PortRange(8947, 8949))));
  }

  @Test
  void whatIsNoneOfSeveralPortsKeepsItsProtocol() {
    assertThat(IptablesText.parseRule("-p udp -m multiport ! --sports 53,67 -j DROP").matches())
        .containsExactly(
            new Match.TransportProtocol(Protocol.UDP),
            Match.not(
                new Match.PortAmong(
                    Match.PortEnd.SOURCE,
                    Protocol.UDP,
                    List.of(PortRange.of(53), PortRange.of(67)))));
  }

  @Test
  void aLabelIsANumberInQuotes() {
    assertThat(IptablesText.parseRule("-m connlabel ! --label \"127\" -j ACCEPT").matches())
        .containsExactly(Match.not(new Match.ConnectionLabel(127)));
  }

  @Test
  void anExcludedPortKeepsItsProtocol() {
    assertThat(IptablesText.parseRule("-p tcp -m tcp ! --dport 80:90").matches())
        .containsExactly(
            new Match.TransportProtocol(Protocol.TCP),
            new Match.Not(new Match.DestinationPort(Protocol.TCP, new PortRange(80, 90))));
  }

  @Test
  void theConditionsThatDockerdUsesAreUnderstood() {
    assertThat(
            IptablesText.parseRule(
                "! -s 198.51.100.0/24 -d 192.0.2.2/32 ! -i docker0 -o docker0 -m conntrack"
                    + " --ctstate RELATED,ESTABLISHED -m addrtype --dst-type LOCAL -m mark --mark"
                    + " 0x5/0xff -j DOCKER"))
        .isEqualTo(
            Rule.of(
                List.of(
                    Match.not(Match.source(IpPrefix.parse("198.51.100.0/24"))),
                    Match.destination(IpPrefix.parse("192.0.2.2")),
                    Match.not(Match.inputInterface("docker0")),
                    Match.outputInterface("docker0"),
                    Match.connectionState(State.RELATED, State.ESTABLISHED),
                    Match.destinationIsLocal(),
                    new Match.Mark(5, 0xff)),
                Action.jump("DOCKER")));
  }

  @Test
  void destinationsOfDnatAreUnderstoodInBothFamilies() {
    assertThat(IptablesText.parseRule("-j DNAT --to-destination 192.0.2.2:80").action())
        .isEqualTo(Action.dnatTo(IpAddress.parse("192.0.2.2"), 80));
    assertThat(IptablesText.parseRule("-j DNAT --to-destination [2001:db8::2]:80").action())
        .isEqualTo(Action.dnatTo(IpAddress.parse("2001:db8::2"), 80));
  }

  @Test
  void whatIsNotUnderstoodIsKeptWordForWord() {
    assertThat(
            IptablesText.parseRule(
                "-i eth0 -m recent --update --seconds 60 -j NFLOG --nflog-group 2"))
        .isEqualTo(
            Rule.of(
                List.of(
                    Match.inputInterface("eth0"),
                    new Match.Verbatim("-m recent --update --seconds 60")),
                new Action.Verbatim("-j NFLOG --nflog-group 2")));
  }

  @Test
  void headerFieldsComeFirstWhateverTheOrderOfTheMatches() {
    Rule rule =
        Rule.of(
            List.of(
                Match.destinationPort(Protocol.UDP, 53),
                Match.outputInterface("docker0"),
                Match.destination(IpPrefix.parse("192.0.2.2"))),
            Action.accept());

    assertThat(IptablesText.line(rule))
        .isEqualTo("-d 192.0.2.2/32 -o docker0 -p udp -m udp --dport 53 -j ACCEPT");
  }

  @Test
  void countersAndCommentsAreLeftOut() {
    Tables tables =
        IptablesText.parse(
            Family.IPV4,
            """
            # Generated by iptables-save v1.8.9 (nf_tables) on Sat Nov 21 00:00:00 2026
            *filter
            :FORWARD DROP [12:3456]
            :DOCKER - [0:0]
            [3:180] -A FORWARD -o docker0 -j DOCKER
            COMMIT
            # Completed on Sat Nov 21 00:00:00 2026
            """);

    assertThat(tables.chain(Table.FILTER, "FORWARD").flatMap(Chain::policy)).contains(Policy.DROP);
    assertThat(tables.rules(Table.FILTER, "FORWARD"))
        .containsExactly(Rule.of(List.of(Match.outputInterface("docker0")), Action.jump("DOCKER")));
  }

  @Test
  void aTargetThatIsNoChainIsNotTakenForAJump() {
    Tables tables =
        IptablesText.parse(
            Family.IPV4, "*raw\n:PREROUTING ACCEPT\n-A PREROUTING -j TRACE\nCOMMIT\n");

    assertThat(tables.rules(Table.RAW, "PREROUTING"))
        .containsExactly(Rule.of(List.of(), new Action.Verbatim("-j TRACE")));
  }

  @Test
  void aJumpIsUnderstoodWhereTheChainIsNotPartOfTheText() {
    assertThat(IptablesText.parseRule("-j DOCKER-USER").action())
        .isEqualTo(Action.jump("DOCKER-USER"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-A FORWARD -j DROP",
        "*filter\n:FORWARD ACCEPT\n",
        "*filter\n-A FORWARD -j DROP\nCOMMIT\n",
        "*filter\n:FORWARD MAYBE\nCOMMIT\n",
        "*filter\n:FORWARD\nCOMMIT\n",
        "*bridge\nCOMMIT\n",
        "*filter\n:FORWARD ACCEPT\n-A FORWARD -m comment --comment \"a -j DROP\nCOMMIT\n",
        "*filter\n:FORWARD ACCEPT\n-A FORWARD -i\nCOMMIT\n",
      })
  void textThatIsNoTableIsRefused(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> IptablesText.parse(Family.IPV4, text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "br0\n-j ACCEPT", "\"br0", "-j", "!", "br\\0"})
  void namesThatAScriptWouldTakeForSomethingElseAreNotPrinted(String name) {
    Rule rule = Rule.of(List.of(Match.inputInterface(name)), Action.accept());

    assertThatIllegalArgumentException().isThrownBy(() -> IptablesText.line(rule));
  }

  @Test
  void anExcludedPortOfNoParticularProtocolCantBePrinted() {
    Rule rule =
        Rule.of(List.of(Match.not(Match.destinationPort(Protocol.TCP, 80))), Action.accept());

    assertThatIllegalArgumentException()
        .isThrownBy(() -> IptablesText.line(rule))
        .withMessageContaining("tcp");
  }
}
