package dev.hairpin.rules.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.Layout;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.FirewallOptions;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.layouts.BesideHairpinLayout;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.plan.Plan;
import dev.hairpin.rules.recorded.Recording;
import dev.hairpin.rules.trace.Host;
import dev.hairpin.rules.trace.Packet;
import dev.hairpin.rules.trace.PacketTracer;
import dev.hairpin.rules.trace.Place;
import dev.hairpin.rules.trace.Trace.Verdict;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Our rules on a host where dockerd 20.10.24 has written its own, and published container web
 * (172.17.0.2) on 8080. We publish ns1 (192.0.2.130, on docker1) on 3000, and web's port 81 on
 * 8081.
 */
@ParameterizedClass
@MethodSource("bothKinds")
class BesideDockerdTest {
  private static final String DOCKERDS = Recording.of("one-tcp").rules(Family.IPV4);
  private static final IpAddress HOST = IpAddress.parse("192.0.2.1");
  private static final IpAddress CLIENT = IpAddress.parse("192.0.2.2");
  private static final IpAddress WEB = IpAddress.parse("172.17.0.2");
  private static final IpAddress NS1 = IpAddress.parse("192.0.2.130");
  private static final BridgeNetwork DOCKER0 =
      BridgeNetwork.of("bridge", "docker0", IpPrefix.parse("172.17.0.0/16"));
  private static final BridgeNetwork DOCKER1 =
      BridgeNetwork.of("docker1", "docker1", IpPrefix.parse("192.0.2.128/25"));
  private static final Host WORLD =
      new Host(
          List.of(
              new Host.Interface("eth0", List.of(HOST)),
              new Host.Interface("docker0", List.of(IpAddress.parse("172.17.0.1"))),
              new Host.Interface("docker1", List.of(IpAddress.parse("192.0.2.129")))),
          List.of(
              new Host.Route(IpPrefix.parse("0.0.0.0/0"), "eth0"),
              new Host.Route(IpPrefix.parse("172.17.0.0/16"), "docker0"),
              new Host.Route(IpPrefix.parse("192.0.2.128/25"), "docker1")));

  private static final IpAddress LOOPBACK = IpAddress.parse("127.0.0.1");

  private final Tables before = IptablesText.parse(Family.IPV4, DOCKERDS);
  private final Layout layout;
  private final Ruleset ours;
  private final Tables after;

  BesideDockerdTest(Layout layout) {
    this.layout = layout;
    this.ours =
        layout.rulesFor(
            DesiredState.of(
                List.of(DOCKER0, DOCKER1),
                List.of(
                    binding(3000, NS1, 3000),
                    binding(8081, WEB, 81),
                    binding(LOOPBACK, 5432, NS1, 5432)),
                FirewallOptions.of(ProxyMode.USERLAND, Set.of(Family.IPV4), Set.of())),
            Family.IPV4);
    this.after = Plan.between(before, Ruleset.empty(Family.IPV4), ours).appliedTo(before);
  }

  static Stream<Layout> bothKinds() {
    return Stream.of(new BesideLayout(), new BesideHairpinLayout());
  }

  @Test
  void neighboursReachWhatWePublish() {
    assertThat(fromOutside(HOST, 3000)).isEqualTo(new Verdict.Forwarded(NS1, 3000, "docker1"));
    assertThat(fromOutside(HOST, 8081)).isEqualTo(new Verdict.Forwarded(WEB, 81, "docker0"));
  }

  @Test
  void whatDockerdPublishesStaysReachable() {
    assertThat(fromOutside(HOST, 8080)).isEqualTo(new Verdict.Forwarded(WEB, 80, "docker0"));
  }

  @Test
  void nothingElseBecomesReachable() {
    assertThat(fromOutside(WEB, 81)).isInstanceOf(Verdict.Dropped.class);
    assertThat(fromOutside(NS1, 3000)).isInstanceOf(Verdict.Dropped.class);
    assertThat(from("docker1", NS1, WEB, 81)).isInstanceOf(Verdict.Dropped.class);
    assertThat(from("docker1", NS1, WEB, 22)).isInstanceOf(Verdict.Dropped.class);
  }

  @Test
  void aNeighbourThatAddressesLoopbackDoesNotReachWhatIsPublishedThere() {
    assertThat(fromOutside(LOOPBACK, 5432))
        .isInstanceOfAny(Verdict.Unroutable.class, Verdict.Dropped.class);
  }

  @Test
  void containersAreAnsweredByTheProxy() {
    assertThat(from("docker0", WEB, HOST, 3000)).isEqualTo(new Verdict.Delivered(HOST, 3000));
    assertThat(from("docker1", NS1, HOST, 8081)).isEqualTo(new Verdict.Delivered(HOST, 8081));
  }

  @Test
  void namespacesCallOutUnderTheHostsAddress() {
    Packet packet = Packet.arriving("docker1", Protocol.TCP, NS1, CLIENT, 443);

    assertThat(new PacketTracer(after, WORLD).trace(packet))
        .satisfies(trace -> {
          assertThat(trace.verdict()).isEqualTo(new Verdict.Forwarded(CLIENT, 443, "eth0"));
          assertThat(trace.source()).isEqualTo(HOST);
        });
  }

  @Test
  void theUsersChainHasOneJumpOfOursInFrontOfItsEnd() {
    assertThat(after.rules(Table.FILTER, "DOCKER-USER"))
        .extracting(Rule::action)
        .containsExactly(Action.jump("HAIRPIN"), Action.returnToCaller());
  }

  @Test
  void dockerdsRulesAreUntouchedWhileWeAreThereAndWhenWeAreGone() {
    Tables gone = Plan.between(after, ours, Ruleset.empty(Family.IPV4)).appliedTo(after);

    assertThat(IptablesText.print(gone)).isEqualTo(DOCKERDS);
    assertThat(gone.nftTables()).isEmpty();
    assertThat(IptablesText.print(after).lines().filter(line -> !line.contains("HAIRPIN")).toList())
        .isEqualTo(DOCKERDS.lines().toList());
  }

  /** dockerd left IPv6 forwarding off, and no rule; a namespace on docker1 has it switched on. */
  @Test
  void aHostThatForwardsOnlyForUsForwardsForNobodyElse() {
    Tables untouched = Tables.empty(Family.IPV6);
    IpAddress client = IpAddress.parse("2001:db8::2");
    IpAddress member = IpAddress.parse("2001:db8:1::2");
    Host world =
        new Host(List.of(), List.of(new Host.Route(IpPrefix.parse("2001:db8:1::/64"), "docker1")));
    DesiredState state =
        DesiredState.of(
            List.of(BridgeNetwork.of("docker1", "docker1", IpPrefix.parse("2001:db8:1::/64"))),
            List.of(),
            FirewallOptions.of(ProxyMode.USERLAND, Set.of(Family.IPV6), Set.of(Family.IPV6)));
    Ruleset rules = layout.rulesFor(state, Family.IPV6);

    Tables forwarding =
        Plan.between(untouched, Ruleset.empty(Family.IPV6), rules).appliedTo(untouched);
    Packet packet = Packet.arriving("eth0", Protocol.TCP, client, member, 22);

    assertThat(new PacketTracer(forwarding, world).trace(packet).verdict())
        .isEqualTo(
            new Verdict.Dropped(new Place.Iptables(Table.FILTER, "FORWARD"), Optional.empty()));
  }

  @Test
  void withoutAProxyIpv6LoopbackIsLeftToWhoRefusesIt() {
    IpAddress loopback = IpAddress.parse("::1");
    IpAddress member = IpAddress.parse("2001:db8:1::2");
    Host world =
        new Host(List.of(), List.of(new Host.Route(IpPrefix.parse("2001:db8:1::/64"), "docker1")));
    DesiredState state =
        DesiredState.of(
            List.of(BridgeNetwork.of("docker1", "docker1", IpPrefix.parse("2001:db8:1::/64"))),
            List.of(binding(IpAddress.ANY_IPV6, 3000, member, 3000)),
            FirewallOptions.of(ProxyMode.HAIRPIN, Set.of(Family.IPV6), Set.of()));
    Ruleset rules = layout.rulesFor(state, Family.IPV6);
    Tables untouched = Tables.empty(Family.IPV6);
    Tables published =
        Plan.between(untouched, Ruleset.empty(Family.IPV6), rules).appliedTo(untouched);
    Packet packet = Packet.sent(Protocol.TCP, loopback, loopback, 3000);

    assertThat(new PacketTracer(published, world).trace(packet).verdict())
        .isEqualTo(new Verdict.Delivered(loopback, 3000));
  }

  @Test
  void everyRuleSaysWhyItIsThere() {
    assertThat(ours.rules()).allSatisfy(rule -> assertThat(rule.reason().text()).isNotBlank());
  }

  private Verdict fromOutside(IpAddress to, int port) {
    return from("eth0", CLIENT, to, port);
  }

  private Verdict from(String on, IpAddress source, IpAddress to, int port) {
    return new PacketTracer(after, WORLD)
        .trace(Packet.arriving(on, Protocol.TCP, source, to, port))
        .verdict();
  }

  private static PortBinding binding(int hostPort, IpAddress container, int port) {
    return binding(IpAddress.ANY_IPV4, hostPort, container, port);
  }

  private static PortBinding binding(IpAddress host, int hostPort, IpAddress container, int port) {
    return new PortBinding(
        new HostPort(Protocol.TCP, host, hostPort),
        container,
        port,
        new Publisher.Namespace("ns1"),
        hostPort + ":" + port);
  }
}
