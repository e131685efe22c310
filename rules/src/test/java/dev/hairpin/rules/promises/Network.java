package dev.hairpin.rules.promises;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.GatewayMode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The networks of the world that the promises are about, one for everything that a network can be
 * asked for. Their subnets are 172.30.N.0/24 and fd00:30:N::/64, and the bridge has the first
 * address.
 */
public enum Network {
  WEB(1),
  OTHER(2),
  /** Without IPv6. */
  FOUR(3),
  INTERNAL(4),
  /** Internal, and its bridge has no addresses. */
  ISOLATED(5),
  /** Members may not talk to each other. */
  SHY(6),
  /** Without masquerading. */
  PLAIN(7),
  /** Members call out under an address of their own. */
  ALIAS(8),
  ROUTED(9),
  /** nat-unprotected. */
  OPEN(10),
  /** Trusts those who come by {@code eth1}. */
  TRUSTING(11);

  /** The address under which members of {@link #ALIAS} call out. The host has it on eth0. */
  public static final Spot ALIAS_ADDRESS = Spot.at("192.0.2.11", "2001:db8:1::11");

  private final int number;

  Network(int number) {
    this.number = number;
  }

  public String bridge() {
    return "br-" + name().toLowerCase(Locale.ROOT);
  }

  public List<IpPrefix> subnets() {
    IpPrefix ipv4 = IpPrefix.parse("172.30." + number + ".0/24");
    return this == FOUR
        ? List.of(ipv4)
        : List.of(ipv4, IpPrefix.parse("fd00:30:" + number + "::/64"));
  }

  /** The bridge's addresses. */
  public Spot gateway() {
    return member(1);
  }

  /** Whether the bridge has them. */
  public boolean hasGateway() {
    return this != ISOLATED;
  }

  Spot member(int host) {
    String ipv4 = "172.30." + number + "." + host;
    return this == FOUR ? Spot.at(ipv4) : Spot.at(ipv4, "fd00:30:" + number + "::" + host);
  }

  /** The network that an address is on; empty when it is none of ours. */
  static Optional<Network> of(IpAddress address) {
    return Stream.of(values()).filter(network -> network.contains(address)).findFirst();
  }

  boolean contains(IpAddress address) {
    return subnets().stream().anyMatch(subnet -> subnet.contains(address));
  }

  BridgeNetwork wanted() {
    boolean internal = this == INTERNAL || this == ISOLATED;
    BridgeNetwork network =
        BridgeNetwork.of(
            name().toLowerCase(Locale.ROOT),
            bridge(),
            subnets(),
            this != SHY,
            this != PLAIN,
            internal);
    return switch (this) {
      case WEB, OTHER, FOUR, INTERNAL, SHY, PLAIN -> network;
      case ISOLATED -> withGateway(network, GatewayMode.ISOLATED);
      case ALIAS ->
          network.withSourceAddresses(
              Map.of(
                  Family.IPV4, ALIAS_ADDRESS.address(Family.IPV4),
                  Family.IPV6, ALIAS_ADDRESS.address(Family.IPV6)));
      case ROUTED -> withGateway(network, GatewayMode.ROUTED);
      case OPEN -> withGateway(network, GatewayMode.NAT_UNPROTECTED);
      case TRUSTING -> network.withTrustedInterfaces(List.of("eth1"));
    };
  }

  private static BridgeNetwork withGateway(BridgeNetwork network, GatewayMode mode) {
    return network.withGatewayModes(Map.of(Family.IPV4, mode, Family.IPV6, mode));
  }
}
