package dev.hairpin.agent.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.google.common.primitives.Bytes;
import dev.hairpin.agent.docker.DockerHost;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A dockerd for {@link Rehearsal} that knows a version, some networks and some containers, and
 * nothing else.
 */
final class PretendedEngine implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path socket;
  private final ServerSocketChannel server;
  private final JsonNode networks;
  private final JsonNode containers;

  private PretendedEngine(Path socket, JsonNode networks, JsonNode containers) throws IOException {
    this.socket = socket;
    this.networks = networks;
    this.containers = containers;
    this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
  }

  /**
   * Listens.
   *
   * @param networks as {@code docker network inspect} prints them
   * @param containers as {@code docker inspect} prints them
   */
  static PretendedEngine start(Path socket, String networks, String containers) throws IOException {
    PretendedEngine engine =
        new PretendedEngine(socket, JSON.readTree(networks), JSON.readTree(containers));
    engine.server.bind(UnixDomainSocketAddress.of(socket));
    Thread.ofVirtual().start(engine::accept);
    return engine;
  }

  /** Where it listens. */
  DockerHost host() {
    return new DockerHost(socket);
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel client = server.accept();
        Thread.ofVirtual().start(() -> serve(client));
      }
    } catch (IOException closed) {
      // The rehearsal is over.
    }
  }

  private void serve(SocketChannel client) {
    try (client) {
      BufferedReader in =
          new BufferedReader(new InputStreamReader(Channels.newInputStream(client), US_ASCII));
      OutputStream out = Channels.newOutputStream(client);
      String asked = "";
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (line.startsWith("GET ")) {
          asked = line;
        } else if (line.isEmpty()) {
          out.write(response(answer(path(asked)).toString().getBytes(UTF_8)));
        }
      }
    } catch (IOException gone) {
      // So is the question.
    }
  }

  /** {@code GET /v1.41/networks?filters=... HTTP/1.1}. */
  private static String path(String request) {
    return request.replaceFirst("\\w+ ([^ ?]+).*", "$1");
  }

  private static byte[] response(byte[] body) {
    String head =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + body.length;
    return Bytes.concat((head + "\r\n\r\n").getBytes(US_ASCII), body);
  }

  private JsonNode answer(String path) {
    if (path.endsWith("/networks")) {
      return networks;
    }
    if (path.endsWith("/containers/json")) {
      ArrayNode listed = JSON.createArrayNode();
      containers.forEach(each -> listed.addObject().set("Id", each.path("Id")));
      return listed;
    }
    for (JsonNode container : containers) {
      if (path.endsWith("/containers/" + container.path("Id").asText() + "/json")) {
        return container;
      }
    }
    return JSON.createObjectNode().put("ApiVersion", "1.41").put("Version", "20.10.24");
  }

  @Override
  public void close() throws IOException {
    server.close();
    Files.deleteIfExists(socket);
  }
}
