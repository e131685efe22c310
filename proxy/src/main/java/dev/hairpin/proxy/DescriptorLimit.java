package dev.hairpin.proxy;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.hairpin.proxy.posix.Errno;
import dev.hairpin.proxy.posix.IpSocket;
import dev.hairpin.proxy.posix.PosixException;
import java.lang.management.ManagementFactory;

/** What this process's limit of open files (RLIMIT_NOFILE) leaves for connections. */
final class DescriptorLimit {
  /** For listening sockets, UDP flows and everything that isn't a socket. */
  private static final long FOR_OTHERS = 4;

  private static final long PER_CONNECTION = 2;

  /** Without them a client could not be accepted, and the process not be asked why. */
  private static final long NEVER_FOR_PORTS = 1024;

  /** Libraries, event loops and the like. */
  private static final long OF_THE_PROCESS = 256;

  private static final UnixOperatingSystemMXBean PROCESS =
      ManagementFactory.getPlatformMXBean(UnixOperatingSystemMXBean.class);

  private DescriptorLimit() {}

  /** How many there may be at once. */
  static long all() {
    return PROCESS.getMaxFileDescriptorCount();
  }

  /** How many of them no port may take: at most half of what connections leave. */
  static long neverForPorts() {
    return Math.min(NEVER_FOR_PORTS, all() / (2 * FOR_OTHERS));
  }

  /**
   * So many ports that nothing else can be opened would be of no use to anybody. The kernel gives
   * the lowest number that is free, so it tells how many are in use.
   *
   * @throws PosixException EMFILE, if the socket of a port may not have this descriptor
   */
  static void requireRoomBeside(IpSocket socket) throws PosixException {
    if (socket.fd() >= all() - neverForPorts()) {
      throw new PosixException("socket", Errno.EMFILE);
    }
  }

  /** A limit under which so many ports can be open. */
  static long filesFor(int ports) {
    return ports + NEVER_FOR_PORTS + OF_THE_PROCESS;
  }

  /** Three quarters of the descriptors, two for each. */
  static int connections() {
    long descriptors = all();
    long spare = descriptors - descriptors / FOR_OTHERS;
    return Math.clamp(spare / PER_CONNECTION, 1, Integer.MAX_VALUE);
  }
}
