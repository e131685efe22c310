package dev.hairpin.proxy;

import io.netty.util.NetUtil;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.Locale;

/** Socket addresses in the words of logs and messages. */
final class Endpoints {
  private Endpoints() {}

  /** {@code 192.0.2.2:80}, {@code [2001:db8::2]:80}. */
  static String text(InetSocketAddress endpoint) {
    return endpoint.getAddress() == null
        ? endpoint.toString()
        : NetUtil.toSocketAddressString(endpoint);
  }

  /** {@code 0.0.0.0:8080/tcp}. */
  static String text(Transport transport, InetSocketAddress endpoint) {
    return text(endpoint) + "/" + transport.name().toLowerCase(Locale.ROOT);
  }

  static boolean isIpv6(InetSocketAddress endpoint) {
    return endpoint.getAddress() instanceof Inet6Address;
  }

  /** The same endpoint, if it can be given to a socket. */
  static InetSocketAddress requireResolved(InetSocketAddress endpoint, String what) {
    if (endpoint.isUnresolved()) {
      throw new IllegalArgumentException(what + " " + endpoint + " is a name, not an address");
    }
    return endpoint;
  }
}
