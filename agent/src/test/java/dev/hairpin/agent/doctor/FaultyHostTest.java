package dev.hairpin.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.walk.Link;
import dev.hairpin.agent.walk.Surveyed;
import dev.hairpin.agent.walk.Whose;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.trace.Host;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** One thing wrong, or two, on a host where all was well. */
class FaultyHostTest {
  private static final String BEFORE_DOCKER =
      """
      -A PREROUTING ! -i p1p1 -p tcp -m multiport --dports 80,443,8080 -j ACCEPT
      -A PREROUTING ! -i p1p1 -j DNAT --to-destination 192.168.200.2
      """;
  private static final String JUMP = "-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER\n";

  private static RecordedHost docker20() throws Exception {
    return RecordedHost.of("20.10.24", "one-tcp");
  }

  private static RecordedHost withoutProxy() throws Exception {
    return RecordedHost.of("20.10.24", "noproxy-tcp");
  }

  private static List<String> codes(Diagnosis diagnosis) {
    return diagnosis.findings().stream().map(finding -> finding.code().keyword()).sorted().toList();
  }

  private static Finding only(Diagnosis diagnosis) {
    assertThat(diagnosis.findings()).hasSize(1);
    return diagnosis.findings().getFirst();
  }

  private static String askers(Finding finding) {
    return finding.ways().stream()
        .map(way -> way.asker().keyword())
        .distinct()
        .collect(Collectors.joining(" "));
  }

  @Test
  void rulesOfAPartnerInFrontOfDockersAreTold() throws Exception {
    Diagnosis diagnosis =
        withoutProxy().rules(Family.IPV4, text -> text.replace(JUMP, BEFORE_DOCKER)).diagnosis();

    assertThat(codes(diagnosis)).containsExactly("rule-diverts", "rule-hides", "rule-missing");
    Finding hides =
        diagnosis.findings().stream()
            .filter(each -> each.code() == Code.RULE_HIDES)
            .findFirst()
            .orElseThrow();
    assertThat(hides.parts())
        .containsExactly(
            "! -i p1p1 -p tcp -m multiport --dports 80,443,8080 -j ACCEPT", "nat PREROUTING", "1");
  }

  @Test
  void theMissingJumpToDockersChainIsOneFault() throws Exception {
    Finding finding =
        only(docker20().rules(Family.IPV4, text -> text.replace(JUMP, "")).diagnosis());

    assertThat(finding.code()).isEqualTo(Code.RULE_MISSING);
    assertThat(finding.whose()).contains(Whose.DOCKER);
    assertThat(finding.evidence())
        .containsExactly("iptables -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER");
  }

  @Test
  void flushedRulesAreOneFault() throws Exception {
    Diagnosis diagnosis = docker20().tables(Family.IPV4, Tables.empty(Family.IPV4)).diagnosis();

    assertThat(codes(diagnosis)).containsExactly("rules-gone");
  }

  @Test
  void aFlushedFilterTableThatDropsIsOneFault() throws Exception {
    Finding finding =
        only(
            docker20()
                .rules(
                    Family.IPV4,
                    text ->
                        text.lines()
                            .filter(line -> !line.startsWith("-A FORWARD"))
                            .collect(Collectors.joining("\n", "", "\n")))
                .diagnosis());

    assertThat(finding.code()).isEqualTo(Code.RULE_MISSING);
    assertThat(finding.at()).hasToString("Optional[filter FORWARD]");
  }

  @Test
  void aDropOfTheUsersIsTheUsers() throws Exception {
    Finding finding =
        only(
            docker20()
                .rules(
                    Family.IPV4,
                    text ->
                        text.replace(
                            "-A DOCKER-USER -j RETURN\n",
                            "-A DOCKER-USER -i eth0 -j DROP\n-A DOCKER-USER -j RETURN\n"))
                .diagnosis());

    assertThat(finding.code()).isEqualTo(Code.RULE_DROPS);
    assertThat(finding.whose()).contains(Whose.USER);
    assertThat(askers(finding)).isEqualTo("outside");
    assertThat(finding.remedies())
        .containsExactly(
            new Remedy.Run(
                List.of("iptables", "-D", "DOCKER-USER", "-i", "eth0", "-j", "DROP"), false));
  }

  @Test
  void aForeignTableThatDropsAtAnotherPriorityIsFound() throws Exception {
    RecordedHost host = docker20();
    Tables tables = host.tables(Family.IPV4);
    NftTable foreign =
        new NftTable(
            Family.IPV4,
            "guard",
            List.of(),
            List.of(
                new NftChain(
                    "forward",
                    Optional.of(
                        new NftChain.Base(NftChain.Type.FILTER, Hook.FORWARD, -10, Policy.ACCEPT)),
                    List.of(Rule.of(List.of(), Action.drop())))));

    Finding finding =
        only(
            host.tables(Family.IPV4, new Tables(Family.IPV4, tables.chains(), List.of(foreign)))
                .diagnosis());

    assertThat(finding.code()).isEqualTo(Code.RULE_DROPS);
    assertThat(finding.at()).hasToString("Optional[guard forward]");
    assertThat(finding.whose()).contains(Whose.UNKNOWN);
  }

  @Test
  void forwardingThatIsOffIsTheOnlyFault() throws Exception {
    Finding finding = only(docker20().host(host -> host.withForwarding(Set.of())).diagnosis());

    assertThat(finding.code()).isEqualTo(Code.FORWARDING_OFF);
    assertThat(finding.parts()).containsExactly("net.ipv4.ip_forward");
  }

  @Test
  void withoutTheProxyLoopbackNeedsItsSetting() throws Exception {
    Finding finding =
        only(withoutProxy().host(host -> host.withLoopbackPassing(Set.of())).diagnosis());

    assertThat(finding.code()).isEqualTo(Code.ROUTE_LOCALNET_OFF);
    assertThat(askers(finding)).isEqualTo("localhost");
  }

  /** Or sysctl(8) takes the dot for one between names. */
  @Test
  void aDotInABridgesNameIsWrittenAsSysctlReadsIt() {
    Finding finding =
        new SettingFindings(Map.of()).loopback(new Cure.PassLoopback("br.lan"), List.of());

    assertThat(finding.remedies())
        .containsExactly(
            new Remedy.Run(List.of("sysctl", "-w", "net.ipv4.conf.br/lan.route_localnet=1"), true));
  }

  @Test
  void aBridgeFilterWithoutItsModuleNeedsTheModule() {
    Finding finding =
        new SettingFindings(Map.of("net.ipv4.ip_forward", "1"))
            .bridged(new Cure.FilterBridged(Family.IPV4), List.of());

    assertThat(finding.remedies())
        .containsExactly(new Remedy.Run(List.of("modprobe", "br_netfilter"), true));
  }

  @Test
  void aProxyThatIsGoneIsMissedAtLocalhost() throws Exception {
    Finding finding = docker20().listeners(all -> List.of()).diagnosis().findings().getFirst();

    assertThat(finding.code()).isEqualTo(Code.PROXY_GONE);
    assertThat(askers(finding)).startsWith("localhost");
  }

  @Test
  void aProgramThatHoldsThePortIsNamed() throws Exception {
    Diagnosis diagnosis =
        docker20()
            .listeners(all ->
                all.stream()
                    .map(each ->
                        new Listener(
                            each.protocol(),
                            each.address(),
                            false,
                            each.port(),
                            Optional.of(new Listener.Program("nginx", 77))))
                    .toList())
            .diagnosis();

    assertThat(codes(diagnosis)).contains("port-taken").doesNotContain("proxy-gone");
    assertThat(diagnosis.findings().getFirst().parts()).contains("nginx (pid 77)");
  }

  @Test
  void aProgramThatKeepsThePortFromTheAgentIsNamed() throws Exception {
    Finding finding =
        only(
            docker20()
                .refused(
                    new Evidence.Refused(
                        "0.0.0.0:8082/tcp",
                        "namespace ns1",
                        "address already in use by busybox (pid 77)"))
                .diagnosis());

    assertThat(finding.code()).isEqualTo(Code.PORT_TAKEN);
    assertThat(finding.parts())
        .containsExactly("0.0.0.0:8082/tcp", "busybox (pid 77)", "namespace ns1");
  }

  @Test
  void aProxyOfADeadContainerIsNotThePorts() throws Exception {
    Diagnosis diagnosis =
        docker20()
            .proxy(
                1000,
                List.of("docker-proxy", "-container-ip", "172.17.0.99", "-container-port", "80"))
            .diagnosis();

    assertThat(codes(diagnosis)).containsExactly("proxy-stale");
  }

  @Test
  void aRuleForADeadContainerInFrontOfTheRightOneIsStale() throws Exception {
    Finding finding =
        only(
            docker20()
                .rules(
                    Family.IPV4,
                    text ->
                        text.replaceFirst(
                            "(-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT"
                                + " --to-destination )(\\S+)\n",
                            "$1172.17.0.99:80\n$1$2\n"))
                .diagnosis());

    assertThat(finding.code()).isEqualTo(Code.RULE_STALE);
    assertThat(finding.parts().getFirst()).contains("172.17.0.99");
  }

  @Test
  void aBridgeWithoutARouteIsMissedByEverybody() throws Exception {
    Finding finding =
        only(
            withoutProxy()
                .host(host ->
                    new Host(
                        host.interfaces(),
                        host.routes().stream()
                            .filter(route -> !route.by().equals("docker0"))
                            .toList(),
                        host.forwards(),
                        host.letsLoopbackPass(),
                        host.bridgedMeetRules(),
                        host.bridges()))
                .diagnosis());

    assertThat(finding.code()).isEqualTo(Code.NO_ROUTE);
    assertThat(askers(finding)).contains("outside host");
  }

  @Test
  void aServiceThatDoesNotListenIsTold() throws Exception {
    assertThat(only(listening().diagnosis()).code()).isEqualTo(Code.NOT_LISTENING);
  }

  @Test
  void aServiceOnLoopbackOnlyIsTold() throws Exception {
    Finding finding = only(listening("127.0.0.1").diagnosis());

    assertThat(finding.code()).isEqualTo(Code.LISTENS_ON_LOOPBACK);
    assertThat(finding.parts()).containsExactly("web", "tcp 127.0.0.1:80");
  }

  @Test
  void aServiceOfTheOtherFamilyIsTold() throws Exception {
    assertThat(only(listening("::").diagnosis()).code()).isEqualTo(Code.LISTENS_OTHER_FAMILY);
  }

  @Test
  void aServiceThatListensIsNotBlamed() throws Exception {
    assertThat(listening("0.0.0.0").diagnosis().findings()).isEmpty();
  }

  @Test
  void aContainerWithoutADefaultRouteCanNotAnswerOutside() throws Exception {
    RecordedHost host = docker20();
    Finding finding = only(host.inside("web", inside(host, List.of("0.0.0.0"), false)).diagnosis());

    assertThat(finding.code()).isEqualTo(Code.NO_WAY_BACK);
    assertThat(askers(finding)).isEqualTo("outside host itself");
  }

  @Test
  void twoFaultsBehindEachOtherAreBothTold() throws Exception {
    Diagnosis diagnosis =
        listening()
            .rules(
                Family.IPV4,
                text ->
                    text.replace(
                        "-A DOCKER-USER -j RETURN\n",
                        "-A DOCKER-USER -i eth0 -j DROP\n-A DOCKER-USER -j RETURN\n"))
            .diagnosis();

    assertThat(codes(diagnosis)).containsExactly("not-listening", "rule-drops");
  }

  @Test
  void flushedRulesAndForwardingOffAreBothTold() throws Exception {
    Diagnosis diagnosis =
        withoutProxy()
            .tables(Family.IPV4, Tables.empty(Family.IPV4))
            .host(host -> host.withForwarding(Set.of()))
            .diagnosis();

    assertThat(codes(diagnosis)).containsExactly("forwarding-off", "rules-gone");
  }

  @Test
  void aRuleThatUntracksIsTold() throws Exception {
    Diagnosis diagnosis =
        docker20()
            .rules(
                Family.IPV4,
                text ->
                    "*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
                        + "-A PREROUTING -p tcp -m tcp --dport 8080 -j CT --notrack\nCOMMIT\n"
                        + text)
            .diagnosis();

    assertThat(codes(diagnosis)).containsExactly("not-tracked");
  }

  private static RecordedHost listening(String... addresses) throws Exception {
    RecordedHost host = docker20();
    return host.inside("web", inside(host, List.of(addresses), true));
  }

  private static Inside inside(RecordedHost host, List<String> listening, boolean hasDefault) {
    IpAddress address = host.published().getFirst().containerAddress();
    IpPrefix subnet = IpPrefix.parse("172.17.0.0/16");
    List<Host.Route> routes =
        Stream.of(
                Optional.of(new Host.Route(subnet, "eth0")),
                hasDefault
                    ? Optional.of(new Host.Route(IpPrefix.parse("0.0.0.0/0"), "eth0"))
                    : Optional.<Host.Route>empty())
            .flatMap(Optional::stream)
            .toList();
    return new Inside(
        Optional.empty(),
        Optional.of(
            listening.stream()
                .map(on ->
                    new Listener(Protocol.TCP, IpAddress.parse(on), false, 80, Optional.empty()))
                .toList()),
        Map.of(
            Family.IPV4,
            new Surveyed(
                Family.IPV4,
                List.of(
                    new Link(
                        "eth0",
                        false,
                        Optional.empty(),
                        List.of(new Link.Address(address, subnet)))),
                hasDefault ? Optional.of(IpAddress.parse("172.17.0.1")) : Optional.empty(),
                new Host(List.of(new Host.Interface("eth0", List.of(address))), routes))),
        Map.of(),
        Map.of());
  }
}
