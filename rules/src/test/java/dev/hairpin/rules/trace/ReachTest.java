package dev.hairpin.rules.trace;

import static java.util.stream.Collectors.toUnmodifiableSet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.iptables.Docker20Layout;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.plan.Plan;
import dev.hairpin.rules.recorded.Recording;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Who reached what on the hosts that were recorded, foretold from our rules alone.
 *
 * <p>Address plan: this host 192.0.2.1, a neighbour 192.0.2.2, both on eth0; bridges have the first
 * address of their network, and peers on them the last. Strangers are on a bridge of their own.
 */
class ReachTest {
  private static final IpAddress HOST = IpAddress.parse("192.0.2.1");
  private static final IpAddress SECOND_HOST = IpAddress.parse("192.0.2.11");
  private static final IpAddress NEIGHBOUR = IpAddress.parse("192.0.2.2");
  private static final BridgeNetwork STRANGERS =
      BridgeNetwork.of("strangers", "br-strangers", IpPrefix.parse("172.31.0.0/16"));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "one-tcp",
        "two-ports",
        "udp",
        "lo-bound",
        "lo-bound-udp",
        "hostip-bound",
        "any4-bound",
        "range-10",
        "user-net",
        "two-nets",
        "bridge-name",
        "bip",
        "no-masquerade",
        "ip-masq-false",
        "icc-false",
        "v6-net",
        "v6-net-noproxy",
        "noproxy-tcp",
        "noproxy-udp",
        "noproxy-lo",
        "noproxy-user-net",
        "forwarding-on",
        "stop",
        "rm-f"
      })
  void everyoneReachesWhatTheyReachedWithDockerd(String name) {
    Recording recording = Recording.of(name);
    DesiredState state = withStrangers(recording.state());
    PacketTracer tracer = new PacketTracer(rules(state), host(state));

    List<String> foretold = new ArrayList<>();
    List<String> recorded = new ArrayList<>();
    for (List<String> row : recording.reach()) {
      packet(row, state)
          .flatMap(packet -> answer(tracer.trace(packet), state, packet))
          .ifPresent(answer -> {
            foretold.add(String.join(" ", row.subList(0, 6)) + " " + answer);
            recorded.add(String.join(" ", row));
          });
    }

    assertThat(recorded).isNotEmpty();
    assertThat(foretold).isEqualTo(recorded);
  }

  private static DesiredState withStrangers(DesiredState state) {
    return DesiredState.of(
        Stream.concat(state.networks().stream(), Stream.of(STRANGERS)).toList(),
        state.bindings(),
        state.options());
  }

  private static Tables rules(DesiredState state) {
    Tables fresh = Tables.empty(Family.IPV4);
    Ruleset rules = new Docker20Layout().rulesFor(state, Family.IPV4);
    return Plan.between(fresh, Ruleset.empty(Family.IPV4), rules).appliedTo(fresh);
  }

  private static Host host(DesiredState state) {
    List<Host.Interface> interfaces = new ArrayList<>();
    List<Host.Route> routes = new ArrayList<>();
    interfaces.add(new Host.Interface("eth0", List.of(HOST, SECOND_HOST)));
    routes.add(new Host.Route(IpPrefix.parse("0.0.0.0/0"), "eth0"));
    for (BridgeNetwork network : state.networks()) {
      interfaces.add(new Host.Interface(network.bridge(), List.of(gateway(network))));
      routes.add(new Host.Route(subnet(network), network.bridge()));
    }
    Set<String> letsLoopbackPass =
        switch (state.options().proxyMode()) {
          case USERLAND -> Set.of();
          case HAIRPIN ->
              state.networks().stream().map(BridgeNetwork::bridge).collect(toUnmodifiableSet());
        };
    return new Host(interfaces, routes, letsLoopbackPass, true);
  }

  private static IpPrefix subnet(BridgeNetwork network) {
    return network.subnet(Family.IPV4).orElseThrow();
  }

  private static IpAddress gateway(BridgeNetwork network) {
    return IpAddress.parse(subnet(network).first().toString().replaceAll("\\d+$", "1"));
  }

  private static IpAddress peer(BridgeNetwork network) {
    String first = subnet(network).first().toString();
    return IpAddress.parse(
        subnet(network).length() == 16
            ? first.replaceAll("\\d+\\.\\d+$", "255.254")
            : first.replaceAll("\\d+$", "254"));
  }

  /** The packet that was sent; empty for rows of IPv6, which these tables don't see. */
  private static Optional<Packet> packet(List<String> row, DesiredState state) {
    String address = row.get(5);
    if (address.startsWith("[")) {
      return Optional.empty();
    }
    int colon = address.indexOf(':');
    Protocol protocol = Protocol.of(row.get(0)).orElseThrow();
    IpAddress to = IpAddress.parse(address.substring(0, colon));
    int port = Integer.parseInt(address.substring(colon + 1));
    String from = row.get(3);
    if (from.equals("outside")) {
      return Optional.of(Packet.arriving("eth0", protocol, NEIGHBOUR, to, port));
    }
    if (from.equals("host")) {
      return Optional.of(Packet.sent(protocol, sourceOf(to, state), to, port));
    }
    if (from.equals("stranger")) {
      return Optional.of(Packet.arriving(STRANGERS.bridge(), protocol, peer(STRANGERS), to, port));
    }
    if (from.equals("self")) {
      return backend(row, state)
          .map(self -> Packet.arriving(bridge(self, state), protocol, self, to, port));
    }
    String network = from.substring("peer:".length());
    return state.networks().stream()
        .filter(each -> each.name().equals(network))
        .findFirst()
        .map(each ->
            each.contains(to) && !gateway(each).equals(to)
                ? Packet.bridged(each.bridge(), protocol, peer(each), to, port)
                : Packet.arriving(each.bridge(), protocol, peer(each), to, port));
  }

  /**
   * Addresses of this host are reached from themselves, but for the second on an interface; others
   * from the interface's address.
   */
  private static IpAddress sourceOf(IpAddress destination, DesiredState state) {
    IpAddress own = destination.equals(SECOND_HOST) ? HOST : destination;
    return state.networkOf(destination).map(ReachTest::gateway).orElse(own);
  }

  private static Optional<IpAddress> backend(List<String> row, DesiredState state) {
    int hostPort = Integer.parseInt(row.get(1));
    return state.bindings().stream()
        .filter(binding -> binding.hostPort().port() == hostPort)
        .map(PortBinding::containerAddress)
        .filter(address -> address.family() == Family.IPV4)
        .findFirst();
  }

  private static String bridge(IpAddress container, DesiredState state) {
    return state.networkOf(container).orElseThrow().bridge();
  }

  /** What the sender gets; empty where rules don't decide it. */
  private static Optional<String> answer(Trace trace, DesiredState state, Packet packet) {
    return switch (trace.verdict()) {
      case Trace.Verdict.Forwarded(IpAddress address, int port, String by) ->
          Optional.of("open " + address.withPort(port) + " sees " + trace.source());
      case Trace.Verdict.Dropped dropped -> Optional.of("timeout");
      case Trace.Verdict.Rejected rejected -> Optional.of("refused");
      case Trace.Verdict.Unroutable unroutable -> Optional.of("timeout");
      case Trace.Verdict.Delivered(IpAddress address, int port) ->
          answerOfThisHost(state, packet, address, port);
      case Trace.Verdict.Unknown(Place at, var rule) ->
          throw new AssertionError("not understood in " + at + ": " + rule);
    };
  }

  private static Optional<String> answerOfThisHost(
      DesiredState state, Packet packet, IpAddress address, int port) {
    if (state.options().proxyMode() == ProxyMode.HAIRPIN) {
      return Optional.empty();
    }
    Optional<PortBinding> held =
        state.bindings().stream()
            .filter(binding -> packet.protocol().equals(Optional.of(binding.protocol())))
            .filter(binding -> binding.hostPort().port() == port)
            .filter(binding ->
                binding.hostPort().address().equals(IpAddress.ANY_IPV4)
                    || binding.hostPort().address().equals(address))
            .findFirst();
    if (held.isPresent()
        && packet.protocol().equals(Optional.of(Protocol.UDP))
        && !isRepliedToFrom(address, packet, state)) {
      return Optional.of("timeout");
    }
    return held.map(binding ->
            "open "
                + binding.containerAddress().withPort(binding.containerPort())
                + " sees "
                + gateway(state.networkOf(binding.containerAddress()).orElseThrow()))
        .or(() -> Optional.of("refused"));
  }

  /** The proxy of 20.10 answers UDP from the interface's address, whichever was asked. */
  private static boolean isRepliedToFrom(IpAddress asked, Packet packet, DesiredState state) {
    return state
        .networkOf(packet.source())
        .filter(network -> !(packet.origin() instanceof Packet.Origin.ThisHost))
        .map(ReachTest::gateway)
        .map(asked::equals)
        .orElse(true);
  }
}
