package dev.hairpin.agent.plan;

import dev.hairpin.agent.docker.DaemonSettings;
import dev.hairpin.agent.docker.DockerFiles;
import dev.hairpin.agent.docker.DockerInspection;
import dev.hairpin.agent.docker.DockerSnapshot;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.GatewayMode;
import dev.hairpin.rules.binding.Member;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.plan.Plan;
import dev.hairpin.rules.trace.Host;
import dev.hairpin.rules.trace.Packet;
import dev.hairpin.rules.trace.PacketTracer;
import dev.hairpin.rules.trace.Trace;
import dev.hairpin.rules.trace.Trace.Verdict;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The host of a recording, with our rules for what its engine had to do.
 *
 * <p>Address plan: the host 192.0.2.1 and 2001:db8:1::1, a neighbour .2, both on eth0. Bridges have
 * the first address of their network; peers on them the last but one in IPv4, and ::fe:2. The
 * stranger is on a bridge of its own, which has IPv6 where the container that is tried has it.
 */
final class RecordedWorld {
  private static final List<IpAddress> HOST = addresses("192.0.2.1", "192.0.2.11", "2001:db8:1::1");
  private static final List<IpAddress> NEIGHBOUR = addresses("192.0.2.2", "2001:db8:1::2");
  private static final String STRANGERS = "orcother";

  private final RecordedEngine engine;
  private final DesiredState state;
  private final Set<Family> forwarding;
  private final Map<Family, PacketTracer> tracers = new EnumMap<>(Family.class);

  private RecordedWorld(RecordedEngine engine, DesiredState state, Set<Family> forwarding) {
    this.engine = engine;
    this.state = state;
    this.forwarding = forwarding;
    for (Family family : Family.values()) {
      Tables fresh = Tables.empty(family);
      Ruleset rules = engine.layout().layout().rulesFor(state, family);
      tracers.put(
          family,
          new PacketTracer(
              Plan.between(fresh, Ruleset.empty(family), rules).appliedTo(fresh), host()));
    }
  }

  static RecordedWorld of(RecordedEngine recorded, Path scenario, List<ReachRow> rows)
      throws Exception {
    DaemonSettings settings = DockerFiles.settings(scenario.resolve("daemon.json"));
    DockerInspection inspection =
        DockerFiles.inspection(
            scenario.resolve("networks.json"), scenario.resolve("containers.json"), missing -> {});
    DockerSnapshot docker = inspection.snapshot(recorded.version(), settings);
    HostBefore before =
        scenario.endsWith("forwarding-on") || recorded.foundForwardingOn()
            ? new HostBefore(Set.of(Family.values()))
            : HostBefore.FRESH;
    Engine engine = new Engine(recorded.layout(), recorded.version(), settings, switches(scenario));
    return new RecordedWorld(
        recorded,
        new DesiredState(
            Stream.concat(docker.networks().stream(), Stream.of(strangers(rows))).toList(),
            docker.members(),
            docker.published(),
            docker.routed(),
            docker.links(),
            new EngineOptions(engine, before, docker).options()),
        settings.ipForward() ? Set.of(Family.values()) : before.forwarding());
  }

  private static Set<EngineSwitch> switches(Path scenario) {
    return scenario.endsWith("no-raw")
        ? Set.of(EngineSwitch.DOCKER_INSECURE_NO_IPTABLES_RAW)
        : Set.of();
  }

  private static BridgeNetwork strangers(List<ReachRow> rows) {
    IpPrefix ipv4 = IpPrefix.parse("10.234.0.0/24");
    return rows.stream().anyMatch(row -> row.target().startsWith("ctr6:"))
        ? BridgeNetwork.of(STRANGERS, STRANGERS, ipv4, IpPrefix.parse("fd00:234::/64"))
        : BridgeNetwork.of(STRANGERS, STRANGERS, ipv4);
  }

  /** What was answered, in the words of the recordings; empty where rules don't decide it. */
  Optional<String> answer(ReachRow row) {
    Packet packet = packet(row);
    PacketTracer tracer = tracers.get(row.family());
    Trace trace = tracer.trace(packet);
    return switch (trace.verdict()) {
      case Verdict.Forwarded(IpAddress address, int port, String by)
          when by.equals("eth0") && !NEIGHBOUR.contains(address) ->
          Optional.of("timeout"); // a subnet that the host has no address of, and so no route to
      case Verdict.Forwarded(IpAddress address, int port, String by) ->
          Optional.of(
              isAnswered(tracer, packet)
                  ? "open " + address.withPort(port) + " sees " + trace.source()
                  : "timeout");
      case Verdict.Delivered delivered -> answerOfThisHost(row, packet);
      case Verdict.Dropped dropped -> Optional.of("timeout");
      case Verdict.Rejected rejected -> Optional.of("refused");
      case Verdict.Unroutable unroutable -> Optional.of("timeout");
      case Verdict.Unknown(var at, var rule) ->
          throw new AssertionError("not understood in " + at + ": " + rule);
    };
  }

  private static boolean isAnswered(PacketTracer tracer, Packet packet) {
    return tracer
        .traceAnswer(packet)
        .filter(answer -> answer.source().equals(packet.destination()))
        .map(Trace::verdict)
        .filter(
            verdict -> verdict instanceof Verdict.Forwarded || verdict instanceof Verdict.Delivered)
        .isPresent();
  }

  private Optional<String> answerOfThisHost(ReachRow row, Packet packet) {
    Optional<PortBinding> held =
        state.bindings().stream().filter(binding -> holds(binding, row)).findFirst();
    if (state.options().proxyMode() == ProxyMode.HAIRPIN && held.isPresent()) {
      return Optional.empty(); // what an engine's own socket does there is its business
    }
    if (held.isPresent() && row.protocol() == Protocol.UDP && isLost(packet)) {
      return Optional.of("timeout");
    }
    return held.map(binding ->
            "open "
                + binding.containerAddress().withPort(binding.containerPort())
                + " sees "
                + gateway(networkOf(binding.containerAddress()), binding.containerAddress()))
        .or(() -> Optional.of("refused"));
  }

  private static boolean holds(PortBinding binding, ReachRow row) {
    IpAddress held = binding.hostPort().address();
    return binding.protocol() == row.protocol()
        && binding.hostPort().port() == row.port()
        && (held.equals(row.address()) || held.equals(IpAddress.any(row.family())));
  }

  /** The answer comes from an address that was not asked. */
  private boolean isLost(Packet packet) {
    return !engine.answersUdpFromWhereItWasAsked()
        && !(packet.origin() instanceof Packet.Origin.ThisHost)
        && state
            .networkOf(packet.source())
            .map(network -> !gateway(network, packet.source()).equals(packet.destination()))
            .orElse(false);
  }

  private Packet packet(ReachRow row) {
    if (row.from().equals("outside")) {
      return arriving("eth0", row, ofFamily(NEIGHBOUR, row.family()));
    }
    if (row.from().equals("host")) {
      return Packet.sent(row.protocol(), sourceHere(row.address()), row.address(), row.port());
    }
    if (row.from().equals("self")) {
      IpAddress self = ownAddress(row);
      return fromBridge(networkOf(self), row, self);
    }
    String name =
        row.from().equals("stranger") ? STRANGERS : row.from().substring("peer:".length());
    BridgeNetwork network =
        state.networks().stream()
            .filter(each -> each.name().equals(name))
            .findFirst()
            .orElseThrow(() -> new AssertionError("no network for " + row));
    return fromBridge(network, row, peer(network, row.family()));
  }

  private Packet fromBridge(BridgeNetwork network, ReachRow row, IpAddress source) {
    boolean toNeighbour =
        network.contains(row.address()) && !gateway(network, row.address()).equals(row.address());
    return toNeighbour
        ? Packet.bridged(network.bridge(), row.protocol(), source, row.address(), row.port())
        : arriving(network.bridge(), row, source);
  }

  private static Packet arriving(String on, ReachRow row, IpAddress source) {
    return Packet.arriving(on, row.protocol(), source, row.address(), row.port());
  }

  /** Of the network that it asks on; else of the one that its ports are published from. */
  private IpAddress ownAddress(ReachRow row) {
    List<IpAddress> own =
        state.members().stream()
            .filter(member -> member.publisher().name().equals(row.container()))
            .map(Member::addresses)
            .flatMap(List::stream)
            .filter(address -> address.family() == row.family())
            .toList();
    Optional<IpAddress> onLink =
        own.stream().filter(address -> networkOf(address).contains(row.address())).findFirst();
    Optional<IpAddress> published =
        state.bindings().stream()
            .map(PortBinding::containerAddress)
            .filter(own::contains)
            .findFirst();
    return onLink.or(() -> published).orElseGet(own::getFirst);
  }

  /** Addresses of this host are reached from themselves, but for the second on an interface. */
  private IpAddress sourceHere(IpAddress destination) {
    boolean isFirst =
        destination.isLoopback()
            || ofFamily(HOST, destination.family()).equals(destination)
            || state.networkOf(destination).isPresent();
    return isFirst
        ? state
            .networkOf(destination)
            .map(network -> gateway(network, destination))
            .orElse(destination)
        : ofFamily(HOST, destination.family());
  }

  private Host host() {
    List<Host.Interface> interfaces = new ArrayList<>();
    List<Host.Route> routes = new ArrayList<>();
    interfaces.add(new Host.Interface("eth0", HOST));
    routes.add(new Host.Route(IpPrefix.parse("0.0.0.0/0"), "eth0"));
    routes.add(new Host.Route(IpPrefix.parse("::/0"), "eth0"));
    for (BridgeNetwork network : state.networks()) {
      List<IpPrefix> subnets =
          network.subnets().stream()
              .filter(subnet -> network.gatewayMode(subnet.family()) != GatewayMode.ISOLATED)
              .toList();
      subnets.forEach(subnet -> routes.add(new Host.Route(subnet, network.bridge())));
      interfaces.add(
          new Host.Interface(
              network.bridge(), subnets.stream().map(RecordedWorld::gateway).toList()));
    }
    Set<String> letsLoopbackPass =
        switch (state.options().proxyMode()) {
          case USERLAND -> Set.of();
          case HAIRPIN ->
              Set.of(state.networks().stream().map(BridgeNetwork::bridge).toArray(String[]::new));
        };
    return new Host(interfaces, routes)
        .withLoopbackPassing(letsLoopbackPass)
        .withForwarding(forwarding);
  }

  private BridgeNetwork networkOf(IpAddress address) {
    return state.networkOf(address).orElseThrow(() -> new AssertionError("whose is " + address));
  }

  private static IpAddress gateway(BridgeNetwork network, IpAddress ofFamily) {
    return gateway(network.subnet(ofFamily.family()).orElseThrow());
  }

  private static IpAddress gateway(IpPrefix subnet) {
    return switch (subnet.family()) {
      case IPV4 -> IpAddress.parse(subnet.first().toString().replaceAll("\\d+$", "1"));
      case IPV6 -> IpAddress.parse(subnet.first() + "1");
    };
  }

  private static IpAddress peer(BridgeNetwork network, Family family) {
    IpPrefix subnet = network.subnet(family).orElseThrow();
    String first = subnet.first().toString();
    return switch (family) {
      case IPV4 ->
          IpAddress.parse(
              subnet.length() == 16
                  ? first.replaceAll("\\d+\\.\\d+$", "255.254")
                  : first.replaceAll("\\d+$", "254"));
      case IPV6 -> IpAddress.parse(first + "fe:2");
    };
  }

  private static IpAddress ofFamily(List<IpAddress> addresses, Family family) {
    return addresses.stream()
        .filter(address -> address.family() == family)
        .findFirst()
        .orElseThrow();
  }

  private static List<IpAddress> addresses(String... texts) {
    return Stream.of(texts).map(IpAddress::parse).toList();
  }
}
