package dev.hairpin.proxy.posix;

import static dev.hairpin.proxy.posix.Native.LIBC;
import static dev.hairpin.proxy.posix.Native.check;

import java.io.Closeable;
import java.nio.file.Path;

/**
 * A network namespace by a descriptor of its own, which keeps it alive, and keeps meaning it
 * whatever becomes of the file that it was opened by. Safe to use from any thread.
 */
public final class HeldNamespace implements Closeable {
  private static final int O_RDONLY = 0;
  private static final int O_CLOEXEC = 0x80000;
  private static final int CLONE_NEWNET = 0x40000000;

  private final Path file;
  private final int fd;
  private boolean closed;

  private HeldNamespace(Path file, int fd) {
    this.file = file;
    this.fd = fd;
  }

  /**
   * Opens one.
   *
   * @param file of nsfs, such as {@code /run/netns/ns1} or {@code /proc/42/ns/net}
   * @throws PosixException if there is no such file, or it can't be opened. That it is no namespace
   *     is only seen by whoever enters it
   */
  public static HeldNamespace open(Path file) throws PosixException {
    int fd = check("open", LIBC.open(file.toString(), O_RDONLY | O_CLOEXEC));
    return new HeldNamespace(file, fd);
  }

  /** The one that the calling thread is in. */
  public static HeldNamespace ofThisThread() throws PosixException {
    return open(Path.of("/proc/thread-self/ns/net"));
  }

  /**
   * Moves the calling thread there (setns(2), needs CAP_SYS_ADMIN in both). It must be a platform
   * thread that nobody else's work runs on.
   *
   * @throws PosixException if it can't, or this is closed; the thread stays where it was
   */
  public synchronized void enter() throws PosixException {
    if (closed) {
      throw new PosixException("setns", Errno.EBADF);
    }
    check("setns", LIBC.setns(fd, CLONE_NEWNET));
  }

  /** Lets it go. Sockets in it stay. Twice is harmless. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      LIBC.close(fd);
    }
  }

  /** The file that it was opened by. */
  public Path file() {
    return file;
  }

  @Override
  public String toString() {
    return file.toString();
  }
}
