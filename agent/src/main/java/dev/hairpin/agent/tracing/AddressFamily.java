package dev.hairpin.agent.tracing;

import java.util.Locale;
import java.util.Optional;

/**
 * Whose packets a table of nftables sees, or a hook of netfilter's is called with (nft(8), ADDRESS
 * FAMILIES; NFPROTO_* in linux/netfilter.h).
 */
public enum AddressFamily {
  /** Of both {@link #IP} and {@link #IP6}. Tables are; hooks are called with one of the two. */
  INET(1),
  IP(2),
  ARP(3),
  NETDEV(5),
  BRIDGE(7),
  IP6(10);

  private final int number;

  AddressFamily(int number) {
    this.number = number;
  }

  /** As nft writes it: {@code ip6}. */
  public String keyword() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The one that nft writes like that; empty when there is none. */
  public static Optional<AddressFamily> of(String keyword) {
    for (AddressFamily family : values()) {
      if (family.keyword().equals(keyword)) {
        return Optional.of(family);
      }
    }
    return Optional.empty();
  }

  /** The one with the kernel's number; empty when there is none. */
  static Optional<AddressFamily> of(int number) {
    for (AddressFamily family : values()) {
      if (family.number == number) {
        return Optional.of(family);
      }
    }
    return Optional.empty();
  }

  @Override
  public String toString() {
    return keyword();
  }
}
