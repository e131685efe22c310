package dev.hairpin.agent.netns;

import com.google.common.base.Splitter;
import com.google.common.io.BaseEncoding;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/**
 * An address that others can reach an interface by: neither loopback nor link-local.
 *
 * @param index the kernel's number for the interface
 * @param subnet the addresses that are on the interface's own link
 */
record InterfaceAddress(String name, int index, IpAddress address, IpPrefix subnet) {
  /** One line per address; a missing file is a kernel without IPv6. */
  private static final Path IPV6_ADDRESSES = Path.of("/proc/thread-self/net/if_inet6");

  /** linux/if_addr.h: the address may not be used (yet). */
  private static final int IFA_F_TENTATIVE_OR_DADFAILED = 0x40 | 0x08;

  /** linux/if_addr.h: made up for outgoing connections, and replaced every day. */
  private static final int IFA_F_TEMPORARY = 0x01;

  private static final Splitter FIELDS = Splitter.on(' ').omitEmptyStrings();

  /** Those of the network namespace that the calling thread is in, in the kernel's order. */
  static List<InterfaceAddress> here() throws IOException {
    return Stream.concat(ipv4().stream(), ipv6().stream())
        .filter(InterfaceAddress::isReachable)
        .toList();
  }

  private boolean isReachable() {
    InetAddress inet = address.inet();
    return !inet.isLoopbackAddress()
        && !inet.isLinkLocalAddress()
        && !inet.isAnyLocalAddress()
        && subnet.length() < address.family().addressBits();
  }

  private static List<InterfaceAddress> ipv4() throws IOException {
    List<InterfaceAddress> addresses = new ArrayList<>();
    for (NetworkInterface each : Collections.list(NetworkInterface.getNetworkInterfaces())) {
      for (java.net.InterfaceAddress at : each.getInterfaceAddresses()) {
        if (at.getAddress() instanceof Inet4Address inet) {
          IpAddress address = new IpAddress(inet);
          IpPrefix subnet = new IpPrefix(address, at.getNetworkPrefixLength());
          addresses.add(new InterfaceAddress(each.getName(), each.getIndex(), address, subnet));
        }
      }
    }
    return addresses;
  }

  /**
   * IPv6, past {@link NetworkInterface}: that reads /proc/net, which is always the namespace of the
   * process's first thread.
   */
  private static List<InterfaceAddress> ipv6() throws IOException {
    if (!Files.exists(IPV6_ADDRESSES)) {
      return List.of();
    }
    List<InterfaceAddress> addresses = new ArrayList<>();
    for (String line : Files.readAllLines(IPV6_ADDRESSES)) {
      List<String> fields = FIELDS.splitToList(line);
      int flags = Integer.parseInt(fields.get(4), 16);
      if ((flags & (IFA_F_TENTATIVE_OR_DADFAILED | IFA_F_TEMPORARY)) == 0) {
        byte[] bytes = BaseEncoding.base16().lowerCase().decode(fields.get(0));
        IpAddress address = new IpAddress(InetAddress.getByAddress(bytes));
        IpPrefix subnet = new IpPrefix(address, Integer.parseInt(fields.get(2), 16));
        int index = Integer.parseInt(fields.get(1), 16);
        addresses.add(new InterfaceAddress(fields.get(5), index, address, subnet));
      }
    }
    return addresses;
  }

  boolean is(Family family) {
    return address.family() == family;
  }
}
