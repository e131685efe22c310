package dev.hairpin.it.bench;

import dev.hairpin.proxy.Transport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/** Connections that said a word each and then are silent. */
final class IdleConnections {
  private static final int PORT = 9001;
  private static final int WARM_UP = 200;
  private static final int PATIENCE_MILLIS = 10_000;

  private IdleConnections() {}

  /**
   * By how much fresh processes grow for so many of them, in MiB.
   *
   * @param ports that share them, each with a process of its own
   */
  static double growth(Course course, Contender contender, int count, int ports) {
    List<Channel> open = new ArrayList<>();
    ServerSocketChannel server =
        course
            .container()
            .call(() ->
                ServerSocketChannel.open()
                    .bind(new InetSocketAddress(Course.CONTAINER, PORT), 1024));
    open.add(server);
    List<Relay> relays = new ArrayList<>();
    try {
      server.socket().setSoTimeout(PATIENCE_MILLIS);
      for (int port = 0; port < ports; port++) {
        Relay relay = course.open(contender, Transport.TCP, PORT);
        relays.add(relay);
        // Whoever asked whether it listens was sent on too.
        server.accept().close();
        connect(course, relay, server, WARM_UP / ports, open);
      }
      double before = pssMiB(relays);
      for (Relay relay : relays) {
        connect(course, relay, server, count / ports, open);
      }
      return pssMiB(relays) - before;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      open.forEach(IdleConnections::close);
      relays.forEach(Relay::close);
    }
  }

  private static double pssMiB(List<Relay> relays) {
    return relays.stream().mapToDouble(Relay::pssMiB).sum();
  }

  private static void connect(
      Course course, Relay relay, ServerSocketChannel server, int count, List<Channel> open) {
    course
        .host()
        .call(() -> {
          for (int i = 0; i < count; i++) {
            SocketChannel client =
                SocketChannel.open(new InetSocketAddress(relay.address(), relay.port()));
            open.add(client);
            client.write(ByteBuffer.wrap(new byte[1]));
            SocketChannel accepted = server.socket().accept().getChannel();
            open.add(accepted);
            pass(accepted.socket(), client.socket());
          }
          return count;
        });
  }

  /** The word arrives, and another one comes back. */
  private static void pass(Socket accepted, Socket client) throws IOException {
    for (Socket end : List.of(accepted, client)) {
      end.setSoTimeout(PATIENCE_MILLIS);
    }
    int word = accepted.getInputStream().read();
    accepted.getOutputStream().write(word);
    if (client.getInputStream().read() != word) {
      throw new IOException("the connection through the proxy was closed");
    }
  }

  private static void close(Channel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
