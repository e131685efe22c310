package dev.hairpin.proxy;

import dev.hairpin.proxy.posix.DatagramBatch;
import dev.hairpin.proxy.posix.PosixException;
import dev.hairpin.proxy.posix.ReplyPath;
import dev.hairpin.proxy.posix.UdpSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a client and the backend send each other by way of one of our addresses, through a socket of
 * its own, so that the backend tells them apart by port. On its port's event loop only.
 */
final class UdpFlow {
  private static final Logger log = LoggerFactory.getLogger(UdpFlow.class);

  private final UdpPort port;
  private final ReplyPath path;
  private final InetSocketAddress backend;
  private final DatagramEndpoint endpoint;
  private final Outlet toBackend;
  private final Outlet toClient;
  private long lastUsedNanos;
  private boolean closed;

  private UdpFlow(
      UdpPort port, ReplyPath path, InetSocketAddress backend, DatagramEndpoint endpoint) {
    this.port = port;
    this.path = path;
    this.backend = backend;
    this.endpoint = endpoint;
    this.toBackend =
        new Outlet(port.room(), endpoint.socket(), Optional.empty(), port.meter()::movedUp);
    this.toClient =
        new Outlet(port.room(), port.socket(), Optional.of(path), port.meter()::movedDown);
  }

  /**
   * A flow without datagrams so far.
   *
   * @throws IOException for want of descriptors or of a route; nothing is left open
   */
  static UdpFlow open(UdpPort port, ReplyPath path, Backend target) throws IOException {
    InetSocketAddress backend = target.address();
    DatagramEndpoint endpoint =
        port.engine()
            .dialling()
            .openNow(target, () -> port.engine().sockets().datagramFor(backend));
    try {
      UdpSocket socket = endpoint.socket();
      socket.keepAtLeast(UdpPort.BUFFER_BYTES);
      socket.takeJoined();
      socket.connect(backend);
    } catch (PosixException e) {
      endpoint.close();
      throw e;
    }
    UdpFlow flow = new UdpFlow(port, path, backend, endpoint);
    endpoint.watch(port.loop(), flow::receiveFromBackend);
    return flow;
  }

  /** The way to the backend, which is about to be used. */
  Outlet toBackend() {
    used();
    return toBackend;
  }

  private void receiveFromBackend() {
    for (int batch = 0; batch < UdpPort.BATCHES && !closed; batch++) {
      try {
        int received = endpoint.socket().receive(port.room().received());
        reply(received);
        if (received < DatagramBatch.MESSAGES) {
          return;
        }
      } catch (PosixException e) {
        // The backend may be starting; only idleness ends a flow.
        log.debug("{}: {}", this, e.getMessage());
      }
    }
  }

  private void reply(int received) {
    if (received > 0) {
      used();
      port.touched(path);
      toClient.start();
      for (int message = 0; message < received; message++) {
        toClient.add(message);
      }
      toClient.flush();
    }
  }

  private void used() {
    lastUsedNanos = port.engine().settings().udp().nanoClock().getAsLong();
  }

  /** Whether neither side has sent anything for the idle time. */
  boolean isIdle() {
    long idle = port.engine().settings().udp().nanoClock().getAsLong() - lastUsedNanos;
    return idle >= port.engine().settings().udp().idle().toNanos();
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
    return Endpoints.text(path.client()) + " to " + Endpoints.text(backend);
  }
}
