package dev.hairpin.rules.binding;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import java.util.List;
import java.util.Optional;

/**
 * Reads one {@code -p} text. Whatever it holds, the outcome is a request or one line that helps.
 */
final class PortRequestParser {
  private static final String FORM = "write [ADDRESS:][HOST:]CONTAINER[/PROTOCOL], as in 8080:80";
  private static final CharMatcher DIGITS = CharMatcher.inRange('0', '9');

  /** All that addresses, ports and protocols are written with. */
  private static final CharMatcher ALLOWED =
      DIGITS
          .or(CharMatcher.inRange('a', 'z'))
          .or(CharMatcher.inRange('A', 'Z'))
          .or(CharMatcher.anyOf(".:[]/-"));

  private final String text;

  PortRequestParser(String text) {
    this.text = text;
  }

  PortRequest parse() {
    if (text.isBlank()) {
      throw refused("no port in " + UserText.quoted(text) + "; " + FORM);
    }
    int stranger = ALLOWED.negate().indexIn(text);
    if (stranger >= 0) {
      String character = UserText.quoted(text.substring(stranger, stranger + 1));
      throw refused("character " + character + " is not allowed in " + quoted() + "; " + FORM);
    }
    int slash = text.indexOf('/');
    String ends = slash < 0 ? text : text.substring(0, slash);
    Protocol protocol = slash < 0 ? Protocol.TCP : protocol(text.substring(slash + 1));
    return ends.startsWith("[") ? bracketed(ends, protocol) : plain(ends, protocol);
  }

  private PortRequest bracketed(String ends, Protocol protocol) {
    int close = ends.indexOf(']');
    if (close < 0) {
      throw refused("bracket is not closed in " + quoted() + "; write [::1]:8080:80");
    }
    IpAddress address = address(ends.substring(1, close));
    List<String> ports = Splitter.on(':').splitToList(ends.substring(close + 1));
    if (ports.size() != 3 || !ports.getFirst().isEmpty()) {
      throw refused(
          "two ports are expected after the address in " + quoted() + "; write [::1]:8080:80");
    }
    return request(protocol, Optional.of(address), ports.get(1), ports.get(2));
  }

  private PortRequest plain(String ends, Protocol protocol) {
    List<String> parts = Splitter.on(':').splitToList(ends);
    return switch (parts.size()) {
      case 1 -> request(protocol, Optional.empty(), "", parts.get(0));
      case 2 -> request(protocol, Optional.empty(), parts.get(0), parts.get(1));
      case 3 ->
          request(protocol, Optional.of(dottedAddress(parts.get(0))), parts.get(1), parts.get(2));
      default ->
          throw refused(
              "too many colons in " + quoted() + "; write IPv6 in brackets, as in [::1]:8080:80");
    };
  }

  private PortRequest request(
      Protocol protocol, Optional<IpAddress> address, String host, String container) {
    if (container.isEmpty()) {
      throw refused("container port is missing in " + quoted() + "; " + FORM);
    }
    Optional<PortRange> hostPorts =
        host.isEmpty() ? Optional.empty() : Optional.of(range("host port", host));
    PortRange containerPorts = range("container port", container);
    if (containerPorts.size() > 1
        && hostPorts.isPresent()
        && hostPorts.get().size() != containerPorts.size()) {
      throw refused(
          "host ports "
              + hostPorts.get()
              + " and container ports "
              + containerPorts
              + " differ in number in "
              + quoted()
              + "; write ranges of equal length");
    }
    return new PortRequest(protocol, address, hostPorts, containerPorts);
  }

  private PortRange range(String which, String written) {
    int dash = written.indexOf('-');
    if (dash < 0) {
      return PortRange.of(port(which, written, written));
    }
    int first = port(which, written.substring(0, dash), written);
    int last = port(which, written.substring(dash + 1), written);
    if (last < first) {
      throw refused(
          "port range "
              + UserText.quoted(written)
              + " runs backwards; write "
              + new PortRange(last, first));
    }
    return new PortRange(first, last);
  }

  private int port(String which, String digits, String written) {
    if (digits.isEmpty() || !DIGITS.matchesAllOf(digits)) {
      String help = isAddress(digits) ? "; write " + digits + "::80 for any free port of it" : "";
      throw refused(
          which + " " + UserText.quoted(written) + " is not a number in " + quoted() + help);
    }
    String significant = CharMatcher.is('0').trimLeadingFrom(digits);
    int port = significant.length() > 5 ? Integer.MAX_VALUE : Integer.parseInt("0" + significant);
    if (port < 1 || port > 65535) {
      String help = port == 0 ? "; leave the host port out for any free one" : "";
      throw refused(
          which + " " + UserText.cut(digits) + " is outside 1-65535 in " + quoted() + help);
    }
    return port;
  }

  private Protocol protocol(String keyword) {
    return Protocol.of(keyword)
        .orElseThrow(() ->
            refused(
                "protocol "
                    + UserText.quoted(keyword)
                    + " is unknown in "
                    + quoted()
                    + "; write tcp, udp or sctp"));
  }

  private IpAddress dottedAddress(String written) {
    if (written.isEmpty()) {
      throw refused("host address is missing in " + quoted() + "; " + FORM);
    }
    return address(written);
  }

  private IpAddress address(String written) {
    if (!isAddress(written)) {
      throw refused(
          "host address "
              + UserText.quoted(written)
              + " is not an IP address in "
              + quoted()
              + "; names are not looked up");
    }
    return IpAddress.parse(written);
  }

  private static boolean isAddress(String written) {
    try {
      return !written.isEmpty() && IpAddress.parse(written) != null;
    } catch (IllegalArgumentException notAnAddress) {
      return false;
    }
  }

  private String quoted() {
    return UserText.quoted(text);
  }

  private static IllegalArgumentException refused(String message) {
    return new IllegalArgumentException(message);
  }
}
