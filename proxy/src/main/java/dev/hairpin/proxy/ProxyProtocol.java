package dev.hairpin.proxy;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.util.NetUtil;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/**
 * How a backend is told whose connection it has got: the header that is the first it hears, before
 * any of the client's bytes (haproxy, doc/proxy-protocol.txt). A backend that doesn't expect one
 * takes it for the client's words; one that does must be reachable by the proxy alone, as anybody
 * can write one.
 */
public enum ProxyProtocol {
  /** Not at all: it sees the proxy's own address. */
  NONE {
    @Override
    byte[] header(InetAddress client, int clientPort, InetAddress local, int localPort) {
      return new byte[0];
    }
  },
  /** A line of text, at most 107 bytes. */
  V1 {
    @Override
    byte[] header(InetAddress client, int clientPort, InetAddress local, int localPort) {
      String line =
          String.join(
              " ",
              "PROXY",
              client instanceof Inet4Address ? "TCP4" : "TCP6",
              NetUtil.toAddressString(client),
              NetUtil.toAddressString(local),
              Integer.toString(clientPort),
              Integer.toString(localPort));
      return (line + "\r\n").getBytes(US_ASCII);
    }
  },
  /** 28 bytes for IPv4, 52 for IPv6. */
  V2 {
    @Override
    byte[] header(InetAddress client, int clientPort, InetAddress local, int localPort) {
      int bytes = 2 * client.getAddress().length + 2 * Short.BYTES;
      return ByteBuffer.allocate(SIGNATURE.length + 4 + bytes)
          .put(SIGNATURE)
          .put(VERSION_2_PROXY)
          .put(client instanceof Inet4Address ? TCP_OVER_IPV4 : TCP_OVER_IPV6)
          .putShort((short) bytes)
          .put(client.getAddress())
          .put(local.getAddress())
          .putShort((short) clientPort)
          .putShort((short) localPort)
          .array();
    }
  };

  private static final byte[] SIGNATURE = HexFormat.of().parseHex("0d0a0d0a000d0a515549540a");
  private static final byte VERSION_2_PROXY = 0x21;
  private static final byte TCP_OVER_IPV4 = 0x11;
  private static final byte TCP_OVER_IPV6 = 0x21;

  /**
   * The header's bytes. Both addresses are as the client has them, whatever family the backend is
   * of; an IPv4 client of an IPv6 socket (::ffff:192.0.2.2) is an IPv4 client.
   *
   * @param client who has connected
   * @param local the address that it has connected to, of the same family
   */
  public byte[] header(InetSocketAddress client, InetSocketAddress local) {
    InetAddress from = withoutMapping(client.getAddress());
    InetAddress to = withoutMapping(local.getAddress());
    if (!from.getClass().equals(to.getClass())) {
      throw new IllegalArgumentException(client + " and " + local + " are of different families");
    }
    return header(from, client.getPort(), to, local.getPort());
  }

  abstract byte[] header(InetAddress client, int clientPort, InetAddress local, int localPort);

  /** Also without the interface of a link-local address, which no header has room for. */
  private static InetAddress withoutMapping(InetAddress address) {
    try {
      return InetAddress.getByAddress(address.getAddress());
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address's own bytes are an address", e);
    }
  }
}
