package dev.hairpin.proxy.posix;

/**
 * Error numbers of Linux (asm-generic/errno.h), the same on every 64-bit architecture we run on.
 */
public final class Errno {
  public static final int EPERM = 1;
  public static final int EINTR = 4;
  public static final int EAGAIN = 11;
  public static final int EACCES = 13;
  public static final int EADDRINUSE = 98;
  public static final int EADDRNOTAVAIL = 99;
  public static final int ECONNREFUSED = 111;

  private Errno() {}

  /** The C library's words for an error number. */
  public static String text(int errno) {
    return PosixSocket.LIBC.strerror(errno);
  }
}
