package dev.hairpin.agent.keeper;

import dev.hairpin.agent.posix.DescriptorQueue;
import dev.hairpin.proxy.posix.TcpSocket;
import dev.hairpin.proxy.posix.UdpSocket;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.HostPort;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A queue and what is in it. One message has all of a slot's sockets, and a change is a new message
 * before the old one is taken out: whenever the agent is killed, the newest message is whole.
 */
final class Slot implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Slot.class);

  private final DescriptorQueue queue;
  private final Map<HostPort, Integer> sockets = new LinkedHashMap<>();
  private int messages;
  private boolean isChanged;

  Slot(DescriptorQueue queue) {
    this.queue = queue;
  }

  /**
   * Has what an earlier agent left in the queue. If it was killed in the middle of a change, that
   * is the newest message. Sockets that this process has no descriptors for are closed.
   *
   * @return the sockets, for somebody to take or close
   */
  Map<HostPort, Integer> takeOver() throws IOException {
    DescriptorQueue.Contents contents;
    try {
      contents = queue.look();
    } catch (IOException e) {
      log.warn("{}; their ports are opened anew", e.getMessage());
      while (queue.drop()) {
        log.debug("emptied queue {}", queue.descriptor());
      }
      return Map.of();
    }
    for (int descriptor : contents.newest()) {
      sockets.put(hostPort(descriptor), descriptor);
    }
    for (messages = contents.messages(); messages > 1; messages--) {
      queue.drop();
    }
    return Map.copyOf(sockets);
  }

  /** Nobody wrote down what the sockets are: the kernel says what each is bound to. */
  private static HostPort hostPort(int descriptor) throws IOException {
    TcpSocket socket = TcpSocket.of(descriptor);
    InetSocketAddress bound = socket.localAddress();
    Protocol protocol =
        socket.isGenuine()
            ? Protocol.TCP
            : UdpSocket.of(descriptor).isGenuine() ? Protocol.UDP : Protocol.SCTP;
    return new HostPort(protocol, new IpAddress(bound.getAddress()), bound.getPort());
  }

  Set<HostPort> hostPorts() {
    return Set.copyOf(sockets.keySet());
  }

  boolean hasRoom() {
    return sockets.size() < DescriptorQueue.MOST_IN_MESSAGE;
  }

  /**
   * To be written.
   *
   * @param descriptor valid until the port is removed
   */
  void put(HostPort hostPort, int descriptor) {
    Integer before = sockets.put(hostPort, descriptor);
    isChanged |= before == null || before != descriptor;
  }

  /** To be written. */
  void remove(HostPort hostPort) {
    isChanged |= sockets.remove(hostPort) != null;
  }

  /**
   * Brings the queue in step.
   *
   * @throws IOException if the kernel takes no more: then nothing of this slot is kept, as what was
   *     removed must not stay open; the next write tries again
   */
  void write() throws IOException {
    if (!isChanged) {
      return;
    }
    int old = messages;
    try {
      if (!sockets.isEmpty()) {
        queue.put(new ArrayList<>(sockets.values()));
        messages++;
      }
      isChanged = false;
    } finally {
      for (; old > 0; old--) {
        queue.drop();
        messages--;
      }
    }
  }

  int descriptor() {
    return queue.descriptor();
  }

  /** Lets go of the queue; who keeps it has what is in it. */
  @Override
  public void close() {
    queue.close();
  }
}
