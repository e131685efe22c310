package dev.hairpin.agent.proxies;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.groupingBy;

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
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the programs that hold ports, by the sockets' inodes: {@code /proc/net} has them beside the
 * ports, {@code /proc/PID/fd} beside the processes. Only sockets of this network namespace are
 * seen. What was read once is not read again, however many ports somebody holds: one is for one
 * look. Not safe for several threads.
 */
public final class PortHolder {
  private static final Logger log = LoggerFactory.getLogger(PortHolder.class);

  /** State of a listening TCP socket in /proc/net/tcp (TCP_LISTEN in the kernel's tcp_states.h). */
  private static final String LISTENING = "0A";

  private static final String SCTP = "sctp/eps";
  private static final String SOCKET = "socket:[";

  private final Path proc;

  /** By table of /proc/net, then by port. */
  private final Map<String, Map<Integer, List<Held>>> tables = new HashMap<>();

  /** By what a descriptor's link says. */
  private Optional<Map<String, String>> processes = Optional.empty();

  /** An address of a port that a socket holds. */
  private record Held(int port, IpAddress address, String inode) {}

  /** Looks at this machine. */
  public PortHolder() {
    this(Path.of("/proc"));
  }

  PortHolder(Path proc) {
    this.proc = requireNonNull(proc, "proc");
  }

  /** {@code nginx (pid 123)}; empty when it can't be found, or has ended meanwhile. */
  public Optional<String> holderOf(HostPort hostPort) {
    return tables(hostPort)
        .flatMap(table ->
            tables
                .computeIfAbsent(table, this::read)
                .getOrDefault(hostPort.port(), List.of())
                .stream())
        .filter(held -> overlap(held.address(), hostPort.address()))
        .map(held -> processes().get(SOCKET + held.inode() + "]"))
        .filter(Objects::nonNull)
        .findFirst();
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
  private static Stream<String> tables(HostPort hostPort) {
    if (hostPort.protocol() == Protocol.SCTP) {
      return Stream.of(SCTP);
    }
    String protocol = hostPort.protocol().keyword();
    return hostPort.address().family() == Family.IPV4
        ? Stream.of(protocol, protocol + "6")
        : Stream.of(protocol + "6");
  }

  private Map<Integer, List<Held>> read(String table) {
    return lines(proc.resolve("net").resolve(table)).stream()
        .map(line -> line.strip().split("\\s+", -1))
        .flatMap(table.equals(SCTP) ? PortHolder::heldByEndpoint : PortHolder::heldBySocket)
        .collect(groupingBy(Held::port));
  }

  /**
   * Reads a line of /proc/net/sctp/eps, which has those that listen: {@code ENDPT SOCK STY SST HBKT
   * LPORT UID INODE LADDRS}, each address in full.
   */
  private static Stream<Held> heldByEndpoint(String[] fields) {
    return fields.length > 8 && !fields[5].equals("LPORT")
        ? Arrays.stream(fields, 8, fields.length)
            .map(address ->
                new Held(Integer.parseInt(fields[5]), IpAddress.parse(address), fields[7]))
        : Stream.empty();
  }

  /**
   * Reads a line of /proc/net/tcp and its kin: {@code 0: 0100007F:1F90 00000000:0000 0A ... uid
   * timeout inode}, the address as the words of memory.
   */
  private static Stream<Held> heldBySocket(String[] fields) {
    if (fields.length < 10 || !fields[1].contains(":") || !isUnconnected(fields)) {
      return Stream.empty();
    }
    String[] local = fields[1].split(":", 2);
    return Stream.of(new Held(Integer.parseInt(local[1], 16), address(local[0]), fields[9]));
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

  private Map<String, String> processes() {
    if (processes.isEmpty()) {
      processes = Optional.of(readProcesses());
    }
    return processes.get();
  }

  private Map<String, String> readProcesses() {
    Map<String, String> bySocket = new HashMap<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(proc, "[1-9]*")) {
      for (Path process : all) {
        String name = String.join("", lines(process.resolve("comm")));
        String text = name + " (pid " + process.getFileName() + ")";
        sockets(process.resolve("fd")).forEach(socket -> bySocket.putIfAbsent(socket, text));
      }
    } catch (IOException e) {
      log.debug("look for the holders of ports: {}", e.toString());
    }
    return bySocket;
  }

  private static List<String> sockets(Path descriptors) {
    try (Stream<Path> opened = Files.list(descriptors)) {
      return opened.map(PortHolder::target).filter(link -> link.startsWith(SOCKET)).toList();
    } catch (IOException e) {
      log.trace("the process of {} ended: {}", descriptors, e.toString());
      return List.of();
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
