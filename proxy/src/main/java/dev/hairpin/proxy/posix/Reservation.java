package dev.hairpin.proxy.posix;

import static dev.hairpin.proxy.posix.Native.LIBC;
import static dev.hairpin.proxy.posix.Native.check;

import java.io.Closeable;

/**
 * A descriptor that is kept free for a socket to come: whoever takes a client must be able to open
 * the backend's socket too, or clients alone use up all that there are. Given back just before that
 * is opened. One thread at a time.
 */
public final class Reservation implements Closeable {
  /** Not in a program that is started meanwhile (fcntl(2)). */
  private static final int F_DUPFD_CLOEXEC = 1030;

  private final int fd;

  private Reservation(int fd) {
    this.fd = fd;
  }

  /**
   * Takes one, as a duplicate of any that is open.
   *
   * @throws PosixException EMFILE if there is none
   */
  public static Reservation beside(IpSocket open) throws PosixException {
    return new Reservation(check("fcntl", LIBC.fcntl(open.fd(), F_DUPFD_CLOEXEC, 0)));
  }

  /** Gives it back. Once. */
  @Override
  public void close() {
    LIBC.close(fd);
  }
}
