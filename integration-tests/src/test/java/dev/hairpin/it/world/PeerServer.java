package dev.hairpin.it.world;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.net.InetAddresses;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The answering end of a question over the network: says to whoever asks {@code LOCAL:PORT sees
 * PEER}, which address was asked and which source it saw. Its sockets are inside a namespace; it
 * outlives neither the test nor the container that it serves in.
 */
public final class PeerServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PeerServer.class);
  private static final int PENDING_CONNECTIONS = 64;
  private static final int LONGEST_FAREWELL_MILLIS = 1000;

  private final Namespace namespace;
  private final List<Channel> sockets = new ArrayList<>();

  private PeerServer(Namespace namespace) {
    this.namespace = namespace;
  }

  /** One without ports yet. */
  public static PeerServer in(Namespace namespace) {
    return new PeerServer(namespace);
  }

  /** Answers on a TCP port of every address. */
  public PeerServer tcp(int port) {
    return tcp(new InetSocketAddress(port));
  }

  /** Answers on a TCP port of one address. */
  public PeerServer tcpOn(String address, int port) {
    return tcp(new InetSocketAddress(Probe.literal(address), port));
  }

  private PeerServer tcp(InetSocketAddress where) {
    int port = where.getPort();
    ServerSocketChannel listener =
        namespace.call(() ->
            ServerSocketChannel.open()
                .setOption(StandardSocketOptions.SO_REUSEADDR, true)
                .bind(where, PENDING_CONNECTIONS));
    sockets.add(listener);
    Thread.ofVirtual().start(() -> serve(() -> answer(listener.accept(), port)));
    return this;
  }

  /** Answers on a TCP port with the first line that it hears, such as that of PROXY protocol v1. */
  public PeerServer echoingLine(int port) {
    ServerSocketChannel listener =
        namespace.call(() ->
            ServerSocketChannel.open()
                .setOption(StandardSocketOptions.SO_REUSEADDR, true)
                .bind(new InetSocketAddress(port), PENDING_CONNECTIONS));
    sockets.add(listener);
    Thread.ofVirtual().start(() -> serve(() -> echoLine(listener.accept())));
    return this;
  }

  private static void echoLine(SocketChannel asker) {
    inBackground(
        asker,
        () -> {
          String line =
              new BufferedReader(new InputStreamReader(asker.socket().getInputStream(), UTF_8))
                  .readLine();
          asker.write(UTF_8.encode(String.valueOf(line)));
          asker.shutdownOutput();
        });
  }

  /**
   * Answers on a UDP port. One socket per address that the namespace has now, so that an answer
   * leaves from the address that was asked.
   */
  public PeerServer udp(int port) {
    for (InetAddress address : addresses()) {
      DatagramChannel channel =
          namespace.call(() ->
              DatagramChannel.open(
                      address instanceof Inet4Address
                          ? StandardProtocolFamily.INET
                          : StandardProtocolFamily.INET6)
                  .bind(new InetSocketAddress(address, port)));
      sockets.add(channel);
      Thread.ofPlatform().daemon().start(() -> serve(() -> answer(channel, address, port)));
    }
    return this;
  }

  @Override
  public void close() {
    for (Channel each : sockets) {
      try {
        each.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /**
   * Asked from the namespace's own tools: Java reads IPv6 addresses from /proc/net, which shows the
   * namespace of the process and not that of the thread.
   */
  private List<InetAddress> addresses() {
    return namespace
        .command("ip", "-o", "address", "show", "up")
        .run()
        .lines()
        .filter(line -> !line.contains("scope link"))
        .map(line -> line.trim().split("\\s+", -1)[3])
        .map(address -> InetAddresses.forString(address.substring(0, address.indexOf('/'))))
        .toList();
  }

  private interface Turn {
    void take() throws IOException;
  }

  /** Takes turns until its socket is closed. An asker that went away early ends its own turn. */
  private static void serve(Turn turn) {
    boolean open = true;
    while (open) {
      try {
        turn.take();
      } catch (ClosedChannelException e) {
        open = false;
      } catch (IOException e) {
        log.debug("an asker went away", e);
      }
    }
  }

  private static void answer(SocketChannel asker, int port) {
    inBackground(
        asker,
        () -> {
          InetAddress local = ((InetSocketAddress) asker.getLocalAddress()).getAddress();
          InetAddress peer = ((InetSocketAddress) asker.getRemoteAddress()).getAddress();
          asker.write(line(local, port, peer));
          asker.shutdownOutput();
          // What a proxy says of its client would go unread, and the answer be lost by a reset.
          asker.socket().setSoTimeout(LONGEST_FAREWELL_MILLIS);
          asker.socket().getInputStream().transferTo(OutputStream.nullOutputStream());
        });
  }

  private static void inBackground(SocketChannel asker, Turn turn) {
    Thread.ofVirtual()
        .start(() -> {
          try (asker) {
            turn.take();
          } catch (IOException e) {
            log.debug("an asker went away", e);
          }
        });
  }

  private static void answer(DatagramChannel channel, InetAddress local, int port)
      throws IOException {
    InetSocketAddress peer = (InetSocketAddress) channel.receive(ByteBuffer.allocate(2048));
    channel.send(line(local, port, peer.getAddress()), peer);
  }

  private static ByteBuffer line(InetAddress local, int port, InetAddress peer) {
    String where = local instanceof Inet4Address ? text(local) : "[" + text(local) + "]";
    return UTF_8.encode(where + ":" + port + " sees " + text(peer));
  }

  /** Without Java's scope suffix; colons in the short form that other tools print. */
  private static String text(InetAddress address) {
    return InetAddresses.toAddrString(address);
  }
}
