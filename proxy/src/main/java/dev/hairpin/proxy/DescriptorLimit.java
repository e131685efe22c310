package dev.hairpin.proxy;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** What this process's limit of open files (RLIMIT_NOFILE) leaves for connections. */
final class DescriptorLimit {
  /** For listening sockets, UDP flows and everything that isn't a socket. */
  private static final long FOR_OTHERS = 4;

  private static final long PER_CONNECTION = 2;

  private DescriptorLimit() {}

  /** Three quarters of the descriptors, two for each. */
  static int connections() {
    long descriptors =
        ManagementFactory.getPlatformMXBean(UnixOperatingSystemMXBean.class)
            .getMaxFileDescriptorCount();
    long spare = descriptors - descriptors / FOR_OTHERS;
    return Math.clamp(spare / PER_CONNECTION, 1, Integer.MAX_VALUE);
  }
}
