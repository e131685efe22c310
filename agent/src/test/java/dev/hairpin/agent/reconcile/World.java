package dev.hairpin.agent.reconcile;

import dev.hairpin.agent.docker.DockerContainer;
import dev.hairpin.agent.docker.DockerSnapshot;
import dev.hairpin.agent.netns.NetnsSnapshot;
import dev.hairpin.agent.posix.ProcessIdentity;
import dev.hairpin.agent.proxies.BackendNamespaces;
import dev.hairpin.agent.proxies.DialFrom;
import dev.hairpin.agent.proxies.FakePorts;
import dev.hairpin.agent.proxies.PortHolder;
import dev.hairpin.agent.proxies.ProxyPool;
import dev.hairpin.agent.publication.Publication;
import dev.hairpin.agent.standin.Claim;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.apply.FakeFirewall;
import dev.hairpin.rules.apply.Firewall;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.apply.Flows;
import dev.hairpin.rules.apply.Sysctls;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.Endpoint;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.Member;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.layouts.LayoutName;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.plan.Plan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A host in memory, and what is asked of it.
 *
 * <p>Address plan: containers and namespaces 192.0.2.0/24 on bridge docker0, c1 is .2 and c2 .3;
 * ns1 is 198.51.100.2 on bridge docker1.
 */
final class World implements Sources {
  static final BridgeNetwork DOCKER0 =
      BridgeNetwork.of("bridge", "docker0", IpPrefix.parse("192.0.2.0/24"));
  static final BridgeNetwork DOCKER1 =
      BridgeNetwork.of("docker1", "docker1", IpPrefix.parse("198.51.100.0/24"));
  static final Publisher.Container C1 = new Publisher.Container("1111", "c1");
  static final Publisher C2 = new Publisher.Container("2222", "c2");
  static final Publisher NS1 = new Publisher.Namespace("ns1");
  static final String C1_ADDRESS = "192.0.2.2";
  static final String C2_ADDRESS = "192.0.2.3";
  static final String NS1_ADDRESS = "198.51.100.2";

  /** What happened to sockets, rules and connections, in order. */
  final List<String> events = new ArrayList<>();

  final FakePorts ports = new FakePorts(events);
  final FakePorts dockerdsPorts = new FakePorts();
  final FakeFirewall kernel = new FakeFirewall();
  final List<Flows> forgotten = new ArrayList<>();
  final List<String> hairpinBridges = new ArrayList<>();
  final RuleWriters writers = new RuleWriters();
  final FakeFirewalld firewalld = new FakeFirewalld();
  private final dev.hairpin.rules.trace.Host addresses =
      new dev.hairpin.rules.trace.Host(
          List.of(
              new dev.hairpin.rules.trace.Host.Interface(
                  "eth0", List.of(IpAddress.parse("203.0.113.1")))),
          List.of());
  private final Path directory;

  Optional<DockerSnapshot> docker = Optional.of(DockerSnapshot.EMPTY);
  NetnsSnapshot namespaces = new NetnsSnapshot(List.of(), List.of(), List.of());
  List<Publication> publications = List.of();
  List<Claim> claims = List.of();
  boolean refusesRules;
  boolean knowsLabels = true;
  boolean hasModules = true;

  /** Whether all interfaces' forwarding follows when it is written for all of them. */
  boolean forwardsAsTheKernel;

  private final Set<String> refusedSettings = new HashSet<>();

  World(Path directory) throws IOException {
    this.directory = directory;
    sysctl(Sysctls.IPV4_FORWARDING, "0");
    sysctl(Sysctls.IPV6_FORWARDING, "0");
    sysctl("net/ipv6/conf/default/forwarding", "0");
    sysctl(Sysctls.routeLocalnet("docker0"), "0");
    sysctl(Sysctls.routeLocalnet("docker1"), "0");
  }

  void sysctl(String name, String value) throws IOException {
    Path file = directory.resolve("sys").resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, value);
  }

  void removeSysctl(String name) throws IOException {
    Files.delete(directory.resolve("sys").resolve(name));
  }

  /** A setting that can be read and not be written from now on. */
  void refusesSetting(String name) {
    refusedSettings.add(name);
  }

  void acceptsSettings() {
    refusedSettings.clear();
  }

  String sysctl(String name) throws IOException {
    return Files.readString(directory.resolve("sys").resolve(name)).strip();
  }

  /** An agent as it is after its start; an earlier one is as if killed. */
  Agent agent() throws IOException {
    return agent(Standing.REPLACE, ProxyMode.USERLAND);
  }

  Agent agent(Standing standing, ProxyMode mode) throws IOException {
    return agent(Settings.of(standing, LayoutName.DOCKER20, mode));
  }

  Agent agent(Settings settings) throws IOException {
    Host host =
        Host.open(
            directory,
            new WatchedFirewall(),
            this::forget,
            new KernelsSysctls(directory.resolve("sys")),
            this::load,
            firewalld);
    ProxyPool pool = new ProxyPool(ports, PortHolder::new);
    ProxyPool dockerds = new ProxyPool(dockerdsPorts, PortHolder::new);
    Reconciler reconciler =
        new Reconciler(
            host,
            settings,
            this,
            pool,
            dockerds,
            new BackendNamespaces(DialFrom.BRIDGE),
            settings.standing() == Standing.REPLACE
                ? settings.layout().layout()
                : settings.layout().beside(),
            hairpinBridges::addAll,
            new Rivals(writers, () -> addresses));
    return new Agent(host, reconciler, dockerds);
  }

  /** An agent's parts that matter here. */
  record Agent(Host host, Reconciler reconciler, ProxyPool dockerds) {
    Outcome pass() throws FirewallException, IOException {
      return reconciler.reconcile();
    }
  }

  /** A binding as dockerd or a namespace has it: {@code tcp 0.0.0.0 8080 192.0.2.2 80}. */
  static PortBinding binding(
      Protocol protocol, String host, int hostPort, String to, int port, Publisher whose) {
    return new PortBinding(
        new HostPort(protocol, IpAddress.parse(host), hostPort),
        IpAddress.parse(to),
        port,
        whose,
        hostPort + ":" + port);
  }

  static PortBinding tcp(int hostPort, String to, int port, Publisher whose) {
    return binding(Protocol.TCP, "0.0.0.0", hostPort, to, port, whose);
  }

  static PortBinding udp(int hostPort, String to, int port, Publisher whose) {
    return binding(Protocol.UDP, "0.0.0.0", hostPort, to, port, whose);
  }

  static Claim claim(long pid, PortBinding binding) {
    return new Claim(
        new ProcessIdentity(pid, 1000 + pid),
        binding.hostPort(),
        binding.containerAddress(),
        binding.containerPort(),
        OptionalInt.empty());
  }

  void dockerSays(PortBinding... published) {
    docker =
        Optional.of(DockerSnapshot.of(List.of(DOCKER0), List.of(published), List.of(), List.of()));
  }

  void labelsSay(PortBinding... labelled) {
    docker =
        Optional.of(DockerSnapshot.of(List.of(DOCKER0), List.of(), List.of(labelled), List.of()));
  }

  /** A container that publishes nothing itself. */
  void dockerHas(Publisher.Container container, String address) {
    IpAddress at = IpAddress.parse(address);
    docker =
        Optional.of(
            new DockerSnapshot(
                List.of(DOCKER0),
                List.of(new Member(container, DOCKER0.bridge(), List.of(at))),
                List.of(),
                List.of(),
                List.of(),
                Set.of(Family.IPV4),
                List.of(),
                /* headersToCome= */ false,
                List.of(
                    new DockerContainer(
                        container,
                        Optional.of(new Endpoint(container, Optional.of(at), Optional.empty())),
                        Optional.empty())),
                Map.of(),
                List.of()));
  }

  void namespacesSay(PortBinding... bindings) {
    namespaces = new NetnsSnapshot(List.of(DOCKER1), List.of(bindings), List.of());
  }

  @Override
  public List<Publication> publications() {
    return publications;
  }

  @Override
  public Optional<DockerSnapshot> docker() {
    return docker;
  }

  @Override
  public NetnsSnapshot namespaces() {
    return namespaces;
  }

  @Override
  public List<Claim> claims() {
    return claims;
  }

  private long forget(Collection<? extends Flows> flows) {
    events.add("forget connections");
    forgotten.addAll(flows);
    return flows.size();
  }

  private void load(String module) throws FirewallException {
    events.add("load " + module);
    if (!hasModules) {
      throw new FirewallException("load kernel module " + module + ": no such module");
    }
    try {
      for (String name : Sysctls.BRIDGE_FILTERS) {
        sysctl(name, "1");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The kernel's settings, of which one can change others (addrconf_fixup_forwarding). */
  private final class KernelsSysctls extends Sysctls {
    KernelsSysctls(Path root) {
      super(root);
    }

    @Override
    protected void write(String name, String value) throws IOException {
      if (refusedSettings.contains(name)) {
        throw new IOException("Read-only file system");
      }
      super.write(name, value);
      if (forwardsAsTheKernel && name.equals(IPV6_FORWARDING)) {
        try {
          for (String other : setAlongWith(name)) {
            super.write(other, value);
          }
        } catch (FirewallException e) {
          throw new IOException(e);
        }
      }
    }
  }

  /** The kernel, which writes down when it is changed, and can refuse. */
  private final class WatchedFirewall implements Firewall {
    @Override
    public Tables observe(Family family, Set<String> nftTables) {
      return kernel.observe(family, nftTables);
    }

    @Override
    public Tables observeAll(Family family) {
      return kernel.observeAll(family);
    }

    @Override
    public boolean canReadNftables() {
      return kernel.canReadNftables();
    }

    @Override
    public boolean canOwnTables() {
      return kernel.canOwnTables();
    }

    @Override
    public boolean canAskForLabels() {
      return knowsLabels;
    }

    @Override
    public void apply(Family family, Plan plan) throws FirewallException {
      if (refusesRules) {
        throw new FirewallException("change the " + family + " rules: not now");
      }
      kernel.apply(family, plan);
      events.add("change rules");
    }
  }
}
