package dev.hairpin.agent.doctor;

import dev.hairpin.agent.docker.DaemonSettings;
import dev.hairpin.agent.docker.DockerFiles;
import dev.hairpin.agent.docker.DockerInspection;
import dev.hairpin.agent.docker.DockerSnapshot;
import dev.hairpin.agent.docker.EngineVersion;
import dev.hairpin.agent.plan.Engine;
import dev.hairpin.agent.plan.HostBefore;
import dev.hairpin.agent.plan.Planned;
import dev.hairpin.agent.walk.Link;
import dev.hairpin.agent.walk.Surveyed;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.GatewayMode;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.layouts.LayoutName;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.trace.Host;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A host on which a real engine was recorded: 192.0.2.1 and 2001:db8:1::1 on eth0, each bridge with
 * the first address of its network, and all that should listen.
 */
final class RecordedHost {
  private final Path scenario;
  private final EngineVersion version;
  private final DaemonSettings settings;
  private final DockerInspection inspection;
  private final DockerSnapshot docker;
  private final Map<Family, Tables> tables = new EnumMap<>(Family.class);
  private final Map<Family, Surveyed> networks = new EnumMap<>(Family.class);
  private final Map<String, Inside> insides = new HashMap<>();
  private final Map<Long, List<String>> proxies = new HashMap<>();
  private List<Listener> listeners = new ArrayList<>();
  private final boolean foundForwarding;
  private boolean settingsKnown = true;
  private List<Evidence.Refused> refused = List.of();
  private Optional<List<String>> connections = Optional.empty();
  private Map<String, String> sysctls = Map.of();
  private List<Evidence.Trouble> troubles = List.of();

  private RecordedHost(Path scenario, String engine) throws Exception {
    this.scenario = scenario;
    // With nftables an engine doesn't switch it on, so that was done before it started.
    this.foundForwarding = engine.endsWith("-nft");
    this.version = EngineVersion.parse(engine.replace("-nft", ""));
    this.settings = DockerFiles.settings(scenario.resolve("daemon.json"));
    this.inspection =
        DockerFiles.inspection(
            scenario.resolve("networks.json"), scenario.resolve("containers.json"), missing -> {});
    this.docker = inspection.snapshot(version, settings);
  }

  static RecordedHost of(String engine, String scenario) throws Exception {
    return of(recorded().resolve(engine).resolve(scenario), engine);
  }

  static RecordedHost of(Path scenario, String engine) throws Exception {
    RecordedHost host = new RecordedHost(scenario, engine);
    for (Family family : Family.values()) {
      host.tables.put(
          family, engine.endsWith("-nft") ? host.planned(family) : host.recorded(family));
      host.networks.put(family, host.network(family));
    }
    if (host.settings.proxyMode() == ProxyMode.USERLAND) {
      host.docker.published().forEach(host::proxy);
    }
    return host;
  }

  static Path recorded() throws Exception {
    return Path.of(RecordedHost.class.getResource("/recorded").toURI());
  }

  private Tables recorded(Family family) throws Exception {
    Path file = scenario.resolve(family == Family.IPV4 ? "iptables.txt" : "ip6tables.txt");
    return Files.exists(file)
        ? IptablesText.parse(family, Files.readString(file))
        : Tables.empty(family);
  }

  private Tables planned(Family family) throws Exception {
    return Planned.of(
            Engine.of(LayoutName.DOCKER29_NFT, version, settings, Set.of()),
            HostBefore.FRESH,
            inspection)
        .tables(family);
  }

  private Surveyed network(Family family) {
    List<Link> links = new ArrayList<>();
    List<Host.Route> routes = new ArrayList<>();
    String own = family == Family.IPV4 ? "192.0.2.1" : "2001:db8:1::1";
    String router = family == Family.IPV4 ? "192.0.2.2" : "2001:db8:1::2";
    IpPrefix cable = new IpPrefix(IpAddress.parse(own), family == Family.IPV4 ? 24 : 64);
    links.add(
        new Link(
            "eth0",
            false,
            Optional.empty(),
            Stream.of(own, family == Family.IPV4 ? "192.0.2.11" : own)
                .distinct()
                .map(IpAddress::parse)
                .map(address -> new Link.Address(address, cable))
                .toList()));
    routes.add(new Host.Route(cable, "eth0"));
    routes.add(new Host.Route(new IpPrefix(IpAddress.any(family), 0), "eth0"));
    for (BridgeNetwork network : docker.networks()) {
      network
          .subnet(family)
          .filter(subnet -> network.gatewayMode(family) != GatewayMode.ISOLATED)
          .ifPresent(subnet -> {
            links.add(
                new Link(
                    network.bridge(),
                    true,
                    Optional.empty(),
                    List.of(new Link.Address(Ways.next(subnet.first()), subnet))));
            routes.add(new Host.Route(subnet, network.bridge()));
          });
    }
    Set<String> bridges =
        docker.networks().stream().map(BridgeNetwork::bridge).collect(Collectors.toSet());
    Host host =
        new Host(
                links.stream()
                    .map(link ->
                        new Host.Interface(
                            link.name(),
                            link.addresses().stream().map(Link.Address::address).toList()))
                    .toList(),
                routes)
            .withBridges(bridges);
    Host forwarding =
        settings.ipForward() || foundForwarding ? host : host.withForwarding(Set.of());
    return new Surveyed(
        family,
        links,
        Optional.of(IpAddress.parse(router)),
        settings.proxyMode() == ProxyMode.HAIRPIN
            ? forwarding.withLoopbackPassing(bridges)
            : forwarding);
  }

  private void proxy(PortBinding binding) {
    long pid = 1000L + listeners.size();
    listeners.add(
        new Listener(
            binding.protocol(),
            binding.hostPort().address(),
            false,
            binding.hostPort().port(),
            Optional.of(new Listener.Program(Proxies.NAME, pid))));
    proxies.put(
        pid,
        List.of(
            "/usr/bin/docker-proxy",
            "-container-ip",
            binding.containerAddress().toString(),
            "-container-port",
            Integer.toString(binding.containerPort())));
  }

  // ---- what tests change

  RecordedHost withoutSettings() {
    settingsKnown = false;
    return this;
  }

  /** The rules of a family, changed as text. */
  RecordedHost rules(Family family, UnaryOperator<String> change) {
    Tables before = tables.get(family);
    Tables after = IptablesText.parse(family, change.apply(IptablesText.print(before)));
    tables.put(family, new Tables(family, after.chains(), before.nftTables()));
    return this;
  }

  RecordedHost tables(Family family, Tables others) {
    tables.put(family, others);
    return this;
  }

  Tables tables(Family family) {
    return tables.get(family);
  }

  RecordedHost host(UnaryOperator<Host> change) {
    networks.replaceAll((family, network) -> network.with(change.apply(network.host())));
    return this;
  }

  RecordedHost listeners(UnaryOperator<List<Listener>> change) {
    listeners = new ArrayList<>(change.apply(listeners));
    return this;
  }

  RecordedHost proxy(long pid, List<String> commandLine) {
    proxies.put(pid, commandLine);
    return this;
  }

  RecordedHost inside(String container, Inside inside) {
    insides.put(container, inside);
    return this;
  }

  RecordedHost refused(Evidence.Refused port) {
    refused = List.of(port);
    return this;
  }

  RecordedHost connections(String... lines) {
    connections = Optional.of(List.of(lines));
    return this;
  }

  RecordedHost sysctls(Map<String, String> settings) {
    sysctls = settings;
    return this;
  }

  RecordedHost trouble(Evidence.Trouble trouble) {
    troubles = List.of(trouble);
    return this;
  }

  List<PortBinding> published() {
    return docker.published();
  }

  Evidence evidence() {
    return new Evidence(
        tables,
        networks,
        Map.of(),
        Map.of(),
        sysctls,
        Optional.of(listeners),
        proxies,
        Optional.of(
            new Evidence.OfDocker(
                inspection,
                Optional.of(version),
                settingsKnown ? Optional.of(settings) : Optional.empty())),
        Optional.empty(),
        OptionalLong.empty(),
        refused,
        insides,
        connections,
        troubles);
  }

  /** Of which nothing is known but its rules, as somebody sends them who asks for help. */
  Diagnosis diagnosisOfRules() {
    Evidence nothing =
        new Evidence(
            tables,
            Map.of(),
            Map.of(),
            Map.of(),
            Map.of(),
            Optional.empty(),
            Map.of(),
            Optional.empty(),
            Optional.empty(),
            OptionalLong.empty(),
            List.of(),
            Map.of(),
            Optional.empty(),
            List.of());
    return Examination.of(nothing, List.of());
  }

  Diagnosis diagnosis() {
    return Examination.of(evidence(), List.of());
  }
}
