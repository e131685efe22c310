package dev.hairpin.it.rulesets;

import dev.hairpin.rules.address.Protocol;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SocketChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends single packets from the network namespace of the calling thread. */
final class Sending {
  private static final Logger log = LoggerFactory.getLogger(Sending.class);

  private Sending() {}

  /**
   * Sends it. A socket that is closed before it is connected doesn't repeat its SYN.
   *
   * @return whether the kernel has taken it; the rules of this very host may have refused it
   */
  static boolean send(Question question, int sourcePort) throws IOException {
    try (NetworkChannel channel = open(question)) {
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      channel.bind(new InetSocketAddress(question.from().inet(), sourcePort));
      return send(channel, new InetSocketAddress(question.to().inet(), question.port()));
    }
  }

  private static NetworkChannel open(Question question) throws IOException {
    ProtocolFamily family =
        switch (question.to().family()) {
          case IPV4 -> StandardProtocolFamily.INET;
          case IPV6 -> StandardProtocolFamily.INET6;
        };
    return question.protocol() == Protocol.TCP
        ? SocketChannel.open(family)
        : DatagramChannel.open(family);
  }

  private static boolean send(NetworkChannel channel, InetSocketAddress to) {
    try {
      if (channel instanceof SocketChannel tcp) {
        tcp.configureBlocking(false);
        tcp.connect(to);
      } else if (channel instanceof DatagramChannel udp) {
        udp.send(ByteBuffer.wrap(new byte[] {'?'}), to);
      }
      return true;
    } catch (IOException e) {
      log.debug("to {}", to, e);
      return false;
    }
  }
}
