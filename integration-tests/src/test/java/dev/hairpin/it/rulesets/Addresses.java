package dev.hairpin.it.rulesets;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import java.util.List;

/**
 * Who has which address at the {@link Crossroads}.
 *
 * @param host its address on eth0
 * @param hostsOther another one there, which a neighbour outside claims to have, too
 * @param gateway the host's address on br1
 * @param container on br1
 * @param neighbour on br1
 * @param stranger on br2
 * @param outside on the cable of eth0
 * @param far behind outside
 */
record Addresses(
    IpAddress loopback,
    IpAddress host,
    IpAddress hostsOther,
    IpAddress gateway,
    IpAddress container,
    IpAddress neighbour,
    IpAddress stranger,
    IpAddress outside,
    IpAddress far) {
  private static final Addresses IPV4 =
      of(
          "127.0.0.1",
          "192.0.2.1",
          "192.0.2.11",
          "172.18.0.1",
          "172.18.0.2",
          "172.18.0.3",
          "172.19.0.2",
          "192.0.2.2",
          "203.0.113.9");

  private static final Addresses IPV6 =
      of(
          "::1",
          "2001:db8:1::1",
          "2001:db8:1::11",
          "fd00:18::1",
          "fd00:18::2",
          "fd00:18::3",
          "fd00:19::2",
          "2001:db8:1::2",
          "2001:db8:9::9");

  static Addresses of(Family family) {
    return switch (family) {
      case IPV4 -> IPV4;
      case IPV6 -> IPV6;
    };
  }

  private static Addresses of(String... all) {
    List<IpAddress> each = List.of(all).stream().map(IpAddress::parse).toList();
    return new Addresses(
        each.get(0),
        each.get(1),
        each.get(2),
        each.get(3),
        each.get(4),
        each.get(5),
        each.get(6),
        each.get(7),
        each.get(8));
  }

  /** The network on br1. */
  IpPrefix bridged() {
    return IpPrefix.parse(gateway + "/" + (gateway.family() == Family.IPV4 ? 16 : 64));
  }

  List<IpAddress> all() {
    return List.of(
        container, host, hostsOther, gateway, neighbour, stranger, outside, far, loopback);
  }
}
