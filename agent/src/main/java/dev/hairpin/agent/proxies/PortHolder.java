package dev.hairpin.agent.proxies;

import static java.util.Objects.requireNonNull;

import dev.hairpin.proxy.PortUnavailableException;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.HostPort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the program that holds a port, by the socket's inode: {@code /proc/net} has it beside the
 * port, {@code /proc/PID/fd} beside the process. Only sockets of this network namespace are seen.
 */
public final class PortHolder {
  private static final Logger log = LoggerFactory.getLogger(PortHolder.class);

  /** State of a listening TCP socket in /proc/net/tcp (TCP_LISTEN in the kernel's tcp_states.h). */
  private static final String LISTENING = "0A";

  private final Path proc;

  /** Looks at this machine. */
  public PortHolder() {
    this(Path.of("/proc"));
  }

  PortHolder(Path proc) {
    this.proc = requireNonNull(proc, "proc");
  }

  /** {@code nginx (pid 123)}; empty when it can't be found, or has ended meanwhile. */
  public Optional<String> holderOf(HostPort hostPort) {
    Set<String> links = new HashSet<>();
    for (String table : tables(hostPort)) {
      for (String line : lines(proc.resolve("net").resolve(table))) {
        inodeIn(line, hostPort).ifPresent(inode -> links.add("socket:[" + inode + "]"));
      }
    }
    return links.isEmpty() ? Optional.empty() : processWith(links);
  }

  /** Why a port can't be had: {@code address already in use by nginx (pid 123)}. */
  public String whyNot(HostPort hostPort, PortUnavailableException problem) {
    String text = problem.reason().text();
    return switch (problem.reason()) {
      case IN_USE -> text + holderOf(hostPort).map(holder -> " by " + holder).orElse("");
      case ADDRESS_NOT_LOCAL, NOT_PERMITTED, NOT_SUPPORTED -> text;
      case TOO_MANY_FILES -> problem.detail();
      case OTHER -> problem.getMessage();
    };
  }

  /** An IPv6 socket may hold the IPv4 port too. */
  private static List<String> tables(HostPort hostPort) {
    if (hostPort.protocol() == Protocol.SCTP) {
      return List.of("sctp/eps");
    }
    String protocol = hostPort.protocol().keyword();
    return hostPort.address().family() == Family.IPV4
        ? List.of(protocol, protocol + "6")
        : List.of(protocol + "6");
  }

  private static Optional<String> inodeIn(String line, HostPort hostPort) {
    return switch (hostPort.protocol()) {
      case TCP, UDP -> inodeOfHolder(line, hostPort);
      case SCTP -> inodeOfEndpoint(line, hostPort);
    };
  }

  /**
   * Reads a line of /proc/net/sctp/eps, which has those that listen: {@code ENDPT SOCK STY SST HBKT
   * LPORT UID INODE LADDRS}, each address in full.
   */
  private static Optional<String> inodeOfEndpoint(String line, HostPort hostPort) {
    String[] fields = line.strip().split("\\s+", -1);
    boolean holds =
        fields.length > 8
            && fields[5].equals(Integer.toString(hostPort.port()))
            && Arrays.stream(fields, 8, fields.length)
                .map(IpAddress::parse)
                .anyMatch(held -> overlap(held, hostPort.address()));
    return holds ? Optional.of(fields[7]) : Optional.empty();
  }

  /**
   * Reads a line of /proc/net/tcp and its kin: {@code 0: 0100007F:1F90 00000000:0000 0A ... uid
   * timeout inode}, the address as the words of memory.
   */
  private static Optional<String> inodeOfHolder(String line, HostPort hostPort) {
    String[] fields = line.strip().split("\\s+");
    if (fields.length < 10 || !fields[1].contains(":")) {
      return Optional.empty();
    }
    String[] local = fields[1].split(":", 2);
    boolean holds =
        Integer.parseInt(local[1], 16) == hostPort.port()
            && overlap(address(local[0]), hostPort.address())
            && isUnconnected(fields);
    return holds ? Optional.of(fields[9]) : Optional.empty();
  }

  /** A connection has the listener's port too, and doesn't keep others from it. */
  private static boolean isUnconnected(String[] fields) {
    return fields[3].equals(LISTENING) || fields[2].endsWith(":0000");
  }

  private static boolean overlap(IpAddress held, IpAddress wanted) {
    return held.equals(wanted)
        || (held.isWildcard() && (held.family() == wanted.family() || held.family() == Family.IPV6))
        || (wanted.isWildcard() && held.family() == wanted.family());
  }

  private static IpAddress address(String hex) {
    ByteBuffer words = ByteBuffer.wrap(HexFormat.of().parseHex(hex)).order(ByteOrder.BIG_ENDIAN);
    ByteBuffer bytes = ByteBuffer.allocate(words.capacity()).order(ByteOrder.nativeOrder());
    while (words.hasRemaining()) {
      bytes.putInt(words.getInt());
    }
    try {
      return new IpAddress(InetAddress.getByAddress(bytes.array()));
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("\"" + hex + "\" is not an address of /proc/net", e);
    }
  }

  private Optional<String> processWith(Set<String> links) {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[1-9]*")) {
      for (Path process : processes) {
        if (hasOneOf(process.resolve("fd"), links)) {
          String name = String.join("", lines(process.resolve("comm")));
          return Optional.of(name + " (pid " + process.getFileName() + ")");
        }
      }
    } catch (IOException e) {
      log.debug("look for the holder of a port: {}", e.toString());
    }
    return Optional.empty();
  }

  private static boolean hasOneOf(Path descriptors, Set<String> links) {
    try (Stream<Path> opened = Files.list(descriptors)) {
      return opened.anyMatch(descriptor -> links.contains(target(descriptor)));
    } catch (IOException e) {
      log.trace("the process of {} ended: {}", descriptors, e.toString());
      return false;
    }
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      log.trace("{} was closed: {}", descriptor, e.toString());
      return "";
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      log.trace("read {}: {}", file, e.toString());
      return List.of();
    }
  }
}
