package dev.hairpin.proxy;

import dev.hairpin.proxy.posix.Errno;
import dev.hairpin.proxy.posix.Outgoing;
import dev.hairpin.proxy.posix.PosixException;
import dev.hairpin.proxy.posix.ReplyPath;
import dev.hairpin.proxy.posix.UdpSocket;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One direction of a flow: sends datagrams of the loop's room through a socket, as few calls as
 * possible. What the socket won't take is dropped. On the loop only.
 */
final class Outlet {
  private static final Logger log = LoggerFactory.getLogger(Outlet.class);

  /** An ICMP error is handed out once and then gone, so that the second attempt really sends. */
  private static final int ATTEMPTS = 3;

  private final DatagramRoom room;
  private final UdpSocket socket;
  private final Optional<ReplyPath> path;
  private final LongConsumer moved;

  /**
   * Datagrams up to this size may share a message. It starts with any and shrinks to what the way
   * there has been seen to take: one that needs fragments can't be cut by the kernel.
   */
  private int longestSegment = SegmentSupport.LONGEST;

  /**
   * @param moved is told how many bytes went
   */
  Outlet(DatagramRoom room, UdpSocket socket, Optional<ReplyPath> path, LongConsumer moved) {
    this.room = room;
    this.socket = socket;
    this.path = path;
    this.moved = moved;
  }

  /** Begins a run of datagrams; {@link #add} them, then {@link #flush}. */
  void start() {
    room.outgoing().clear(path, longestSegment);
  }

  /** Adds a message that was received. */
  void add(int message) {
    room.outgoing().add(room.received(), message, this::flush);
  }

  void flush() {
    Outgoing outgoing = room.outgoing();
    send(outgoing);
    outgoing.clear(path, longestSegment);
  }

  private void send(Outgoing outgoing) {
    int attempt = 1;
    for (int next = 0; next < outgoing.count(); ) {
      try {
        int sent = socket.send(outgoing, next);
        moved.accept(outgoing.bytes(next, next + sent));
        next += sent;
        attempt = 1;
      } catch (PosixException e) {
        if (e.errno() != Errno.ECONNREFUSED || attempt++ == ATTEMPTS) {
          giveUp(outgoing, next++, e);
          attempt = 1;
        }
      }
    }
  }

  private void giveUp(Outgoing outgoing, int message, PosixException e) {
    if (outgoing.isJoined(message) && isAboutSegments(e)) {
      longestSegment = Math.min(longestSegment, outgoing.segment(message) - 1);
      sendApart(outgoing, message);
    } else {
      log.debug("{}: dropped: {}", path, e.getMessage());
    }
  }

  /** The device can't, or they are longer than its MTU (udp(7)). */
  private static boolean isAboutSegments(PosixException e) {
    return e.errno() == Errno.EINVAL || e.errno() == Errno.EMSGSIZE || e.errno() == Errno.EIO;
  }

  private void sendApart(Outgoing outgoing, int message) {
    Outgoing apart = room.apart();
    apart.clear(path, 0);
    apart.addApart(outgoing, message, () -> flushApart(apart));
    send(apart);
  }

  private void flushApart(Outgoing apart) {
    send(apart);
    apart.clear(path, 0);
  }
}
