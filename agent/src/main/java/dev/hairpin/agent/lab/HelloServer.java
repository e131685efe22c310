package dev.hairpin.agent.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;

/**
 * The lab's web server, in a process and a namespace of its own. It tells whoever asks which
 * address the question came from, as far as it can see.
 */
final class HelloServer {
  static final String GREETING = "Hello container!";

  /** What stands before the address on the second line of the answer. */
  static final String SEEN = "you came from ";

  private HelloServer() {}

  /** Serves until the process is ended. The only argument is the port. */
  public static void main(String[] arguments) throws IOException {
    start(Integer.parseInt(arguments[0]));
  }

  /**
   * Listens on every IPv4 address. The caller stops what this returns.
   *
   * @param port 1-65535, or 0 for any that is free
   */
  static HttpServer start(int port) throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress("0.0.0.0", port), 0);
    server.createContext("/", HelloServer::answer);
    server.start();
    return server;
  }

  private static void answer(HttpExchange exchange) throws IOException {
    String source = exchange.getRemoteAddress().getAddress().getHostAddress();
    byte[] body = (GREETING + "\n" + SEEN + source + "\n").getBytes(UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "text/plain; charset=utf-8");
    // The connection ends with the answer, so that each question takes the whole way again.
    exchange.getResponseHeaders().add("Connection", "close");
    exchange.sendResponseHeaders(200, body.length);
    try (OutputStream stream = exchange.getResponseBody()) {
      stream.write(body);
    }
  }
}
