package dev.hairpin.proxy.posix;

import jnr.ffi.Pointer;

/**
 * A socket that no message can leave for the kernel to cut into datagrams, as with some devices.
 */
public final class Unsegmentable {
  private static final int SOL_SOCKET = 1;
  private static final int SO_NO_CHECK = 11;

  private Unsegmentable() {}

  /** Only checksummed datagrams are cut (udp_send_skb in net/ipv4/udp.c, EINVAL). IPv4 only. */
  public static void make(UdpSocket socket) {
    Pointer on = Native.allocate(Integer.BYTES);
    on.putInt(0, 1);
    int result = Native.LIBC.setsockopt(socket.fd(), SOL_SOCKET, SO_NO_CHECK, on, Integer.BYTES);
    if (result != 0) {
      throw new IllegalStateException("setsockopt SO_NO_CHECK");
    }
  }
}
