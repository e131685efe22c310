package dev.hairpin.proxy;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Clients and backends on this host. Whatever they wait for has a deadline. */
final class Loopback {
  static final Duration DEADLINE = Duration.ofSeconds(20);

  private Loopback() {}

  static InetSocketAddress anyPortOf(String address) {
    return new InetSocketAddress(address, 0);
  }

  static ServerSocket listen(String address) throws IOException {
    ServerSocket server = new ServerSocket();
    server.setSoTimeout((int) DEADLINE.toMillis());
    server.bind(anyPortOf(address));
    return server;
  }

  static Socket accept(ServerSocket server) throws IOException {
    Socket accepted = server.accept();
    accepted.setSoTimeout((int) DEADLINE.toMillis());
    return accepted;
  }

  static Socket connect(InetSocketAddress to) throws IOException {
    Socket socket = new Socket();
    socket.setSoTimeout((int) DEADLINE.toMillis());
    socket.connect(to, (int) DEADLINE.toMillis());
    return socket;
  }

  /** A port's address as a client on this host writes it. */
  static InetSocketAddress at(String address, ListeningPort port) {
    return new InetSocketAddress(address, port.frontend().getPort());
  }

  static InetSocketAddress addressOf(ServerSocket server) {
    return (InetSocketAddress) server.getLocalSocketAddress();
  }

  static InetSocketAddress addressOf(DatagramSocket socket) {
    return (InetSocketAddress) socket.getLocalSocketAddress();
  }

  static void say(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
  }

  static String hear(Socket socket, int bytes) throws IOException {
    return new String(socket.getInputStream().readNBytes(bytes), StandardCharsets.UTF_8);
  }

  static String hearAll(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  /** Closes with RST. */
  static void reset(Socket socket) throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  static DatagramSocket datagrams(String address) throws SocketException {
    DatagramSocket socket = new DatagramSocket(anyPortOf(address));
    socket.setSoTimeout((int) DEADLINE.toMillis());
    return socket;
  }

  static void send(DatagramSocket from, InetSocketAddress to, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    from.send(new DatagramPacket(bytes, bytes.length, to));
  }

  static Received receive(DatagramSocket socket) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[65536], 65536);
    socket.receive(packet);
    String text = new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8);
    return new Received(text, (InetSocketAddress) packet.getSocketAddress());
  }

  record Received(String text, InetSocketAddress from) {}

  /** Something that may throw, such as talking to a socket. */
  interface Talk {
    void run() throws IOException;
  }

  /** Runs in a thread of its own; the future fails with what is thrown. */
  static CompletableFuture<Void> meanwhile(Talk talk) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            talk.run();
            done.complete(null);
          } catch (IOException | RuntimeException | AssertionError e) {
            done.completeExceptionally(e);
          }
        });
    return done;
  }
}
