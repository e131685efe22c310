package dev.hairpin.proxy;

import dev.hairpin.proxy.posix.ConnectionSocket;
import dev.hairpin.proxy.posix.IpSocket;
import dev.hairpin.proxy.posix.PosixException;
import dev.hairpin.proxy.posix.SctpSocket;
import dev.hairpin.proxy.posix.TcpSocket;
import dev.hairpin.proxy.posix.UdpSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A port that is bound and carries nothing. */
final class HeldPort implements ListeningPort {
  private static final Logger log = LoggerFactory.getLogger(HeldPort.class);

  private final Engine engine;
  private final Transport transport;
  private final IpSocket socket;
  private final InetSocketAddress frontend;
  private final AtomicBoolean closed = new AtomicBoolean();

  private HeldPort(
      Engine engine, Transport transport, IpSocket socket, InetSocketAddress frontend) {
    this.engine = engine;
    this.transport = transport;
    this.socket = socket;
    this.frontend = frontend;
  }

  static HeldPort open(Engine engine, Transport transport, InetSocketAddress frontend)
      throws PortUnavailableException {
    try {
      IpSocket socket =
          switch (transport) {
            case TCP -> TcpSocket.open(frontend);
            case UDP -> UdpSocket.open(frontend);
            case SCTP -> SctpSocket.open(frontend);
          };
      return engine.remember(bound(engine, transport, socket, frontend));
    } catch (PosixException e) {
      throw BindFailures.of(transport, frontend, e);
    }
  }

  private static HeldPort bound(
      Engine engine, Transport transport, IpSocket socket, InetSocketAddress frontend)
      throws PosixException {
    try {
      DescriptorLimit.requireRoomBeside(socket);
      if (Endpoints.isIpv6(frontend)) {
        socket.onlyIpv6();
      }
      switch (socket) {
        case ConnectionSocket listening -> occupy(listening, frontend);
        case UdpSocket datagrams -> occupy(datagrams, frontend);
      }
      return new HeldPort(engine, transport, socket, socket.localAddress());
    } catch (PosixException e) {
      close(socket);
      throw e;
    }
  }

  /**
   * SO_REUSEADDR is needed to bind beside connections in TIME_WAIT. A socket that has it and
   * doesn't listen would let every other server in, as they all have it too; so it is taken back
   * while listening, which also has the kernel forget that the port was shareable. From then on
   * nobody listens, and connections are refused.
   */
  private static void occupy(ConnectionSocket socket, InetSocketAddress frontend)
      throws PosixException {
    socket.reuseAddress(true);
    socket.bind(frontend);
    socket.listen(1);
    socket.reuseAddress(false);
    socket.stopListening();
  }

  /** Nobody will read, so nothing may queue up. */
  private static void occupy(UdpSocket socket, InetSocketAddress frontend) throws PosixException {
    socket.dropEverything();
    socket.bind(frontend);
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
    return Backend.at(frontend);
  }

  @Override
  public Traffic traffic() {
    return Traffic.NONE;
  }

  @Override
  public void retarget(Backend backend) {
    throw new IllegalStateException(
        "retarget " + this + " to " + backend + ": the port is only held");
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      close(socket);
      engine.forget(this);
    }
  }

  private static void close(IpSocket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      log.warn("close held port: {}", e.getMessage());
    }
  }

  @Override
  public String toString() {
    return Endpoints.text(transport, frontend);
  }
}
