package dev.hairpin.proxy;

import dev.hairpin.proxy.posix.ConnectionSocket;
import dev.hairpin.proxy.posix.Errno;
import dev.hairpin.proxy.posix.PeerAddress;
import dev.hairpin.proxy.posix.PosixException;
import dev.hairpin.proxy.posix.Reservation;
import dev.hairpin.proxy.posix.SctpSocket;
import dev.hairpin.proxy.posix.TcpSocket;
import io.netty.channel.ChannelException;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A listening socket on an epoll loop, level-triggered. */
final class EpollStreamServer implements StreamServer, EpollIoHandle {
  private static final Logger log = LoggerFactory.getLogger(EpollStreamServer.class);

  /** Connections taken in one turn of the loop, so that one port doesn't starve the others. */
  private static final int BUDGET = 64;

  private final Engine engine;
  private final ConnectionPort port;
  private final IoEventLoop loop;
  private final FileDescriptor fd;
  private final ConnectionSocket socket;
  private final InetSocketAddress frontend;
  private final PeerAddress peer;
  private IoRegistration registration;
  private boolean accepting;

  private EpollStreamServer(
      Engine engine, ConnectionPort port, ConnectionSocket socket, InetSocketAddress frontend) {
    this.engine = engine;
    this.port = port;
    this.loop = engine.nextIoLoop();
    this.peer = engine.suppliesOf(loop).peer();
    this.socket = socket;
    this.fd = new FileDescriptor(socket.fd());
    this.frontend = frontend;
  }

  static EpollStreamServer bound(Engine engine, ConnectionPort port, InetSocketAddress frontend)
      throws PosixException {
    ConnectionSocket socket = open(port.transport(), frontend);
    try {
      DescriptorLimit.requireRoomBeside(socket);
      if (Endpoints.isIpv6(frontend)) {
        socket.onlyIpv6();
      }
      // Beside connections in TIME_WAIT, but not beside another listener.
      socket.reuseAddress(true);
      socket.bind(frontend);
      socket.listen(NetUtil.SOMAXCONN);
      return on(engine, port, socket, frontend.getPort() == 0 ? socket.localAddress() : frontend);
    } catch (PosixException | ChannelException e) {
      close(new FileDescriptor(socket.fd()));
      throw e;
    }
  }

  private static ConnectionSocket open(Transport transport, InetSocketAddress frontend)
      throws PosixException {
    return switch (transport) {
      case TCP -> TcpSocket.open(frontend);
      case SCTP -> SctpSocket.open(frontend);
      case UDP -> throw new IllegalArgumentException("UDP has no connections");
    };
  }

  /** Takes a socket over that listens; if this fails it is still open. */
  static EpollStreamServer on(
      Engine engine, ConnectionPort port, ConnectionSocket listening, InetSocketAddress frontend)
      throws PosixException {
    // Accepted sockets inherit both.
    listening.prepare();
    return new EpollStreamServer(engine, port, listening, frontend);
  }

  @Override
  public InetSocketAddress frontend() {
    return frontend;
  }

  @Override
  public OptionalInt descriptor() {
    return OptionalInt.of(socket.fd());
  }

  @Override
  public void accepting(boolean on) {
    if (loop.inEventLoop()) {
      switchTo(on);
    } else {
      loop.execute(() -> switchTo(on));
    }
  }

  private void switchTo(boolean on) {
    // Closed meanwhile, by another thread than the one that wanted this.
    if (!fd.isOpen()) {
      return;
    }
    if (on && registration == null) {
      watch();
    }
    accepting = on && registration != null;
    if (registration != null) {
      // Asking for nothing would have Netty lose the registration; errors never come here.
      registration.submit(on ? EpollIoOps.EPOLLIN : EpollIoOps.EPOLLERR);
    }
  }

  /**
   * Whoever opens many ports needn't wait for the loop: clients do, in the backlog. Where this
   * fails it is tried again as accepting is.
   */
  private void watch() {
    Future<IoRegistration> registered = loop.register(this);
    registration = registered.getNow();
    if (registration == null) {
      port.acceptFailed(registered.cause());
    }
  }

  @Override
  public void awaitTurn() {
    loop.submit(() -> {}).awaitUninterruptibly();
  }

  @Override
  public Future<?> later(Runnable task, long seconds) {
    return loop.schedule(task, seconds, TimeUnit.SECONDS);
  }

  @Override
  public FileDescriptor fd() {
    return fd;
  }

  @Override
  public void handle(IoRegistration source, IoEvent event) {
    for (int taken = 0; taken < BUDGET && accepting; taken++) {
      try {
        if (!takeNext()) {
          return;
        }
      } catch (PosixException e) {
        failed(e);
      }
    }
  }

  /** Takes a client, if there is one and a descriptor for its backend as well. */
  private boolean takeNext() throws PosixException {
    Reservation forBackend = Reservation.beside(socket);
    ConnectionSocket client = null;
    try {
      client = socket.accept(peer);
    } finally {
      if (client == null) {
        forBackend.close();
      }
    }
    if (client == null) {
      return false;
    }
    InetSocketAddress address = peer.get();
    if (!address.getAddress().isLoopbackAddress()) {
      beFairToOthers(client);
    }
    SplicedConnection.begin(engine, port, client, address, forBackend);
    return true;
  }

  /** A connection that can't be is carried all the same. */
  private void beFairToOthers(ConnectionSocket client) {
    try {
      client.useHostsCongestionControl();
    } catch (PosixException e) {
      log.debug("{} keeps a client of another host unpaced: {}", port, e.getMessage());
    }
  }

  /** accept(2) also tells of what went wrong with the connection that it would have returned. */
  private void failed(PosixException e) {
    if (Errno.isOfConnection(e.errno())) {
      log.debug("{} lost a client: {}", port, e.getMessage());
    } else {
      port.acceptFailed(e);
    }
  }

  /** Closing is close(2) here, so the address is free at once. */
  @Override
  public void close() {
    onLoop(() -> {
      accepting = false;
      if (registration != null) {
        registration.cancel();
        registration = null;
      }
      close(fd);
    });
  }

  private void onLoop(Runnable task) {
    if (loop.inEventLoop()) {
      task.run();
    } else {
      loop.submit(task).syncUninterruptibly();
    }
  }

  @Override
  public String toString() {
    return Endpoints.text(port.transport(), frontend);
  }

  private static void close(FileDescriptor fd) {
    if (fd.isOpen()) {
      try {
        fd.close();
      } catch (IOException e) {
        log.debug("close {}: {}", fd, e.toString());
      }
    }
  }
}
