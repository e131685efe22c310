package dev.hairpin.it.world;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.net.InetAddresses;
import dev.hairpin.rules.address.Protocol;
import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;

/**
 * The asking end of a question over the network. A {@link PeerServer} is the other end.
 *
 * <p>{@code sourcePort} 0 lets the kernel choose. The answer is in the words of the recordings:
 * {@code open LOCAL:PORT sees PEER} (what the server wrote), {@code refused}, {@code timeout}
 * (nothing within a second, or as long as was asked for), {@code silent} (connected, then nothing),
 * {@code closed} or {@code reset} (connected, then ended without an answer), {@code error NAME}.
 */
public record Probe(
    Namespace from, Optional<InetAddress> source, int sourcePort, Duration patience) {
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  /** Asks from a namespace, with the source address that the kernel picks. */
  public static Probe from(Namespace namespace) {
    return new Probe(namespace, Optional.empty(), 0, PATIENCE);
  }

  /** The same, with that source address. */
  public Probe with(String address) {
    return new Probe(from, Optional.of(literal(address)), sourcePort, patience);
  }

  /** The same, always from that port, so that all questions belong to one flow. */
  public Probe withPort(int port) {
    return new Probe(from, source, port, patience);
  }

  /** The same, for an answer that may take its time. */
  public Probe within(Duration time) {
    return new Probe(from, source, sourcePort, time);
  }

  /** Asks a TCP port. */
  public String tcp(String address, int port) {
    return ask(Protocol.TCP, address, port);
  }

  /** Asks a UDP port. */
  public String udp(String address, int port) {
    return ask(Protocol.UDP, address, port);
  }

  /** Asks a port: what came back, within about a second. */
  public String ask(Protocol protocol, String address, int port) {
    InetSocketAddress target = new InetSocketAddress(literal(address), port);
    return from.call(() ->
        switch (protocol) {
          case TCP -> overTcp(target);
          case UDP -> overUdp(target);
          case SCTP -> throw new IllegalArgumentException("this kernel has no SCTP sockets");
        });
  }

  static InetAddress literal(String address) {
    return InetAddresses.forString(address);
  }

  private String overTcp(InetSocketAddress target) {
    // A socket of the address's own family: a mapped IPv4 address would fail in other words.
    try (SocketChannel channel = SocketChannel.open(family(target.getAddress()))) {
      bind(target, channel::bind);
      channel.socket().connect(target, (int) patience.toMillis());
      channel.socket().setSoTimeout((int) patience.toMillis());
      return answerOf(channel);
    } catch (SocketTimeoutException e) {
      return "timeout";
    } catch (IOException e) {
      return failure(e);
    }
  }

  private static String answerOf(SocketChannel channel) throws IOException {
    byte[] answer = new byte[512];
    try {
      int length = channel.socket().getInputStream().read(answer);
      return length < 0 ? "closed" : "open " + new String(answer, 0, length, UTF_8);
    } catch (SocketTimeoutException e) {
      return "silent";
    } catch (SocketException e) {
      return message(e).contains("reset") ? "reset" : failure(e);
    }
  }

  private String overUdp(InetSocketAddress target) {
    try (DatagramChannel channel = DatagramChannel.open(family(target.getAddress()))) {
      bind(target, channel::bind);
      // Connected, so that refusals are heard and answers from elsewhere are not.
      channel.connect(target);
      channel.write(ByteBuffer.wrap(new byte[] {'?'}));
      channel.socket().setSoTimeout((int) patience.toMillis());
      DatagramPacket answer = new DatagramPacket(new byte[512], 512);
      channel.socket().receive(answer);
      return "open " + new String(answer.getData(), 0, answer.getLength(), UTF_8);
    } catch (SocketTimeoutException e) {
      return "timeout";
    } catch (IOException e) {
      return failure(e);
    }
  }

  private interface Binding {
    void to(SocketAddress address) throws IOException;
  }

  private void bind(InetSocketAddress target, Binding binding) throws IOException {
    if (source.isPresent() || sourcePort != 0) {
      InetAddress any = literal(target.getAddress() instanceof Inet4Address ? "0.0.0.0" : "::");
      binding.to(new InetSocketAddress(source.orElse(any), sourcePort));
    }
  }

  private static StandardProtocolFamily family(InetAddress address) {
    return address instanceof Inet4Address
        ? StandardProtocolFamily.INET
        : StandardProtocolFamily.INET6;
  }

  /** The kernel's error, by what Java makes of it. */
  private static String failure(IOException e) {
    String message = message(e);
    if (e instanceof PortUnreachableException
        || (e instanceof ConnectException && message.contains("refused"))) {
      return "refused";
    }
    if (message.contains("timed out")) {
      return "timeout";
    }
    if (message.contains("Network is unreachable")) {
      return "error ENETUNREACH";
    }
    if (message.contains("No route to host") || message.contains("Host is unreachable")) {
      return "error EHOSTUNREACH";
    }
    if (message.contains("Cannot assign requested address")) {
      return "error EADDRNOTAVAIL";
    }
    return "error " + e;
  }

  private static String message(IOException e) {
    return String.valueOf(e.getMessage());
  }
}
