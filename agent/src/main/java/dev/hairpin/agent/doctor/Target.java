package dev.hairpin.agent.doctor;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.binding.UserText;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a person asks about. */
public sealed interface Target {
  /** Every published port. */
  record Everything() implements Target {
    @Override
    public String toString() {
      return "everything";
    }
  }

  /**
   * A port of the host.
   *
   * @param address that it is asked at; empty for any
   * @param number 1-65535
   * @param protocol empty for any
   */
  record Port(Optional<IpAddress> address, int number, Optional<Protocol> protocol)
      implements Target {
    public Port {
      requireNonNull(address, "address");
      requireNonNull(protocol, "protocol");
      if (number < 1 || number > 65535) {
        throw new IllegalArgumentException("port " + number + " is outside 1-65535");
      }
    }

    /** Whether a client that asks this gets to that port, if all is right. */
    boolean isOf(PortBinding binding) {
      IpAddress on = binding.hostPort().address();
      return binding.hostPort().port() == number
          && protocol.map(asked -> asked == binding.protocol()).orElse(true)
          && address
              .map(asked -> on.equals(asked) || (on.isWildcard() && on.family() == asked.family()))
              .orElse(true);
    }

    @Override
    public String toString() {
      return address.map(at -> at.withPort(number)).orElse(Integer.toString(number))
          + protocol.map(of -> "/" + of).orElse("");
    }
  }

  /** An address, of the host or of a container. */
  record Address(IpAddress address) implements Target {
    public Address {
      requireNonNull(address, "address");
    }

    @Override
    public String toString() {
      return address.toString();
    }
  }

  /** A container, by its name or how its id begins, or a namespace. */
  record Named(String name) implements Target {
    public Named {
      requireNonNull(name, "name");
    }

    @Override
    public String toString() {
      return UserText.quoted(name);
    }
  }

  Pattern PORT =
      Pattern.compile("(?:(?<address>\\[.+]|[^:]+):)?(?<port>\\d{1,5})(?:/(?<protocol>\\w+))?");

  /**
   * Reads {@code 8080}, {@code 53/udp}, {@code 192.0.2.1:8080}, {@code [2001:db8::1]:8080/tcp}, an
   * address, or a name.
   *
   * @throws IllegalArgumentException if it is none of them
   */
  static Target parse(String text) {
    Matcher port = PORT.matcher(text);
    if (port.matches()) {
      return new Port(
          Optional.ofNullable(port.group("address"))
              .map(address -> IpAddress.parse(address.replaceAll("[\\[\\]]", ""))),
          Integer.parseInt(port.group("port")),
          Optional.ofNullable(port.group("protocol"))
              .map(name ->
                  Protocol.of(name)
                      .orElseThrow(() ->
                          new IllegalArgumentException(
                              UserText.quoted(name) + " is none of tcp, udp and sctp"))));
    }
    if (text.isBlank()) {
      throw new IllegalArgumentException(
          "\"\" is no port, address, container or namespace; write 8080, 53/udp or web");
    }
    return looksLikeAddress(text) ? new Address(IpAddress.parse(text)) : new Named(text);
  }

  private static boolean looksLikeAddress(String text) {
    return text.matches("[0-9.]+\\.[0-9]+") || text.matches("[0-9a-fA-F:]*:[0-9a-fA-F:.]*");
  }

  /** Whether this is about a published port. */
  default boolean isAbout(PortBinding binding) {
    return switch (this) {
      case Everything everything -> true;
      case Port port -> port.isOf(binding);
      case Address(IpAddress address) ->
          binding.hostPort().address().equals(address)
              || binding.containerAddress().equals(address);
      case Named(String name) -> isCalled(binding.publisher(), name);
    };
  }

  /** Whether somebody goes by a name. */
  static boolean isCalled(Publisher publisher, String name) {
    return switch (publisher) {
      case Publisher.Container(String id, String own) ->
          own.equals(name) || (name.length() >= 4 && id.startsWith(name));
      case Publisher.Namespace(String own) -> own.equals(name);
      case Publisher.StandIn standIn -> false;
    };
  }
}
