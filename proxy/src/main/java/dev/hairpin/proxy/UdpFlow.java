package dev.hairpin.proxy;

import dev.hairpin.proxy.posix.Datagram;
import dev.hairpin.proxy.posix.Errno;
import dev.hairpin.proxy.posix.PosixException;
import dev.hairpin.proxy.posix.PosixSocket;
import dev.hairpin.proxy.posix.ReplyPath;
import java.net.InetSocketAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one client and the backend send each other, through a socket of its own, so that the backend
 * tells clients apart by port. On its port's event loop only.
 */
final class UdpFlow {
  private static final Logger log = LoggerFactory.getLogger(UdpFlow.class);

  /** An ICMP error is handed out once and then gone, so that the second attempt really sends. */
  private static final int ATTEMPTS = 3;

  private final UdpPort port;
  private final InetSocketAddress client;
  private final InetSocketAddress backend;
  private final DatagramEndpoint endpoint;

  /** Of the client's latest datagram: it may use several addresses of the host in turn. */
  private ReplyPath replyPath;

  private long lastUsedNanos;
  private boolean closed;

  private UdpFlow(
      UdpPort port,
      InetSocketAddress client,
      InetSocketAddress backend,
      DatagramEndpoint endpoint) {
    this.port = port;
    this.client = client;
    this.backend = backend;
    this.endpoint = endpoint;
  }

  /**
   * A flow without datagrams so far.
   *
   * @throws PosixException for want of descriptors or of a route; nothing is left open
   */
  static UdpFlow open(UdpPort port, InetSocketAddress client, InetSocketAddress backend)
      throws PosixException {
    DatagramEndpoint endpoint = port.engine().sockets().datagramFor(backend);
    try {
      endpoint.socket().connect(backend);
    } catch (PosixException e) {
      endpoint.close();
      throw e;
    }
    UdpFlow flow = new UdpFlow(port, client, backend, endpoint);
    endpoint.watch(port.loop(), flow::receiveFromBackend);
    return flow;
  }

  /** Sends the client's datagram on. It is dropped when the backend's socket won't take it. */
  void forward(Datagram datagram, ReplyPath path) {
    replyPath = path;
    used();
    try {
      send(datagram);
    } catch (PosixException e) {
      log.debug("{}: datagram dropped: {}", this, e.getMessage());
    }
  }

  private void send(Datagram datagram) throws PosixException {
    PosixSocket socket = endpoint.socket();
    for (int attempt = 1; ; attempt++) {
      try {
        socket.send(datagram);
        port.meter().movedUp(datagram.length());
        return;
      } catch (PosixException e) {
        if (e.errno() != Errno.ECONNREFUSED || attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private void receiveFromBackend() {
    for (int taken = 0; taken < UdpPort.BUDGET && !closed; taken++) {
      try {
        if (!endpoint.socket().receive(port.datagram())) {
          return;
        }
        reply();
      } catch (PosixException e) {
        // The backend may be starting; only idleness ends a flow.
        log.debug("{}: {}", this, e.getMessage());
      }
    }
  }

  private void reply() throws PosixException {
    used();
    port.touched(client);
    port.socket().reply(port.datagram(), replyPath);
    port.meter().movedDown(port.datagram().length());
  }

  private void used() {
    lastUsedNanos = port.engine().settings().nanoClock().getAsLong();
  }

  /** Whether neither side has sent anything for the idle time. */
  boolean isIdle() {
    long idle = port.engine().settings().nanoClock().getAsLong() - lastUsedNanos;
    return idle >= port.engine().settings().udpIdle().toNanos();
  }

  void close() {
    if (!closed) {
      port.meter().ended();
    }
    closed = true;
    endpoint.close();
  }

  @Override
  public String toString() {
    return Endpoints.text(client) + " to " + Endpoints.text(backend);
  }
}
