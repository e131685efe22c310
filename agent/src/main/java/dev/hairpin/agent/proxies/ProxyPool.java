package dev.hairpin.agent.proxies;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.toSet;

import dev.hairpin.proxy.Backend;
import dev.hairpin.proxy.ListeningPort;
import dev.hairpin.proxy.PortUnavailableException;
import dev.hairpin.proxy.PortUnavailableException.Reason;
import dev.hairpin.proxy.ProxyProtocol;
import dev.hairpin.proxy.Traffic;
import dev.hairpin.proxy.Transport;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyHeader;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The listening sockets of one owner, keyed by host port. Safe to use from any thread. */
public final class ProxyPool implements AutoCloseable {
  private final PortOpener opener;
  private final PortHolder holders;
  private final BackendNamespaces namespaces;
  private final Map<HostPort, ListeningPort> ports = new HashMap<>();

  /** One whose backends are dialled over the bridge. */
  public ProxyPool(PortOpener opener, PortHolder holders) {
    this(opener, holders, new BackendNamespaces(DialFrom.BRIDGE));
  }

  /**
   * Makes one without ports.
   *
   * @param namespaces where backends are dialled from
   */
  public ProxyPool(PortOpener opener, PortHolder holders, BackendNamespaces namespaces) {
    this.namespaces = requireNonNull(namespaces, "namespaces");
    this.opener = requireNonNull(opener, "opener");
    this.holders = requireNonNull(holders, "holders");
  }

  /**
   * Sees to it that every binding has its socket. One that is open stays open and is sent to the
   * binding's backend.
   *
   * @return why there is no socket, for each binding that has none
   */
  public Map<PortBinding, String> openAll(Collection<PortBinding> wanted) {
    Map<PortBinding, String> failures = new LinkedHashMap<>();
    for (PortBinding binding : wanted) {
      try {
        open(transport(binding.protocol()), binding);
      } catch (PortUnavailableException e) {
        failures.put(binding, describe(binding, e));
      }
    }
    return failures;
  }

  /**
   * Opens a port that is not open yet. That it is, is for the kernel to say, as for every other
   * program.
   *
   * @throws PortUnavailableException if it can't be bound; the pool is as it was
   */
  public void take(Transport transport, PortBinding binding) throws PortUnavailableException {
    take(transport, binding, opener);
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
    InetSocketAddress frontend = socketAddress(hostPort.address(), hostPort.port());
    if (ports.containsKey(hostPort)) {
      throw new PortUnavailableException(transport, frontend, Reason.IN_USE, Reason.IN_USE.text());
    }
    ports.put(hostPort, from.open(transport, frontend, backend(binding)));
  }

  private synchronized void open(Transport transport, PortBinding binding)
      throws PortUnavailableException {
    ListeningPort port = ports.get(binding.hostPort());
    if (port == null) {
      take(transport, binding);
    } else {
      retarget(port, binding);
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
      port.close();
    }
  }

  /** Closes what none of these bindings needs. */
  public synchronized void closeAllExcept(Collection<PortBinding> wanted) {
    Set<HostPort> kept = wanted.stream().map(PortBinding::hostPort).collect(toSet());
    ports
        .entrySet()
        .removeIf(entry -> {
          if (kept.contains(entry.getKey())) {
            return false;
          }
          entry.getValue().close();
          return true;
        });
  }

  public synchronized boolean isOpen(HostPort hostPort) {
    return ports.containsKey(hostPort);
  }

  /** The ports that are open now. */
  public synchronized Set<HostPort> open() {
    return Set.copyOf(ports.keySet());
  }

  /** What a port has carried since it was opened; empty if it isn't open. */
  public synchronized Optional<Traffic> traffic(HostPort hostPort) {
    return Optional.ofNullable(ports.get(hostPort)).map(ListeningPort::traffic);
  }

  /** Closes them all. */
  @Override
  public synchronized void close() {
    ports.values().forEach(ListeningPort::close);
    ports.clear();
  }

  /** How the protocol is carried. */
  public static Transport transport(Protocol protocol) {
    return switch (protocol) {
      case TCP -> Transport.TCP;
      case UDP -> Transport.UDP;
      case SCTP -> Transport.SCTP;
    };
  }

  /** {@code publish 0.0.0.0:80/tcp for namespace ns1: address already in use by nginx (pid 12)}. */
  private String describe(PortBinding binding, PortUnavailableException problem) {
    HostPort hostPort = binding.hostPort();
    return "publish "
        + hostPort
        + " for "
        + binding.publisher()
        + ": "
        + holders.whyNot(hostPort, problem);
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

  private static InetSocketAddress socketAddress(IpAddress address, int port) {
    return new InetSocketAddress(address.inet(), port);
  }
}
