package dev.hairpin.rules.address;

import static java.util.Objects.requireNonNull;

import com.google.common.net.InetAddresses;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * The addresses that share their first bits. The bits after them are zero.
 *
 * @param length 0-32 for IPv4, 0-128 for IPv6
 */
public record IpPrefix(IpAddress first, int length) {
  /** As the kernel's tools write a length: no sign, and no zero in front. */
  private static final Pattern LENGTH = Pattern.compile("0|[1-9][0-9]{0,2}");

  public IpPrefix {
    requireNonNull(first, "first");
    if (length < 0 || length > first.family().addressBits()) {
      throw new IllegalArgumentException(
          "prefix length " + length + " is outside 0-" + first.family().addressBits());
    }
    first = masked(first, length);
  }

  /**
   * Reads {@code 172.17.0.0/16}; without a length it is a single address.
   *
   * @throws IllegalArgumentException if it is neither
   */
  public static IpPrefix parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      return of(IpAddress.parse(text));
    }
    IpAddress address = IpAddress.parse(text.substring(0, slash));
    String length = text.substring(slash + 1);
    if (!LENGTH.matcher(length).matches() || isMapped(text, address)) {
      throw new IllegalArgumentException("\"" + text + "\" is not an IP prefix");
    }
    return new IpPrefix(address, Integer.parseInt(length));
  }

  /** The length of {@code ::ffff:10.0.0.0/104} counts bits that the IPv4 address doesn't have. */
  private static boolean isMapped(String text, IpAddress address) {
    return address.family() == Family.IPV4 && text.indexOf(':') >= 0;
  }

  /** The prefix that holds just this address. */
  public static IpPrefix of(IpAddress address) {
    return new IpPrefix(address, address.family().addressBits());
  }

  public Family family() {
    return first.family();
  }

  public boolean contains(IpAddress address) {
    return address.family() == family() && sharesBits(address.inet().getAddress());
  }

  private boolean sharesBits(byte[] address) {
    byte[] own = first.inet().getAddress();
    int whole = length / Byte.SIZE;
    return Arrays.equals(own, 0, whole, address, 0, whole)
        && (length % Byte.SIZE == 0 || ((address[whole] ^ own[whole]) & mask(length, whole)) == 0);
  }

  /** Those bits of a byte of an address that a prefix of that length covers. */
  private static int mask(int length, int index) {
    return 0xff << (8 - Math.clamp(length - 8L * index, 0, 8));
  }

  @Override
  public String toString() {
    return first + "/" + length;
  }

  private static IpAddress masked(IpAddress address, int length) {
    byte[] bytes = address.inet().getAddress();
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] &= (byte) mask(length, i);
    }
    try {
      return new IpAddress(InetAddress.getByAddress(bytes));
    } catch (UnknownHostException e) {
      throw new AssertionError(
          InetAddresses.toAddrString(address.inet()) + " has a length of its own", e);
    }
  }
}
