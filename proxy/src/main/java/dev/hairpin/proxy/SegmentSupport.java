package dev.hairpin.proxy;

import dev.hairpin.proxy.posix.UdpSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * Whether this machine's kernel cuts a message into datagrams. One that can't would send the
 * message as a single datagram, without an error, so it is asked once.
 */
final class SegmentSupport {
  /** Datagrams up to this size may share a message; 0 if none may. */
  static final int LONGEST = isThere() ? Integer.MAX_VALUE : 0;

  private SegmentSupport() {}

  private static boolean isThere() {
    InetSocketAddress like = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (UdpSocket socket = UdpSocket.open(like)) {
      return socket.canSegment();
    } catch (IOException e) {
      return false;
    }
  }
}
