package dev.hairpin.proxy;

import static dev.hairpin.proxy.Loopback.DEADLINE;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/**
 * A backend whose backlog is full, so that the kernel drops the SYN of the next one who connects.
 */
final class Unanswering implements AutoCloseable {
  private final ServerSocket server;
  private final List<Socket> backlog = new ArrayList<>();

  Unanswering() throws IOException {
    server = new ServerSocket();
    server.bind(Loopback.anyPortOf("127.0.0.1"), 1);
    server.setSoTimeout((int) DEADLINE.toMillis());
    // A backlog of one holds two: the kernel counts from nought.
    backlog.add(Loopback.connect(address()));
    backlog.add(Loopback.connect(address()));
  }

  InetSocketAddress address() {
    return Loopback.addressOf(server);
  }

  /** Empties the backlog and takes the connection that was kept waiting. */
  Socket acceptNext() throws IOException {
    for (Socket waiting : backlog) {
      waiting.close();
      server.accept().close();
    }
    return Loopback.accept(server);
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket waiting : backlog) {
      waiting.close();
    }
  }
}
