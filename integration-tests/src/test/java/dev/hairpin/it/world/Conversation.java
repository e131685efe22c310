package dev.hairpin.it.world;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One TCP connection that stays open: what the asker says comes back from an echo in another
 * namespace.
 */
public final class Conversation implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 2_000;

  private final ServerSocket listener;
  private final Socket asker;
  private final AtomicInteger said = new AtomicInteger();

  private Conversation(ServerSocket listener, Socket asker) {
    this.listener = listener;
    this.asker = asker;
  }

  /** Where the echo is, before somebody talks to it. */
  public record Echo(ServerSocket listener) {
    /** Listens on a port of every address of the namespace. */
    public static Echo in(Namespace namespace, int port) {
      return new Echo(namespace.call(() -> new ServerSocket(port)));
    }

    /** Connects to the echo by way of that address. */
    public Conversation from(Namespace namespace, String address, int port) {
      Thread.ofVirtual().start(() -> echo(listener));
      Socket asker =
          namespace.call(() -> {
            Socket socket = new Socket();
            socket.connect(new InetSocketAddress(Probe.literal(address), port), PATIENCE_MILLIS);
            socket.setSoTimeout(PATIENCE_MILLIS);
            return socket;
          });
      return new Conversation(listener, asker);
    }

    /** One asker; it is done when the asker is. */
    private static void echo(ServerSocket listener) {
      try (Socket connection = listener.accept()) {
        connection.getInputStream().transferTo(connection.getOutputStream());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Says something and waits for it to come back. */
  public void goesOn() {
    int word = said.incrementAndGet() & 0x7f;
    try {
      asker.getOutputStream().write(word);
      assertThat(asker.getInputStream().read()).as("what came back").isEqualTo(word);
    } catch (IOException e) {
      throw new AssertionError("the conversation broke off: " + e, e);
    }
  }

  @Override
  public void close() {
    try {
      asker.close();
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
