package dev.hairpin.proxy;

import static java.util.Objects.requireNonNull;

import dev.hairpin.proxy.posix.ConnectionSocket;
import dev.hairpin.proxy.posix.SctpSocket;
import dev.hairpin.proxy.posix.TcpSocket;
import io.netty.channel.ChannelException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A TCP or SCTP port and the connections that came in through it. */
final class ConnectionPort implements ListeningPort {
  private static final Logger log = LoggerFactory.getLogger(ConnectionPort.class);

  private final Engine engine;
  private final Transport transport;
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private final TrafficMeter meter = new TrafficMeter();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final StreamServer server;
  private final AcceptGate gate;
  private volatile Backend backend;
  private volatile boolean backendFails;

  /** Makes the server of a port; what it accepts before there is a port stays in the backlog. */
  private interface Listening {
    StreamServer on(ConnectionPort port) throws IOException;
  }

  private ConnectionPort(Engine engine, Transport transport, Backend backend, Listening listening)
      throws IOException {
    this.engine = engine;
    this.transport = transport;
    this.backend = backend;
    this.server = listening.on(this);
    this.gate = new AcceptGate(this, server);
  }

  static ConnectionPort open(
      Engine engine, Transport transport, InetSocketAddress frontend, Backend backend)
      throws PortUnavailableException {
    backend.requireCarriedBy(transport, frontend);
    try {
      return opened(
          engine, transport, backend, port -> engine.sockets().listen(engine, frontend, port));
    } catch (IOException | UncheckedIOException | ChannelException e) {
      throw BindFailures.of(transport, frontend, e);
    }
  }

  /**
   * Accepts from a socket that another program has bound and listens on.
   *
   * @param descriptor this port's from here on, also when there is none
   */
  static ConnectionPort adopt(
      Engine engine,
      Transport transport,
      int descriptor,
      InetSocketAddress frontend,
      Backend backend)
      throws PortUnavailableException {
    return InheritedSocket.adopt(
        of(transport, descriptor),
        transport,
        frontend,
        socket -> adopted(engine, transport, socket, frontend, backend));
  }

  private static ConnectionSocket of(Transport transport, int descriptor) {
    return switch (transport) {
      case TCP -> TcpSocket.of(descriptor);
      case SCTP -> SctpSocket.of(descriptor);
      case UDP -> throw new IllegalArgumentException("UDP has no connections");
    };
  }

  private static ConnectionPort adopted(
      Engine engine,
      Transport transport,
      ConnectionSocket socket,
      InetSocketAddress frontend,
      Backend backend)
      throws IOException {
    return opened(
        engine,
        transport,
        backend,
        port -> engine.sockets().listenOn(engine, socket, frontend, port));
  }

  private static ConnectionPort opened(
      Engine engine, Transport transport, Backend backend, Listening listening) throws IOException {
    ConnectionPort port =
        engine.remember(new ConnectionPort(engine, transport, backend, listening));
    port.gate.decided(backend.isDecided());
    return port;
  }

  /** There is one connection more. Called on the server's loop. */
  void opened(Connection connection) {
    connections.add(connection);
    meter.accepted();
    engine.connections().opened();
    if (isFull() || engine.connections().isReached()) {
      gate.close(connections.size());
      // One may have ended meanwhile, and nobody would open the gate again.
      admitAgain();
    }
  }

  /** There was no descriptor for a client, or none for its backend. */
  void acceptFailed(Throwable cause) {
    gate.failed(cause);
  }

  /** Reported once, until a connection succeeds: clients repeat themselves. */
  void backendFailed(InetSocketAddress client, InetSocketAddress target, Throwable cause) {
    meter.refused();
    if (!backendFails) {
      backendFails = true;
      log.warn(
          "connect backend {} for {} (client {}): {}",
          Endpoints.text(target),
          this,
          Endpoints.text(client),
          KernelWords.of(cause, engine.settings().connectTimeout()));
    }
  }

  void backendAnswered() {
    gate.succeeded();
    if (backendFails) {
      backendFails = false;
      log.info("connect backend {} for {}: works again", backend, this);
    }
  }

  void ended(Connection connection) {
    if (connections.remove(connection)) {
      meter.ended();
      engine.connections().ended();
      admitAgain();
    }
  }

  /** There may be room for another connection. */
  void admitAgain() {
    if (isFull()) {
      return;
    }
    if (engine.connections().isReached()) {
      engine.connections().await(this);
    } else {
      gate.open();
    }
  }

  private boolean isFull() {
    return connections.size() >= engine.settings().connections().maxPerPort();
  }

  TrafficMeter meter() {
    return meter;
  }

  @Override
  public Traffic traffic() {
    return meter.traffic();
  }

  /** Connections that are open. */
  int connectionCount() {
    return connections.size();
  }

  @Override
  public Transport transport() {
    return transport;
  }

  @Override
  public InetSocketAddress frontend() {
    return server.frontend();
  }

  @Override
  public Backend backend() {
    return backend;
  }

  @Override
  public OptionalInt descriptor() {
    return server.descriptor();
  }

  @Override
  public void retarget(Backend other) {
    requireNonNull(other, "backend").requireCarriedBy(transport, frontend());
    if (!other.equals(backend)) {
      log.debug("{} now leads to {}", this, other);
      if (!other.isDecided()) {
        // Nothing may be accepted that nobody knows how to begin.
        gate.decided(false);
        server.awaitTurn();
      }
      backend = other;
      gate.decided(other.isDecided());
    }
  }

  /**
   * Connections end with a reset: a client must not take a stream that was cut for a whole one, and
   * nothing stays in TIME_WAIT on the port.
   */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      server.close();
      List.copyOf(connections).forEach(Connection::resetAndWait);
      engine.forget(this);
    }
  }

  @Override
  public String toString() {
    return Endpoints.text(transport, server.frontend());
  }
}
