package dev.hairpin.rules.netfilter;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A set or map of an {@link NftTable}, looked up by where a packet is sent to: one look-up, however
 * many ports there are.
 *
 * @param elements by protocol, address and port; the order means nothing
 */
public record PortSet(String name, Type type, List<Element> elements) {
  private static final Comparator<Element> BY_KEY =
      Comparator.comparing(Element::protocol)
          .thenComparing(
              element -> element.address().orElse(null),
              Comparator.nullsFirst(Comparator.naturalOrder()))
          .thenComparingInt(element -> element.ports().first());

  public PortSet {
    requireNonNull(name, "name");
    requireNonNull(type, "type");
    elements = elements.stream().distinct().sorted(BY_KEY).toList();
    for (Element element : elements) {
      if (element.address().isPresent() != type.byAddress()
          || element.target().isPresent() != (type.data() != Data.NONE)
          || (!type.intervals() && element.ports().size() > 1)) {
        throw new IllegalArgumentException(element + " doesn't belong into " + name);
      }
    }
  }

  /**
   * What is looked up, and what is found.
   *
   * @param family of the addresses
   * @param byAddress by protocol, address and port; otherwise by protocol and port
   * @param intervals whether an element may be a range of ports. The kernel keeps these in another
   *     way (pipapo), which is copied as a whole when one element changes
   */
  public record Type(Family family, boolean byAddress, boolean intervals, Data data) {
    public Type {
      requireNonNull(family, "family");
      requireNonNull(data, "data");
    }
  }

  /** What an element leads to. */
  public enum Data {
    /** Nothing: it is a set. */
    NONE,
    /** An address; the port stays. */
    ADDRESS,
    ADDRESS_AND_PORT
  }

  /**
   * Two elements are equal when no packet can tell them apart: the reason is not compared.
   *
   * @param target what a map has for these ports
   */
  public record Element(
      Protocol protocol,
      Optional<IpAddress> address,
      PortRange ports,
      Optional<Action.Dnat> target,
      Reason reason) {
    public Element {
      requireNonNull(protocol, "protocol");
      requireNonNull(address, "address");
      requireNonNull(ports, "ports");
      requireNonNull(target, "target");
      requireNonNull(reason, "reason");
    }

    /** Whether a packet sent there is meant. */
    public boolean covers(Protocol sent, IpAddress to, int port) {
      return protocol == sent && address.map(to::equals).orElse(true) && ports.contains(port);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Element that
          && protocol == that.protocol
          && address.equals(that.address)
          && ports.equals(that.ports)
          && target.equals(that.target);
    }

    @Override
    public int hashCode() {
      return Objects.hash(protocol, address, ports, target);
    }

    /** {@code tcp 192.0.2.1 8080}. */
    @Override
    public String toString() {
      return protocol + " " + address.map(each -> each + " ").orElse("") + ports;
    }
  }

  /** What it has for packets sent there. */
  public Optional<Element> find(Protocol protocol, IpAddress to, int port) {
    return elements.stream().filter(element -> element.covers(protocol, to, port)).findFirst();
  }
}
