package dev.hairpin.agent.proxies;

import static java.util.Objects.requireNonNull;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import dev.hairpin.rules.address.PortRange;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ports that are chosen from when nobody asks for a particular one (ip(7), {@code
 * ip_local_port_range}).
 *
 * @param reserved not chosen, because the administrator keeps them for others ({@code
 *     ip_local_reserved_ports}; moby from 29.6 on)
 */
record EphemeralPorts(PortRange range, List<PortRange> reserved) {
  private static final Logger log = LoggerFactory.getLogger(EphemeralPorts.class);

  /** dockerd's range where the kernel doesn't tell its own (portallocator.go). */
  private static final PortRange FALLBACK = new PortRange(49153, 65535);

  /** A list of reserved ports is longer than this only if somebody reserves every other port. */
  private static final int LONGEST_LIST = 1 << 20;

  EphemeralPorts {
    requireNonNull(range, "range");
    reserved = List.copyOf(reserved);
  }

  /** Those of this network namespace, now. */
  static EphemeralPorts ofThisHost() {
    return read(Path.of("/proc/sys/net/ipv4"));
  }

  /**
   * @param directory with the files of the two sysctls; one that can't be read is logged, and
   *     dockerd's default stands for it
   */
  static EphemeralPorts read(Path directory) {
    return new EphemeralPorts(
        range(directory.resolve("ip_local_port_range")),
        reserved(directory.resolve("ip_local_reserved_ports")));
  }

  boolean isReserved(int port) {
    return reserved.stream().anyMatch(ports -> ports.contains(port));
  }

  private static PortRange range(Path file) {
    try {
      List<String> ends =
          Splitter.on(CharMatcher.whitespace()).omitEmptyStrings().splitToList(text(file));
      return new PortRange(Integer.parseInt(ends.getFirst()), Integer.parseInt(ends.getLast()));
    } catch (IOException | RuntimeException e) {
      log.warn("read {}: {}; using {}", file, e.toString(), FALLBACK);
      return FALLBACK;
    }
  }

  /** {@code 8080,9148-9150}; an empty line when there are none. */
  private static List<PortRange> reserved(Path file) {
    try {
      return Splitter.on(',')
          .trimResults()
          .omitEmptyStrings()
          .splitToStream(text(file))
          .map(EphemeralPorts::ports)
          .toList();
    } catch (IOException | RuntimeException e) {
      log.warn("read {}: {}; taking no port for reserved", file, e.toString());
      return List.of();
    }
  }

  private static PortRange ports(String text) {
    List<String> ends = Splitter.on('-').splitToList(text);
    return new PortRange(Integer.parseInt(ends.getFirst()), Integer.parseInt(ends.getLast()));
  }

  /** In one read: the kernel gives a sysctl's rest to nobody. */
  private static String text(Path file) throws IOException {
    try (InputStream bytes = Files.newInputStream(file)) {
      return new String(bytes.readNBytes(LONGEST_LIST), StandardCharsets.US_ASCII).strip();
    }
  }
}
