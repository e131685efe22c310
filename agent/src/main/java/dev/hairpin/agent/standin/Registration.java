package dev.hairpin.agent.standin;

import dev.hairpin.agent.posix.ProcessIdentity;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.UserText;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The text of a registration: docker-proxy's flags, one {@code name=value} line each. Its {@code
 * -use-listen-fd} has the descriptor for a value.
 */
final class Registration {
  /** Far more than the flags need. */
  static final int MAX_BYTES = 1024;

  private static final Set<String> FLAGS =
      Set.of("proto", "host-ip", "host-port", "container-ip", "container-port", "use-listen-fd");

  private static final Pattern PORT = Pattern.compile("[1-9][0-9]{0,4}");

  private static final Pattern DESCRIPTOR = Pattern.compile("[0-9]{1,5}");

  private Registration() {}

  /**
   * The claim that the lines make.
   *
   * @throws IllegalArgumentException if a flag is missing, unknown, given twice, or has a value
   *     that docker-proxy would not take either
   */
  static Claim parse(ProcessIdentity process, List<String> lines) {
    Map<String, String> flags = new HashMap<>();
    if (lines.isEmpty() || !lines.getLast().equals("end")) {
      throw new IllegalArgumentException("the registration of " + process + " is not complete");
    }
    for (String line : lines.subList(0, lines.size() - 1)) {
      int equals = line.indexOf('=');
      if (equals < 0
          || !FLAGS.contains(line.substring(0, equals))
          || flags.put(line.substring(0, equals), line.substring(equals + 1)) != null) {
        throw new IllegalArgumentException(
            UserText.quoted(line) + " is not a line of a registration");
      }
    }
    Protocol protocol =
        Protocol.of(value(flags, "proto"))
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "unsupported protocol " + UserText.quoted(value(flags, "proto"))));
    return new Claim(
        process,
        new HostPort(protocol, IpAddress.parse(value(flags, "host-ip")), port(flags, "host-port")),
        IpAddress.parse(value(flags, "container-ip")),
        port(flags, "container-port"),
        socket(flags));
  }

  private static OptionalInt socket(Map<String, String> flags) {
    String text = flags.get("use-listen-fd");
    if (text == null) {
      return OptionalInt.empty();
    }
    if (!DESCRIPTOR.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "-use-listen-fd " + UserText.quoted(text) + " is not a descriptor");
    }
    return OptionalInt.of(Integer.parseInt(text));
  }

  private static String value(Map<String, String> flags, String name) {
    String value = flags.get(name);
    if (value == null) {
      throw new IllegalArgumentException("flag -" + name + " is missing");
    }
    return value;
  }

  private static int port(Map<String, String> flags, String name) {
    String text = value(flags, name);
    if (!PORT.matcher(text).matches() || Integer.parseInt(text) > 65535) {
      throw new IllegalArgumentException(
          "-" + name + " " + UserText.quoted(text) + " is outside 1-65535");
    }
    return Integer.parseInt(text);
  }
}
