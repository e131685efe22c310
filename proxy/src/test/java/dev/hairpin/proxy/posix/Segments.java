package dev.hairpin.proxy.posix;

import static dev.hairpin.proxy.posix.Native.LIBC;
import static dev.hairpin.proxy.posix.Native.check;

import jnr.ffi.Pointer;

/** How many segments have come in through a TCP socket (struct tcp_info in linux/tcp.h). */
public final class Segments {
  private static final int IPPROTO_TCP = 6;
  private static final int TCP_INFO = 11;
  private static final int INFO_BYTES = 160;
  private static final int SEGMENTS_IN = 140;

  private Segments() {}

  /** All of them: with bytes, without, and with the end of the stream. */
  public static int receivedBy(TcpSocket socket) throws PosixException {
    Pointer info = Native.allocate(INFO_BYTES + Integer.BYTES);
    Pointer length = info.slice(INFO_BYTES);
    length.putInt(0, INFO_BYTES);
    check("getsockopt", LIBC.getsockopt(socket.fd(), IPPROTO_TCP, TCP_INFO, info, length));
    return info.getInt(SEGMENTS_IN);
  }
}
