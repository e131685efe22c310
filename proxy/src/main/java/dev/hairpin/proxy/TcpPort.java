package dev.hairpin.proxy;

import dev.hairpin.proxy.posix.PosixException;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.NetUtil;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A TCP port and the connections that came in through it. */
final class TcpPort implements ListeningPort {
  private static final Logger log = LoggerFactory.getLogger(TcpPort.class);

  private final Engine engine;
  private final ServerSocketChannel server;
  private final EventLoop loop;
  private final Set<TcpConnection> connections = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile InetSocketAddress frontend;
  private volatile InetSocketAddress backend;

  private TcpPort(
      Engine engine,
      ServerSocketChannel server,
      InetSocketAddress frontend,
      InetSocketAddress backend) {
    this.engine = engine;
    this.server = server;
    this.loop = engine.nextLoop();
    this.frontend = frontend;
    this.backend = backend;
  }

  static TcpPort open(Engine engine, InetSocketAddress frontend, InetSocketAddress backend)
      throws PortUnavailableException {
    try {
      ServerSocketChannel server = engine.sockets().serverFor(frontend);
      TcpPort port = new TcpPort(engine, server, frontend, backend);
      port.bind();
      return engine.remember(port);
    } catch (PosixException | UncheckedIOException | ChannelException e) {
      throw BindFailures.of(Transport.TCP, frontend, e);
    }
  }

  /**
   * Accepts from a socket that another program has bound and listens on.
   *
   * @param descriptor this port's from here on, also when there is none
   */
  static TcpPort adopt(
      Engine engine, int descriptor, InetSocketAddress frontend, InetSocketAddress backend)
      throws PortUnavailableException {
    return InheritedSocket.adopt(
        descriptor,
        Transport.TCP,
        frontend,
        socket -> {
          ServerSocketChannel server = engine.sockets().serverOn(socket);
          TcpPort port = new TcpPort(engine, server, frontend, backend);
          port.register();
          return engine.remember(port);
        });
  }

  private void register() throws PortUnavailableException {
    server.pipeline().addLast(new Acceptor(this));
    ChannelFuture registered = loop.register(server).awaitUninterruptibly();
    if (!registered.isSuccess()) {
      closeServer();
      throw BindFailures.of(Transport.TCP, frontend, registered.cause());
    }
  }

  private void bind() throws PortUnavailableException {
    // Beside connections in TIME_WAIT, but not beside another listener.
    server.config().setReuseAddress(true);
    server.config().setBacklog(NetUtil.SOMAXCONN);
    register();
    ChannelFuture bound = server.bind(frontend).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      closeServer();
      throw BindFailures.of(Transport.TCP, frontend, bound.cause());
    }
    frontend = server.localAddress();
  }

  /** Called on the server socket's event loop. */
  void accepted(SocketChannel client) {
    try {
      TcpConnection.configure(client);
    } catch (ChannelException e) {
      log.debug("{} lost a client: {}", this, e.getMessage());
      client.unsafe().closeForcibly();
      return;
    }
    TcpConnection connection = new TcpConnection(engine, this, client, backend);
    connections.add(connection);
    client.closeFuture().addListener(closed -> connections.remove(connection));
    connection.start();
  }

  /** Connections that are open on the client's side. */
  int connectionCount() {
    return connections.size();
  }

  @Override
  public Transport transport() {
    return Transport.TCP;
  }

  @Override
  public InetSocketAddress frontend() {
    return frontend;
  }

  @Override
  public InetSocketAddress backend() {
    return backend;
  }

  @Override
  public void retarget(InetSocketAddress other) {
    InetSocketAddress before = backend;
    backend = Endpoints.requireResolved(other, "backend");
    if (!other.equals(before)) {
      log.debug("{} now leads to {}", this, Endpoints.text(other));
    }
  }

  /**
   * Connections end with a reset: a client must not take a stream that was cut for a whole one, and
   * nothing stays in TIME_WAIT on the port.
   */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      closeServer();
      List.copyOf(connections).forEach(TcpConnection::closeAndWait);
      engine.forget(this);
    }
  }

  private void closeServer() {
    server.close().awaitUninterruptibly();
    engine.sockets().awaitReleased(server, loop);
  }

  @Override
  public String toString() {
    return Endpoints.text(Transport.TCP, frontend);
  }
}
