package dev.hairpin.proxy.posix;

import java.io.IOException;

/** A system call that failed. The message is the call and the C library's words for its errno. */
public final class PosixException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int errno;

  public PosixException(String call, int errno) {
    super(call + ": " + Errno.text(errno));
    this.errno = errno;
  }

  /** As in {@link Errno}. */
  public int errno() {
    return errno;
  }
}
