package dev.hairpin.agent.proxies;

import static java.util.Objects.requireNonNull;

import dev.hairpin.proxy.Backend;
import dev.hairpin.proxy.ListeningPort;
import dev.hairpin.proxy.PortUnavailableException;
import dev.hairpin.proxy.PortUnavailableException.Reason;
import dev.hairpin.proxy.ProxyProtocol;
import dev.hairpin.proxy.Traffic;
import dev.hairpin.proxy.Transport;
import dev.hairpin.proxy.UserlandProxy;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyHeader;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listening sockets of one owner, keyed by host port. Safe to use from any thread.
 *
 * <p>The keeper has what the pool opens itself outlive this process, unless the pool closes it; a
 * port that an earlier process left is taken from there.
 */
public final class ProxyPool implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ProxyPool.class);

  private final PortOpener opener;
  private final Supplier<PortHolder> holders;
  private final BackendNamespaces namespaces;
  private final SocketKeeper keeper;
  private final Map<HostPort, ListeningPort> ports = new ConcurrentHashMap<>();

  /** One whose backends are dialled over the bridge, and whose sockets end with this process. */
  public ProxyPool(PortOpener opener, Supplier<PortHolder> holders) {
    this(opener, holders, new BackendNamespaces(DialFrom.BRIDGE), SocketKeeper.NONE);
  }

  /**
   * Makes one without ports.
   *
   * @param holders each for one look at who holds ports
   * @param namespaces where backends are dialled from
   * @param keeper of the sockets beyond this process
   */
  public ProxyPool(
      PortOpener opener,
      Supplier<PortHolder> holders,
      BackendNamespaces namespaces,
      SocketKeeper keeper) {
    this.namespaces = requireNonNull(namespaces, "namespaces");
    this.opener = requireNonNull(opener, "opener");
    this.holders = requireNonNull(holders, "holders");
    this.keeper = requireNonNull(keeper, "keeper");
  }

  /**
   * Sees to it that every binding has its socket. One that is open stays open and is sent to the
   * binding's backend.
   *
   * @param wanted none of which is in another's way
   * @return why there is no socket, for each binding that has none
   */
  public synchronized Map<PortBinding, String> openAll(Collection<PortBinding> wanted) {
    retargetOpen(wanted);
    List<PortBinding> missing =
        wanted.stream().filter(binding -> !isOpen(binding.hostPort())).toList();
    Map<PortBinding, PortUnavailableException> refused = new ConcurrentHashMap<>();
    SideBySide.forEach(
        missing,
        binding -> {
          try {
            ports.put(binding.hostPort(), takeOrOpen(binding));
          } catch (PortUnavailableException e) {
            refused.put(binding, e);
          }
        });
    keep(missing.stream().filter(binding -> !refused.containsKey(binding)).toList());
    return describe(refused, wanted);
  }

  /**
   * Opens a port that is not open yet. That it is, is for the kernel to say, as for every other
   * program.
   *
   * @throws PortUnavailableException if it can't be bound; the pool is as it was
   */
  public void take(Transport transport, PortBinding binding) throws PortUnavailableException {
    take(transport, binding, (carrying, frontend, backend) -> takeOrOpen(binding));
    keep(List.of(binding));
  }

  /** All at once: a write to the keeper is a system call and more. */
  private synchronized void keep(List<PortBinding> opened) {
    Map<HostPort, Integer> descriptors = new LinkedHashMap<>();
    for (PortBinding binding : opened) {
      HostPort hostPort = binding.hostPort();
      Optional.ofNullable(ports.get(hostPort))
          .map(ListeningPort::descriptor)
          .ifPresent(open -> open.ifPresent(number -> descriptors.put(hostPort, number)));
    }
    if (!descriptors.isEmpty()) {
      keeper.keep(descriptors);
    }
  }

  /**
   * Opens a port that is not open yet in a way of its own, such as with a socket that is bound
   * already. The kernel can't tell then whether the pool has the port, so the pool does.
   *
   * @throws PortUnavailableException if it is open, or can't be; the pool is as it was
   */
  public synchronized void take(Transport transport, PortBinding binding, PortOpener from)
      throws PortUnavailableException {
    HostPort hostPort = binding.hostPort();
    InetSocketAddress frontend = frontend(hostPort);
    if (ports.containsKey(hostPort)) {
      throw new PortUnavailableException(transport, frontend, Reason.IN_USE, Reason.IN_USE.text());
    }
    ports.put(hostPort, from.open(transport, frontend, backend(binding)));
  }

  /** The socket that an earlier process left, or a new one. */
  private ListeningPort takeOrOpen(PortBinding binding) throws PortUnavailableException {
    HostPort hostPort = binding.hostPort();
    Transport transport = transport(binding.protocol());
    InetSocketAddress frontend = frontend(hostPort);
    Backend backend = backend(binding);
    OptionalInt left = keeper.take(hostPort);
    if (left.isPresent()) {
      try {
        return opener.adopt(transport, left.getAsInt(), frontend, backend);
      } catch (PortUnavailableException e) {
        log.info("{} is opened anew: {}", hostPort, e.getMessage());
        keeper.forget(List.of(hostPort));
      }
    }
    try {
      return opener.open(transport, frontend, backend);
    } catch (PortUnavailableException e) {
      if (e.reason() == Reason.IN_USE && keeper.closeLeftAt(hostPort)) {
        return opener.open(transport, frontend, backend);
      }
      throw e;
    }
  }

  /** Sends ports that are open to these bindings' backends. What isn't open stays so. */
  public synchronized void retargetOpen(Collection<PortBinding> known) {
    for (PortBinding binding : known) {
      ListeningPort port = ports.get(binding.hostPort());
      if (port != null) {
        retarget(port, binding);
      }
    }
  }

  private void retarget(ListeningPort port, PortBinding binding) {
    if (!port.backend().equals(backend(binding))) {
      port.retarget(backend(binding));
    }
  }

  /** Closes one port if it is open. When this returns, another program can bind it. */
  public synchronized void close(HostPort hostPort) {
    ListeningPort port = ports.remove(hostPort);
    if (port != null) {
      keeper.forget(List.of(hostPort));
      port.close();
    }
  }

  /**
   * Closes what none of these bindings needs, and what an earlier process left that nobody has
   * taken by now.
   */
  public synchronized void closeAllExcept(Collection<PortBinding> wanted) {
    Set<HostPort> unwanted = new LinkedHashSet<>(ports.keySet());
    wanted.forEach(binding -> unwanted.remove(binding.hostPort()));
    closeAll(unwanted);
    keeper.closeLeft();
  }

  private void closeAll(Set<HostPort> unwanted) {
    if (!unwanted.isEmpty()) {
      keeper.forget(unwanted);
      SideBySide.forEach(
          List.copyOf(unwanted),
          hostPort -> Optional.ofNullable(ports.remove(hostPort)).ifPresent(ListeningPort::close));
    }
  }

  public boolean isOpen(HostPort hostPort) {
    return ports.containsKey(hostPort);
  }

  /** The ports that are open now. */
  public Set<HostPort> open() {
    return Set.copyOf(ports.keySet());
  }

  /** What a port has carried since it was opened; empty if it isn't open. */
  public Optional<Traffic> traffic(HostPort hostPort) {
    return Optional.ofNullable(ports.get(hostPort)).map(ListeningPort::traffic);
  }

  /** Closes them all. */
  @Override
  public synchronized void close() {
    closeAll(open());
  }

  /** How the protocol is carried. */
  public static Transport transport(Protocol protocol) {
    return switch (protocol) {
      case TCP -> Transport.TCP;
      case UDP -> Transport.UDP;
      case SCTP -> Transport.SCTP;
    };
  }

  /** In the order in which they are wanted. */
  private Map<PortBinding, String> describe(
      Map<PortBinding, PortUnavailableException> refused, Collection<PortBinding> wanted) {
    Map<PortBinding, String> failures = new LinkedHashMap<>();
    PortHolder holder = holders.get();
    for (PortBinding binding : wanted) {
      PortUnavailableException problem = refused.get(binding);
      if (problem != null) {
        failures.put(
            binding, describe(binding, holder, problem) + whatIsNeeded(wanted.size(), problem));
      }
    }
    return failures;
  }

  /** {@code publish 0.0.0.0:80/tcp for namespace ns1: address already in use by nginx (pid 12)}. */
  private static String describe(
      PortBinding binding, PortHolder holder, PortUnavailableException problem) {
    HostPort hostPort = binding.hostPort();
    return "publish "
        + hostPort
        + " for "
        + binding.publisher()
        + ": "
        + holder.whyNot(hostPort, problem);
  }

  private static String whatIsNeeded(int all, PortUnavailableException problem) {
    return problem.reason() == Reason.TOO_MANY_FILES
        ? "; all " + all + " ports need a limit of " + UserlandProxy.filesFor(all)
        : "";
  }

  private Backend backend(PortBinding binding) {
    return backend(binding.containerAddress(), binding.containerPort(), binding.header())
        .inside(namespaces.of(binding.publisher()));
  }

  /** A backend in the proxy's words. */
  public static Backend backend(IpAddress container, int port, ProxyHeader header) {
    InetSocketAddress address = socketAddress(container, port);
    return switch (header) {
      case NONE -> Backend.at(address);
      case V1 -> Backend.at(address).announcing(ProxyProtocol.V1);
      case V2 -> Backend.at(address).announcing(ProxyProtocol.V2);
      case UNDECIDED -> Backend.undecidedAt(address);
    };
  }

  private static InetSocketAddress frontend(HostPort hostPort) {
    return socketAddress(hostPort.address(), hostPort.port());
  }

  private static InetSocketAddress socketAddress(IpAddress address, int port) {
    return new InetSocketAddress(address.inet(), port);
  }
}
