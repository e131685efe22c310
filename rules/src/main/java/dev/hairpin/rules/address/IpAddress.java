package dev.hairpin.rules.address;

import static java.util.Objects.requireNonNull;

import com.google.common.base.CharMatcher;
import com.google.common.net.InetAddresses;
import com.google.common.primitives.UnsignedBytes;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Comparator;

/** An IPv4 or IPv6 address without a scope. An IPv4-mapped IPv6 address is the IPv4 address. */
public record IpAddress(InetAddress inet) implements Comparable<IpAddress> {
  private static final Comparator<byte[]> AS_NUMBERS = UnsignedBytes.lexicographicalComparator();

  public static final IpAddress ANY_IPV4 = parse("0.0.0.0");
  public static final IpAddress ANY_IPV6 = parse("::");

  public IpAddress {
    requireNonNull(inet, "inet");
  }

  /**
   * The address that {@code text} writes: dotted quad, or IPv6 without brackets. Names are never
   * looked up.
   *
   * @throws IllegalArgumentException if it is not an address
   */
  public static IpAddress parse(String text) {
    // Guava also takes digits of other scripts, which no tool of the kernel's does.
    if (!CharMatcher.ascii().matchesAllOf(text)
        || !InetAddresses.isInetAddress(text)
        || text.indexOf('%') >= 0) {
      throw new IllegalArgumentException("\"" + text + "\" is not an IP address");
    }
    return new IpAddress(InetAddresses.forString(text));
  }

  public Family family() {
    return inet instanceof Inet4Address ? Family.IPV4 : Family.IPV6;
  }

  /** As a record's own would be, and many times faster before it is compiled. */
  @Override
  public boolean equals(Object other) {
    return other instanceof IpAddress that && inet.equals(that.inet);
  }

  @Override
  public int hashCode() {
    return inet.hashCode();
  }

  /** IPv4 before IPv6, and each as numbers. */
  @Override
  public int compareTo(IpAddress other) {
    int families = family().compareTo(other.family());
    return families == 0
        ? AS_NUMBERS.compare(inet.getAddress(), other.inet.getAddress())
        : families;
  }

  /** Whether this stands for every address of the host: {@code 0.0.0.0} or {@code ::}. */
  public boolean isWildcard() {
    return inet.isAnyLocalAddress();
  }

  public boolean isLoopback() {
    return inet.isLoopbackAddress();
  }

  /** The wildcard of a family. */
  public static IpAddress any(Family family) {
    return switch (family) {
      case IPV4 -> ANY_IPV4;
      case IPV6 -> ANY_IPV6;
    };
  }

  /** With a port, as URLs and iptables write it: {@code 192.0.2.2:80}, {@code [2001:db8::2]:80}. */
  public String withPort(int port) {
    return (family() == Family.IPV6 ? "[" + this + "]" : this) + ":" + port;
  }

  /** The shortest form (RFC 5952), as the kernel's tools print it. */
  @Override
  public String toString() {
    return InetAddresses.toAddrString(inet);
  }
}
