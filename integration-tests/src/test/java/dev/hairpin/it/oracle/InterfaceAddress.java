package dev.hairpin.it.oracle;

import com.google.common.net.InetAddresses;

/**
 * An address of a link and its subnet.
 *
 * @param address without the prefix
 * @param prefixLength bits of it that the subnet shares
 */
record InterfaceAddress(String address, int prefixLength) {
  /** Reads {@code 172.17.0.1/16}. */
  static InterfaceAddress parse(String text) {
    int slash = text.indexOf('/');
    return new InterfaceAddress(
        text.substring(0, slash), Integer.parseInt(text.substring(slash + 1)));
  }

  boolean isIpv6() {
    return address.contains(":");
  }

  /** The flag of {@code ip} for its family. */
  String version() {
    return isIpv6() ? "-6" : "-4";
  }

  /**
   * Another address of the subnet that no engine hands out so early: the last but one, as in the
   * recordings. With the prefix length.
   */
  String neighbour() {
    return (isIpv6() ? address.substring(0, address.indexOf("::")) + "::fe:2" : lastButOne())
        + "/"
        + prefixLength;
  }

  private String lastButOne() {
    int hosts = (1 << (32 - prefixLength)) - 1;
    int number = InetAddresses.coerceToInteger(InetAddresses.forString(address));
    return InetAddresses.toAddrString(InetAddresses.fromInteger((number | hosts) - 1));
  }
}
