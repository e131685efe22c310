package dev.hairpin.agent.tracing;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.net.InetAddresses;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A message of the kernel's about a traced packet, put together attribute by attribute. */
final class TraceDatagram {
  private static final int TRACE = 0x0a11;

  private int type;
  private final int family;
  private final ByteArrayOutputStream attributes = new ByteArrayOutputStream();

  private TraceDatagram(int type, int family) {
    this.type = type;
    this.family = family;
  }

  /** One about a table of a family, without anything else yet. */
  static TraceDatagram of(int family) {
    return new TraceDatagram(TRACE, family);
  }

  /** The same as news of another kind. */
  TraceDatagram ofType(int other) {
    type = other;
    return this;
  }

  /** Packet 0xfedcba98 in chain PREROUTING of table nat, for IPv4. */
  static TraceDatagram inNat() {
    return of(2).number(15, 2).number(6, 0xfedcba98).text(2, "PREROUTING").text(1, "nat");
  }

  TraceDatagram bytes(int attribute, byte... value) {
    ByteBuffer bytes = ByteBuffer.allocate((4 + value.length + 3) / 4 * 4);
    bytes.order(ByteOrder.nativeOrder());
    bytes.putShort((short) (4 + value.length)).putShort((short) attribute).put(value);
    attributes.writeBytes(bytes.array());
    return this;
  }

  TraceDatagram number(int attribute, int value) {
    return bytes(attribute, ByteBuffer.allocate(4).putInt(value).array());
  }

  TraceDatagram longNumber(int attribute, long value) {
    return bytes(attribute, ByteBuffer.allocate(8).putLong(value).array());
  }

  TraceDatagram text(int attribute, String text) {
    return bytes(attribute, (text + "\0").getBytes(UTF_8));
  }

  /** Four bytes that say that they are a hundred. */
  TraceDatagram nonsense() {
    attributes.writeBytes(
        ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putShort((short) 100).array());
    return this;
  }

  /** A rule that matched. */
  TraceDatagram rule(long handle, TraceDatagram verdict) {
    return number(4, 3).longNumber(3, handle).nested(5, verdict);
  }

  /** A verdict, for {@link #rule}. */
  static TraceDatagram verdict(int code) {
    return of(0).number(1, code);
  }

  static TraceDatagram verdict(int code, String chain) {
    return verdict(code).text(2, chain);
  }

  TraceDatagram nested(int attribute, TraceDatagram inner) {
    return bytes(0x8000 | attribute, inner.attributes.toByteArray());
  }

  /** The header of an IPv4 packet of 60 bytes with 63 hops to go. */
  static byte[] ipv4(int protocol, int fragment, String source, String destination) {
    return ByteBuffer.allocate(20)
        .put((byte) 0x45)
        .put((byte) 0)
        .putShort((short) 60)
        .putShort((short) 7)
        .putShort((short) fragment)
        .put((byte) 63)
        .put((byte) protocol)
        .putShort((short) 0)
        .put(InetAddresses.forString(source).getAddress())
        .put(InetAddresses.forString(destination).getAddress())
        .array();
  }

  /** The header of an IPv6 packet with 100 bytes behind it and 64 hops to go. */
  static byte[] ipv6(int next, String source, String destination) {
    return ByteBuffer.allocate(40)
        .putInt(0x60000000)
        .putShort((short) 100)
        .put((byte) next)
        .put((byte) 64)
        .put(InetAddresses.forString(source).getAddress())
        .put(InetAddresses.forString(destination).getAddress())
        .array();
  }

  static byte[] tcp(int source, int destination, int flags) {
    return ByteBuffer.allocate(20)
        .putShort((short) source)
        .putShort((short) destination)
        .putInt(1)
        .putInt(2)
        .put((byte) 0xa0)
        .put((byte) flags)
        .array();
  }

  static byte[] udp(int source, int destination) {
    return ByteBuffer.allocate(8).putShort((short) source).putShort((short) destination).array();
  }

  /** With the headers of the kernel's messages in front. */
  ByteBuffer datagram() {
    byte[] bytes = attributes.toByteArray();
    ByteBuffer datagram = ByteBuffer.allocate(20 + bytes.length).order(ByteOrder.nativeOrder());
    datagram.putInt(20 + bytes.length).putShort((short) type).putShort((short) 0);
    datagram.putInt(0).putInt(0).put((byte) family).put((byte) 0).putShort((short) 0).put(bytes);
    return datagram.flip();
  }
}
