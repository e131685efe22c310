package dev.hairpin.agent.proxies;

import dev.hairpin.proxy.Backend;
import dev.hairpin.proxy.ListeningPort;
import dev.hairpin.proxy.PortUnavailableException;
import dev.hairpin.proxy.PortUnavailableException.Reason;
import dev.hairpin.proxy.Traffic;
import dev.hairpin.proxy.Transport;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;

/**
 * A host's ports in memory. One that is bound can't be bound again; it writes down what happens.
 */
public final class FakePorts implements PortOpener {
  private final Map<String, FakePort> bound = new TreeMap<>();
  private final Set<Transport> missing = EnumSet.noneOf(Transport.class);
  private final List<String> events;

  /** Ports that nobody uses. */
  public FakePorts() {
    this(new ArrayList<>());
  }

  /** Ports that write what happens to them into a list that others write to as well. */
  public FakePorts(List<String> events) {
    this.events = events;
  }

  /** Another program takes a port. */
  public synchronized void occupy(Transport transport, InetSocketAddress frontend) {
    bound.put(key(transport, frontend), new FakePort(transport, frontend, Backend.at(frontend)));
  }

  /** The kernel has no such protocol. */
  public synchronized void lack(Transport transport) {
    missing.add(transport);
  }

  /** That other program ends. */
  public synchronized void free(Transport transport, InetSocketAddress frontend) {
    bound.remove(key(transport, frontend));
  }

  /** What was opened, retargeted and closed, in order. */
  public synchronized List<String> events() {
    return List.copyOf(events);
  }

  /** The ports that are bound, such as {@code TCP /0.0.0.0:80}. */
  public synchronized List<String> bound() {
    return List.copyOf(bound.keySet());
  }

  @Override
  public synchronized ListeningPort open(
      Transport transport, InetSocketAddress frontend, Backend backend)
      throws PortUnavailableException {
    if (missing.contains(transport)) {
      throw new PortUnavailableException(
          transport, frontend, Reason.NOT_SUPPORTED, Reason.NOT_SUPPORTED.text());
    }
    String key = key(transport, frontend);
    if (bound.containsKey(key)) {
      throw new PortUnavailableException(
          transport, frontend, Reason.IN_USE, "address already in use");
    }
    FakePort port = new FakePort(transport, frontend, backend);
    bound.put(key, port);
    events.add("open " + key);
    return port;
  }

  @Override
  public synchronized ListeningPort adopt(
      Transport transport, int descriptor, InetSocketAddress frontend, Backend backend)
      throws PortUnavailableException {
    if (descriptor < 0) {
      throw new PortUnavailableException(
          transport, frontend, PortUnavailableException.Reason.OTHER, "no socket");
    }
    String key = key(transport, frontend);
    FakePort port = new FakePort(transport, frontend, backend);
    bound.put(key, port);
    events.add("adopt " + descriptor + " " + key);
    return port;
  }

  private static String key(Transport transport, InetSocketAddress frontend) {
    return transport + " " + frontend;
  }

  private final class FakePort implements ListeningPort {
    private final Transport transport;
    private final InetSocketAddress frontend;
    private Backend backend;

    FakePort(Transport transport, InetSocketAddress frontend, Backend backend) {
      this.transport = transport;
      this.frontend = frontend;
      this.backend = backend;
    }

    @Override
    public OptionalInt descriptor() {
      return OptionalInt.of(frontend.getPort() + 1000);
    }

    @Override
    public Traffic traffic() {
      return Traffic.NONE;
    }

    @Override
    public Transport transport() {
      return transport;
    }

    @Override
    public InetSocketAddress frontend() {
      return frontend;
    }

    @Override
    public Backend backend() {
      return backend;
    }

    @Override
    public void retarget(Backend next) {
      synchronized (FakePorts.this) {
        backend = next;
        events.add("retarget " + key(transport, frontend));
      }
    }

    @Override
    public void close() {
      synchronized (FakePorts.this) {
        bound.remove(key(transport, frontend));
        events.add("close " + key(transport, frontend));
      }
    }
  }
}
