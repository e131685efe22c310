package dev.hairpin.proxy.posix;

import java.util.Set;

/**
 * Error numbers of Linux (asm-generic/errno.h), the same on every 64-bit architecture we run on.
 */
public final class Errno {
  public static final int EPERM = 1;
  public static final int EINTR = 4;
  public static final int EIO = 5;
  public static final int EBADF = 9;
  public static final int EAGAIN = 11;
  public static final int EACCES = 13;
  public static final int ENOMEM = 12;
  public static final int EINVAL = 22;
  public static final int ENFILE = 23;
  public static final int EMFILE = 24;
  public static final int EPIPE = 32;
  public static final int EMSGSIZE = 90;
  public static final int ENOPROTOOPT = 92;
  public static final int EPROTONOSUPPORT = 93;
  public static final int EADDRINUSE = 98;
  public static final int EADDRNOTAVAIL = 99;
  public static final int ECONNRESET = 104;
  public static final int ENOBUFS = 105;
  public static final int ENOTCONN = 107;
  public static final int ESHUTDOWN = 108;
  public static final int ETIMEDOUT = 110;
  public static final int ECONNREFUSED = 111;
  public static final int EINPROGRESS = 115;

  private static final Set<Integer> OF_CONNECTION =
      Set.of(
          EPERM,
          71, // EPROTO
          ENOPROTOOPT,
          95, // EOPNOTSUPP
          100, // ENETDOWN
          101, // ENETUNREACH
          103, // ECONNABORTED
          64, // ENONET
          112, // EHOSTDOWN
          113); // EHOSTUNREACH

  /** Too many descriptors of this process, or of all, or too little of the kernel's memory. */
  private static final Set<Integer> OF_EXHAUSTION = Set.of(EMFILE, ENFILE, ENOBUFS, ENOMEM);

  private Errno() {}

  /** Whether an accept(2) that fails with it would succeed for the next connection. */
  public static boolean isOfConnection(int errno) {
    return OF_CONNECTION.contains(errno);
  }

  /** Whether a socket(2) that fails with it may succeed when others have closed theirs. */
  public static boolean isOfExhaustion(int errno) {
    return OF_EXHAUSTION.contains(errno);
  }

  /** The C library's words for an error number. */
  public static String text(int errno) {
    return Native.LIBC.strerror(errno);
  }
}
