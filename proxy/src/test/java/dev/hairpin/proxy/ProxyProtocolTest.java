package dev.hairpin.proxy;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProxyProtocolTest {
  private static final InetSocketAddress CLIENT = new InetSocketAddress("192.0.2.2", 56324);
  private static final InetSocketAddress LOCAL = new InetSocketAddress("198.51.100.1", 443);

  @Test
  void versionOneIsALineOfText() {
    assertThat(new String(ProxyProtocol.V1.header(CLIENT, LOCAL), US_ASCII))
        .isEqualTo("PROXY TCP4 192.0.2.2 198.51.100.1 56324 443\r\n");
  }

  @Test
  void versionTwoIsTheBytesOfItsSpecification() {
    assertThat(HexFormat.of().formatHex(ProxyProtocol.V2.header(CLIENT, LOCAL)))
        .isEqualTo("0d0a0d0a000d0a515549540a" + "2111000c" + "c0000202c6336401" + "dc0401bb");
  }

  @ParameterizedTest
  @CsvSource({
    "V1, 192.0.2.2, 198.51.100.1, TCP4",
    "V2, 192.0.2.2, 198.51.100.1, TCP4",
    "V1, 2001:db8::2, 2001:db8:1::1, TCP6",
    "V2, 2001:db8::2, 2001:db8:1::1, TCP6",
    "V1, 2001:db8:1:2:3:4:5:6, ::1, TCP6",
    "V1, fe80::2, fe80::1, TCP6"
  })
  void anotherDecoderReadsWhatWasWritten(
      ProxyProtocol version, String client, String local, HAProxyProxiedProtocol protocol) {
    HAProxyMessage read =
        decode(
            version.header(new InetSocketAddress(client, 1), new InetSocketAddress(local, 65535)));
    try {
      assertThat(read.command()).isEqualTo(HAProxyCommand.PROXY);
      assertThat(read.proxiedProtocol()).isEqualTo(protocol);
      assertThat(new InetSocketAddress(read.sourceAddress(), read.sourcePort()))
          .isEqualTo(new InetSocketAddress(client, 1));
      assertThat(new InetSocketAddress(read.destinationAddress(), read.destinationPort()))
          .isEqualTo(new InetSocketAddress(local, 65535));
    } finally {
      read.release();
    }
  }

  @Test
  void anIpv4ClientOfAnIpv6SocketIsAnIpv4Client() throws Exception {
    InetSocketAddress client = new InetSocketAddress(mapped("c0000202"), 56324);
    InetSocketAddress local = new InetSocketAddress(mapped("c6336401"), 443);

    for (ProxyProtocol version : ProxyProtocol.values()) {
      assertThat(version.header(client, local)).isEqualTo(version.header(CLIENT, LOCAL));
    }
  }

  private static InetAddress mapped(String ipv4) throws Exception {
    byte[] bytes = HexFormat.of().parseHex("00000000000000000000ffff" + ipv4);
    return Inet6Address.getByAddress(null, bytes, -1);
  }

  @Test
  void theInterfaceOfALinkLocalAddressIsNotWritten() throws Exception {
    byte[] address = HexFormat.of().parseHex("fe800000000000000000000000000002");
    InetSocketAddress client =
        new InetSocketAddress(Inet6Address.getByAddress(null, address, 3), 5);

    assertThat(
            new String(
                ProxyProtocol.V1.header(client, new InetSocketAddress("fe80::1", 80)), US_ASCII))
        .isEqualTo("PROXY TCP6 fe80::2 fe80::1 5 80\r\n");
  }

  @Test
  void withoutAHeaderNothingIsWritten() {
    assertThat(ProxyProtocol.NONE.header(CLIENT, LOCAL)).isEmpty();
  }

  @Test
  void addressesOfDifferentFamiliesAreRefused() {
    InetSocketAddress other = new InetSocketAddress("2001:db8::1", 80);

    assertThatThrownBy(() -> ProxyProtocol.V1.header(CLIENT, other))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith("are of different families");
  }

  private static HAProxyMessage decode(byte[] header) {
    EmbeddedChannel channel = new EmbeddedChannel(new HAProxyMessageDecoder());
    channel.writeInbound(Unpooled.wrappedBuffer(header));
    return channel.readInbound();
  }
}
