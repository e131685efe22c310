package dev.hairpin.rules.binding;

/** Who answers what the kernel's NAT can't or needn't: dockerd's {@code --userland-proxy}. */
public enum ProxyMode {
  /** The userland proxy serves loopback, a container's own network, and IPv6 in front of IPv4. */
  USERLAND,
  /**
   * No proxy: loopback and hairpin traffic is DNATed too, and masqueraded so that replies come
   * back.
   */
  HAIRPIN
}
