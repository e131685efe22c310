package dev.hairpin.rules.promises;

import com.google.common.collect.ImmutableList;
import dev.hairpin.rules.binding.Publisher;
import java.util.Locale;
import java.util.Optional;

/**
 * Who sends and answers:
 *
 * <pre>
 *   outside 192.0.2.2 2001:db8:1::2      beyond 198.51.100.2 2001:db8:2::2
 *      | eth0                               | eth1
 *   host 192.0.2.1 2001:db8:1::1            198.51.100.1 2001:db8:2::1
 *      | bridges
 *   containers
 * </pre>
 *
 * <p>All but the host answer on ports 80 and 81 of TCP and 53 of UDP; those without also on TCP
 * 8080, which the host publishes for a container of its own.
 */
public enum Station {
  HOST("192.0.2.1", "2001:db8:1::1"),
  OUTSIDE("192.0.2.2", "2001:db8:1::2"),
  /** The machine outside, under its link-local address. */
  LINK_LOCAL("fe80::2"),
  BEYOND("198.51.100.2", "2001:db8:2::2"),
  WEB(Network.WEB, 2),
  WEB_PEER(Network.WEB, 3),
  STRANGER(Network.OTHER, 2),
  FOUR(Network.FOUR, 2),
  INTERNAL(Network.INTERNAL, 2),
  INTERNAL_PEER(Network.INTERNAL, 3),
  ISOLATED(Network.ISOLATED, 2),
  ISOLATED_PEER(Network.ISOLATED, 3),
  SHY(Network.SHY, 2),
  SHY_PEER(Network.SHY, 3),
  /** Linked to {@link #SHY}. */
  SHY_FRIEND(Network.SHY, 4),
  PLAIN(Network.PLAIN, 2),
  ALIAS(Network.ALIAS, 2),
  ROUTED(Network.ROUTED, 2),
  OPEN(Network.OPEN, 2),
  TRUSTING(Network.TRUSTING, 2);

  /** The host's addresses on eth1. */
  public static final Spot HOST_BEYOND = Spot.at("198.51.100.1", "2001:db8:2::1");

  /** The host's link-local address on eth0. */
  public static final Spot HOST_LINK_LOCAL = Spot.at("fe80::1");

  private final ImmutableList<String> addresses;

  Station(String... addresses) {
    this.addresses = ImmutableList.copyOf(addresses);
  }

  Station(Network network, int host) {
    this(network.member(host).texts());
  }

  public Spot spot() {
    return Spot.at(addresses.toArray(String[]::new));
  }

  /** The network that it is on; empty for machines. */
  public Optional<Network> network() {
    return Network.of(spot().addresses().getFirst());
  }

  Publisher publisher() {
    String name = name().toLowerCase(Locale.ROOT).replace('_', '-');
    return new Publisher.Container(name, name);
  }
}
