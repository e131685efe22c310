package dev.hairpin.agent.doctor;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import com.google.common.primitives.Ints;
import com.google.common.primitives.Longs;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.UserText;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what {@code ss -l -n} prints, with or without its heading and processes. Pure. */
final class SocketText {
  private static final Splitter COLUMNS =
      Splitter.on(CharMatcher.whitespace()).omitEmptyStrings().limit(7);

  /** Only the first: others got the socket from it. */
  private static final Pattern PROGRAM =
      Pattern.compile("users:\\(\\(\"(.*?)\",pid=(\\d{1,10}),fd=");

  /** State, two queues, and both ends. */
  private static final int LEAST_COLUMNS = 5;

  private SocketText() {}

  /**
   * Sockets that wait for clients; those of protocols without ports are left out.
   *
   * @throws IllegalArgumentException if it is not what ss prints
   */
  static List<Listener> read(String text) {
    List<Listener> listeners = new ArrayList<>();
    boolean hasOthers = false;
    for (String line : text.lines().filter(each -> !each.isBlank()).toList()) {
      List<String> columns = COLUMNS.splitToList(line);
      Optional<Protocol> protocol = protocol(columns.getFirst());
      if (protocol.isPresent()) {
        boolean named = !isState(columns.getFirst());
        listeners.add(
            listener(protocol.get(), columns.subList(named ? 1 : 0, columns.size()), line));
      } else {
        hasOthers |= columns.size() > LEAST_COLUMNS;
        if (columns.size() < LEAST_COLUMNS && !line.startsWith("`-")) {
          throw wrong(line);
        }
      }
    }
    if (listeners.isEmpty() && !hasOthers && !text.isBlank()) {
      throw wrong(text.strip());
    }
    return listeners.stream().distinct().toList();
  }

  /** With one protocol asked for, ss doesn't say it, and the state tells. */
  private static Optional<Protocol> protocol(String column) {
    return switch (column) {
      case "LISTEN" -> Optional.of(Protocol.TCP);
      case "UNCONN" -> Optional.of(Protocol.UDP);
      case String other -> Protocol.of(other);
    };
  }

  private static boolean isState(String column) {
    return column.equals("LISTEN") || column.equals("UNCONN");
  }

  private static Listener listener(Protocol protocol, List<String> columns, String line) {
    if (columns.size() < LEAST_COLUMNS
        || !CharMatcher.inRange('A', 'Z')
            .or(CharMatcher.is('-'))
            .matchesAllOf(columns.getFirst())) {
      throw wrong(line);
    }
    String local = columns.get(3);
    int colon = local.lastIndexOf(':');
    Integer port = colon < 0 ? null : Ints.tryParse(local.substring(colon + 1));
    if (port == null || port < 1 || port > 65535) {
      throw wrong(line);
    }
    String address = withoutScope(local.substring(0, colon));
    // Up to iproute2 4.15 a wildcard of IPv6 looked the same whether or not it took IPv4.
    boolean both = address.equals("*") || address.equals("::");
    return new Listener(
        protocol, both ? IpAddress.ANY_IPV6 : address(address, line), both, port, program(line));
  }

  /** {@code 127.0.0.1%lo} and {@code [fe80::1]%eth0}. */
  private static String withoutScope(String address) {
    int percent = address.indexOf('%');
    if (percent < 0) {
      return address;
    }
    String bare = address.substring(0, percent);
    return bare.startsWith("[") && !bare.endsWith("]") ? bare + "]" : bare;
  }

  private static IpAddress address(String text, String line) {
    boolean bracketed = text.startsWith("[") && text.endsWith("]");
    try {
      return IpAddress.parse(bracketed ? text.substring(1, text.length() - 1) : text);
    } catch (IllegalArgumentException e) {
      throw wrong(line);
    }
  }

  private static Optional<Listener.Program> program(String line) {
    Matcher program = PROGRAM.matcher(line);
    return program.find()
        ? Optional.ofNullable(Longs.tryParse(program.group(2)))
            .map(pid -> new Listener.Program(program.group(1), pid))
        : Optional.empty();
  }

  private static IllegalArgumentException wrong(String line) {
    return new IllegalArgumentException(
        UserText.quoted(line) + " is not a line that ss -l -n prints");
  }
}
