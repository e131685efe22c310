package dev.hairpin.agent.walk;

import static java.util.Objects.requireNonNull;

import com.google.common.net.InetAddresses;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.UserText;
import dev.hairpin.rules.trace.Packet;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which packet a person means: the first of a connection, or a ping. What is left open is taken
 * from the host.
 *
 * @param service what is asked for
 * @param to where it is sent; empty for the address of this host that the sender would use
 * @param in the interface that it arrives by; empty for the one on whose side the sender is
 */
public record Asked(Service service, Optional<IpAddress> to, Sender from, Optional<String> in) {
  private static final Pattern TARGET =
      Pattern.compile("(?:(?<address>.+):)?(?<port>\\d{1,5})(?:/(?<protocol>\\w+))?");
  private static final Pattern PING = Pattern.compile("(?:(?<address>.+)/)?icmp");
  private static final String THIS_HOST = "host";
  private static final Pattern BRACKETED = Pattern.compile("\\[(.+)]");

  public Asked {
    requireNonNull(service, "service");
    requireNonNull(to, "to");
    requireNonNull(from, "from");
    requireNonNull(in, "in");
  }

  /** What a packet asks for. */
  public sealed interface Service {
    /**
     * Whoever listens.
     *
     * @param number 1-65535
     */
    record Port(Protocol protocol, int number) implements Service {
      public Port {
        requireNonNull(protocol, "protocol");
        if (number < 1 || number > 65535) {
          throw new IllegalArgumentException("port " + number + " is outside 1-65535");
        }
      }
    }

    /** An echo of ICMP's or ICMPv6's. */
    record Ping() implements Service {}
  }

  /** Who sends it. */
  public sealed interface Sender {
    /** A neighbour on the network that this host reaches all others by. */
    record Outside() implements Sender {}

    /** A process of this host. */
    record ThisHost() implements Sender {}

    /** Whoever has this address. */
    record Of(IpAddress address) implements Sender {
      public Of {
        requireNonNull(address, "address");
      }
    }

    /**
     * Reads {@code outside}, {@code host} or an address.
     *
     * @throws IllegalArgumentException if it is none of them
     */
    static Sender parse(String text) {
      return switch (text) {
        case "outside" -> new Outside();
        case "host" -> new ThisHost();
        case String address -> new Of(address(address));
      };
    }
  }

  /**
   * Reads {@code 8080}, {@code 53/udp}, {@code 192.0.2.1:8080}, {@code [::1]:8080/tcp}, {@code
   * localhost:8080}, {@code host:8080} for an address of this host, or for a ping {@code icmp},
   * {@code 192.0.2.1/icmp} or {@code ::1/icmp}.
   *
   * @throws IllegalArgumentException if it is none of them
   */
  public static Asked parse(String target, Sender from, Optional<String> in) {
    Matcher ping = PING.matcher(target);
    if (ping.matches()) {
      return new Asked(new Service.Ping(), address(ping), from, in);
    }
    Matcher matcher = TARGET.matcher(target);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          UserText.quoted(target)
              + " is no port and no address with one; write 8080, 53/udp, 192.0.2.1:8080,"
              + " [2001:db8::1]:8080 or, for a ping, 192.0.2.1/icmp");
    }
    String protocol = Optional.ofNullable(matcher.group("protocol")).orElse("tcp");
    return new Asked(
        new Service.Port(
            Protocol.of(protocol)
                .orElseThrow(() ->
                    new IllegalArgumentException(
                        UserText.quoted(protocol) + " is none of tcp, udp and sctp")),
            Integer.parseInt(matcher.group("port"))),
        address(matcher),
        from,
        in);
  }

  private static Optional<IpAddress> address(Matcher target) {
    return Optional.ofNullable(target.group("address"))
        .filter(name -> !name.equals(THIS_HOST))
        .map(Asked::address);
  }

  private static IpAddress address(String text) {
    if (text.equals("localhost")) {
      return IpAddress.parse("127.0.0.1");
    }
    Matcher bracketed = BRACKETED.matcher(text);
    return IpAddress.parse(bracketed.matches() ? bracketed.group(1) : text);
  }

  /** Of the addresses that are named; IPv4 where none is. */
  public Family family() {
    Optional<IpAddress> sender =
        switch (from) {
          case Sender.Of(IpAddress address) -> Optional.of(address);
          case Sender.Outside() -> Optional.empty();
          case Sender.ThisHost() -> Optional.empty();
        };
    return to.or(() -> sender).map(IpAddress::family).orElse(Family.IPV4);
  }

  /**
   * The packet, on this host.
   *
   * @throws IllegalArgumentException if there can't be one
   */
  public Packet on(Surveyed host) {
    return switch (from) {
      case Sender.ThisHost() -> {
        IpAddress target = to.orElseGet(() -> outside(host).address());
        yield packet(sourceFor(target, host), target, new Packet.Origin.ThisHost());
      }
      case Sender.Outside() -> {
        Link.Address ours = outside(host);
        yield arriving(host, neighbour(host, ours), to.orElse(ours.address()));
      }
      case Sender.Of(IpAddress sender) -> {
        IpAddress target = to.orElseGet(() -> seenBy(sender, host));
        yield host.host().isLocal(sender)
            ? packet(sender, target, new Packet.Origin.ThisHost())
            : arriving(host, sender, target);
      }
    };
  }

  private Packet arriving(Surveyed host, IpAddress sender, IpAddress target) {
    if (in.isPresent() && host.link(in.get()).isEmpty()) {
      throw new IllegalArgumentException("this host has no interface " + UserText.quoted(in.get()));
    }
    String by =
        in.or(() -> host.host().route(sender))
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "no route says by which interface a packet from "
                        + sender
                        + " arrives; name it with --in"));
    return packet(
        sender,
        target,
        areOnOneBridge(host, by, sender, target)
            ? new Packet.Origin.Bridged(by)
            : new Packet.Origin.Arriving(by));
  }

  private Packet packet(IpAddress source, IpAddress destination, Packet.Origin origin) {
    Packet.Payload payload =
        switch (service) {
          case Service.Port(Protocol protocol, int number) -> Packet.Payload.to(protocol, number);
          case Service.Ping() -> new Packet.Payload.Ping();
        };
    return new Packet(payload, source, destination, origin, /* mark= */ 0);
  }

  private static boolean areOnOneBridge(
      Surveyed host, String by, IpAddress sender, IpAddress target) {
    return !host.host().isLocal(target)
        && host.link(by)
            .filter(Link::isBridge)
            .map(link ->
                link.addresses().stream()
                    .map(Link.Address::subnet)
                    .anyMatch(subnet -> subnet.contains(sender) && subnet.contains(target)))
            .orElse(false);
  }

  /** Where this host is reached by everybody else: on its default route, or by no bridge. */
  private Link.Address outside(Surveyed host) {
    Predicate<Link> leadsOut =
        host.gateway()
            .flatMap(gateway -> host.host().route(gateway))
            .<Predicate<Link>>map(name -> link -> link.name().equals(name))
            .orElse(link -> !link.isBridge() && !link.isLoopback());
    return host.links().stream()
        .filter(leadsOut.and(link -> in.isEmpty() || link.name().equals(in.get())))
        .flatMap(link -> link.address(host.family()).stream())
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "this host has no address that others reach; name one, such as 192.0.2.1"
                    + switch (service) {
                      case Service.Port(var protocol, int number) -> ":" + number;
                      case Service.Ping() -> "/icmp";
                    }));
  }

  /** The address of this host on the sender's side. */
  private IpAddress seenBy(IpAddress sender, Surveyed host) {
    if (host.host().isLocal(sender)) {
      return sender;
    }
    return in.or(() -> host.host().route(sender))
        .flatMap(by -> host.host().addressOn(by, sender.family()))
        .orElseThrow(() ->
            new IllegalArgumentException(
                "no address of this host is on the side of " + sender + "; name one"));
  }

  /** Some address that is no more this host's: its gateway, or the next one. */
  private static IpAddress neighbour(Surveyed host, Link.Address ours) {
    return host.gateway()
        .filter(gateway -> ours.subnet().contains(gateway))
        .orElseGet(() -> nextTo(ours));
  }

  private static IpAddress nextTo(Link.Address ours) {
    IpAddress before = new IpAddress(InetAddresses.decrement(ours.address().inet()));
    return before.equals(ours.subnet().first()) || !ours.subnet().contains(before)
        ? new IpAddress(InetAddresses.increment(ours.address().inet()))
        : before;
  }

  /** As the kernel chooses: the address itself when it is ours, else that of the way there. */
  private static IpAddress sourceFor(IpAddress target, Surveyed host) {
    if (target.isLoopback() || host.host().isLocal(target)) {
      return target;
    }
    return host.host()
        .route(target)
        .flatMap(by -> host.host().addressOn(by, target.family()))
        .orElseThrow(() -> new IllegalArgumentException("this host has no way to " + target));
  }
}
