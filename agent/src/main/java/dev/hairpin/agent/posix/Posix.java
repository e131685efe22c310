package dev.hairpin.agent.posix;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The operating system's calls that the agent needs beyond the JDK. Safe to use from every thread;
 * {@link #enterNetworkNamespace} says what it does to the one that calls it.
 */
public interface Posix {
  /**
   * The system's own. The native library is loaded on the first call, which takes some 0.1 s; code
   * that may not need it should call this late.
   *
   * @throws LinkageError if it can't be
   */
  static Posix system() {
    return Native.SYSTEM;
  }

  /** The user whose rights this process has; 0 is root. */
  int effectiveUserId();

  /**
   * Takes the exclusive lock (flock(2)) of a file that is only read, without waiting. The kernel
   * frees it when this process ends, however it ends, and nothing is left behind.
   *
   * @return the lock, or empty while someone else holds it
   * @throws IOException if the file can't be opened
   */
  Optional<Lock> tryLock(Path file) throws IOException;

  /**
   * The process that holds the lock that {@link #tryLock} takes; empty if nobody does, or somebody
   * who can't be seen from here.
   *
   * @throws IOException if that can't be read
   */
  OptionalLong lockHolder(Path file) throws IOException;

  /**
   * Moves the calling thread to another network namespace. It must be a platform thread that ends
   * afterwards: a pooled or virtual one would take other work along.
   *
   * @param namespace a file of nsfs, such as {@code /run/netns/ns1} or {@code /proc/42/ns/net}
   * @throws IOException if it is no namespace, or the caller may not enter it; the thread stays
   *     where it was
   */
  void enterNetworkNamespace(Path namespace) throws IOException;

  /**
   * The bridges of the calling thread's network namespace, as interface indexes. /sys can't tell:
   * it shows the namespace that it was mounted in.
   */
  Set<Integer> bridges() throws IOException;

  /**
   * Sends one datagram to a Unix socket, without waiting for anybody.
   *
   * @param socket its path; one that begins with {@code @} is a name in the abstract namespace, see
   *     unix(7)
   * @throws IOException if nobody listens there
   */
  void sendDatagram(String socket, String text) throws IOException;

  /**
   * Takes hold of a process, so that its number can't come to mean another one meanwhile
   * (pidfd_open(2), Linux 5.3).
   *
   * @throws IOException if there is no such process
   */
  Held hold(long pid) throws IOException;

  /**
   * Starts a program that is to outlive this one: in a session of its own and the root directory,
   * with {@code /dev/null} for what it reads and writes. Whoever calls this sees to {@link #reap}.
   *
   * @param argv the program, looked for in PATH, and its arguments
   * @param environment such as {@code PATH=/bin}; all that it gets
   * @param descriptors the program has duplicates of these from 3 on, in any order, and no others
   * @return its process id
   * @throws IOException if it can't be started
   */
  long start(List<String> argv, List<String> environment, List<Integer> descriptors)
      throws IOException;

  /** Lets go of a child that has ended, which is a zombie until then; any other is left alone. */
  void reap(long pid);

  /** Closes a descriptor that a call of ours has returned (close(2)). */
  void close(int descriptor);

  /** A process that was taken hold of, until this is closed. It may have ended. */
  interface Held extends AutoCloseable {
    /**
     * Makes a duplicate of one of its descriptors: the same open file, socket or pipe
     * (pidfd_getfd(2), Linux 5.6). It stays here when a program is started, and the caller closes
     * it.
     *
     * @return its number in this process
     * @throws IOException if the process has ended or has no such descriptor, or this one may not
     *     look into it (ptrace(2), PTRACE_MODE_ATTACH_REALCREDS); nothing is left open
     */
    int duplicateOf(int descriptor) throws IOException;

    @Override
    void close();
  }

  /** A file's lock, held until it is closed. */
  interface Lock extends AutoCloseable {
    @Override
    void close();
  }

  /** Defers loading the native library. */
  final class Native {
    private static final Posix SYSTEM = new JnrPosix();

    private Native() {}
  }
}
