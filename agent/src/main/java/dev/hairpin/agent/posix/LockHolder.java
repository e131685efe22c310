package dev.hairpin.agent.posix;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Who holds a file's lock (flock(2)), as the kernel lists locks in /proc/locks (proc(5)). */
final class LockHolder {
  private static final Path LOCKS = Path.of("/proc/locks");

  /** {@code 7: FLOCK ADVISORY WRITE 4711 00:04:4026531840 0 EOF}; who waits has an arrow there. */
  private static final Pattern LOCK =
      Pattern.compile("\\d+: FLOCK +ADVISORY +WRITE (\\d+) ([0-9a-f]+:[0-9a-f]+:\\d+) .*");

  /** A process of another process namespace has no number here. */
  private static final long UNSEEN = 0;

  private LockHolder() {}

  /** See {@link Posix#lockHolder}. */
  static OptionalLong of(Path file) throws IOException {
    String held = name(file);
    try (Stream<String> locks = Files.lines(LOCKS, US_ASCII)) {
      return locks
          .map(LOCK::matcher)
          .filter(Matcher::matches)
          .filter(lock -> lock.group(2).equals(held))
          .mapToLong(lock -> Long.parseLong(lock.group(1)))
          .filter(process -> process != UNSEEN)
          .findFirst();
    }
  }

  /** Device and inode as they are written there; a device's number as glibc takes it apart. */
  private static String name(Path file) throws IOException {
    long device = (long) Files.getAttribute(file, "unix:dev");
    long major = ((device >>> 8) & 0xfff) | ((device >>> 32) & ~0xfffL);
    long minor = (device & 0xff) | ((device >>> 12) & ~0xffL);
    return "%02x:%02x:%d".formatted(major, minor, (long) Files.getAttribute(file, "unix:ino"));
  }
}
