package dev.hairpin.proxy.posix;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import jnr.ffi.Pointer;

/** {@code struct sockaddr_in} and {@code sockaddr_in6}, as bytes (ip(7), ipv6(7)). */
final class SocketAddresses {
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;
  static final int MAX_BYTES = 28;

  private static final int PORT = 2;
  private static final int IPV4_ADDRESS = 4;
  private static final int IPV6_ADDRESS = 8;
  private static final int IPV6_SCOPE = 24;
  private static final int IPV4_BYTES = 16;

  private SocketAddresses() {}

  static int family(InetSocketAddress address) {
    return address.getAddress() instanceof Inet6Address ? AF_INET6 : AF_INET;
  }

  /**
   * Writes the address at the start of {@code memory}, which has room for {@link #MAX_BYTES}.
   *
   * @return how many bytes it takes
   */
  static int write(InetSocketAddress address, Pointer memory) {
    memory.setMemory(0, MAX_BYTES, (byte) 0);
    memory.putShort(0, (short) family(address));
    memory.putByte(PORT, (byte) (address.getPort() >> 8));
    memory.putByte(PORT + 1, (byte) address.getPort());
    byte[] bytes = address.getAddress().getAddress();
    if (address.getAddress() instanceof Inet6Address inet6) {
      memory.put(IPV6_ADDRESS, bytes, 0, bytes.length);
      memory.putInt(IPV6_SCOPE, inet6.getScopeId());
      return MAX_BYTES;
    }
    memory.put(IPV4_ADDRESS, bytes, 0, bytes.length);
    return IPV4_BYTES;
  }

  static InetSocketAddress read(Pointer memory) {
    int port =
        Byte.toUnsignedInt(memory.getByte(PORT)) * 256
            + Byte.toUnsignedInt(memory.getByte(PORT + 1));
    return new InetSocketAddress(readAddress(memory), port);
  }

  private static InetAddress readAddress(Pointer memory) {
    int family = memory.getShort(0);
    if (family == AF_INET) {
      return inet4(memory, IPV4_ADDRESS);
    }
    if (family == AF_INET6) {
      return inet6(memory, IPV6_ADDRESS, memory.getInt(IPV6_SCOPE));
    }
    throw new IllegalStateException("address family " + family + " from an IP socket");
  }

  static Inet4Address inet4(Pointer memory, long offset) {
    byte[] bytes = new byte[4];
    memory.get(offset, bytes, 0, bytes.length);
    try {
      return (Inet4Address) InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four bytes are an IPv4 address", e);
    }
  }

  static Inet6Address inet6(Pointer memory, long offset, int scope) {
    byte[] bytes = new byte[16];
    memory.get(offset, bytes, 0, bytes.length);
    try {
      return Inet6Address.getByAddress(null, bytes, scope);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("sixteen bytes are an IPv6 address", e);
    }
  }
}
