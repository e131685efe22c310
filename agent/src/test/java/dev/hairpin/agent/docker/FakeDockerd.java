package dev.hairpin.agent.docker;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Splitter;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.URLDecoder;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/**
 * A dockerd that says what it is told to, over HTTP on a Unix socket. What it does not know it
 * refuses, and remembers.
 */
final class FakeDockerd implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path socket;
  private final ServerSocketChannel server;
  private final String apiVersion;
  private final Set<SocketChannel> connections = ConcurrentHashMap.newKeySet();
  private final Set<OutputStream> eventStreams = ConcurrentHashMap.newKeySet();
  private final Set<String> mute = ConcurrentHashMap.newKeySet();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<String> unknown = new CopyOnWriteArrayList<>();
  private final List<JsonNode> networks = new CopyOnWriteArrayList<>();
  private final Map<String, JsonNode> listed = new ConcurrentHashMap<>();
  private final Map<String, JsonNode> inspected = new ConcurrentHashMap<>();
  private final List<JsonNode> created = new CopyOnWriteArrayList<>();

  private FakeDockerd(Path socket, String apiVersion) throws IOException {
    this.socket = socket;
    this.apiVersion = apiVersion;
    this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    Thread.ofPlatform().daemon().name("fake-dockerd").start(this::accept);
  }

  /** Listens as dockerd 20.10 does. */
  static FakeDockerd at(Path socket) throws IOException {
    return new FakeDockerd(socket, "1.41");
  }

  static FakeDockerd at(Path socket, String apiVersion) throws IOException {
    return new FakeDockerd(socket, apiVersion);
  }

  /** Says that there is this one too. */
  void addNetwork(JsonNode network) {
    networks.add(network);
  }

  /** Says from now on what was recorded. */
  FakeDockerd replay(RecordedEngine recorded) {
    networks.clear();
    networks.addAll(recorded.networksAsJson());
    listed.clear();
    inspected.clear();
    recorded.containersAsJson().forEach(this::run);
    return this;
  }

  /** Has a running container, as inspect describes it. */
  FakeDockerd run(JsonNode container) {
    String id = container.path("Id").asText();
    listed.put(id, listEntry(container, "running"));
    created.removeIf(each -> each.path("Id").asText().equals(id));
    inspected.put(id, container);
    return this;
  }

  /** Has a container that doesn't run yet. */
  FakeDockerd create(JsonNode container) {
    created.add(container);
    return this;
  }

  /** Still lists a container that is gone when it is inspected. */
  void loseBetweenListAndInspect(String id) {
    inspected.remove(id);
  }

  /** Takes requests for paths that end so, and never answers them. */
  void neverAnswer(String pathEnd) {
    mute.add(pathEnd);
  }

  void answerAgain() {
    mute.clear();
  }

  /** Tells everyone who listens. */
  void emit(String type, String action) throws IOException {
    ObjectNode event = JSON.createObjectNode().put("Type", type).put("Action", action);
    event.putObject("Actor").put("ID", "0123").putObject("Attributes");
    event.put("scope", "local").put("time", 1_795_219_200L).put("timeNano", 0L);
    for (OutputStream stream : eventStreams) {
      writeChunk(stream, event.toString() + "\n");
    }
  }

  /** Breaks every connection, as a restart does. */
  void dropConnections() throws IOException {
    eventStreams.clear();
    for (SocketChannel connection : connections) {
      connection.close();
    }
  }

  int listeners() {
    return eventStreams.size();
  }

  /** What was asked for: paths without their queries. */
  List<String> requests() {
    return List.copyOf(requests);
  }

  /** What was asked for that a dockerd does not have. */
  List<String> unknown() {
    return List.copyOf(unknown);
  }

  /** Ends as a killed daemon does: the socket's file stays behind. */
  void kill() throws IOException {
    server.close();
    dropConnections();
  }

  @Override
  public void close() throws IOException {
    kill();
    Files.deleteIfExists(socket);
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel connection = server.accept();
        connections.add(connection);
        Thread.ofPlatform().daemon().name("fake-dockerd-connection").start(() -> serve(connection));
      }
    } catch (IOException closed) {
      eventStreams.clear();
    }
  }

  private void serve(SocketChannel connection) {
    try (connection) {
      BufferedReader in =
          new BufferedReader(new InputStreamReader(Channels.newInputStream(connection), UTF_8));
      OutputStream out = Channels.newOutputStream(connection);
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        List<String> words = Splitter.on(' ').splitToList(line);
        skipHeaders(in);
        answer(words.get(0), words.get(1), out);
      }
    } catch (IOException gone) {
      connections.remove(connection);
    }
  }

  private static void skipHeaders(BufferedReader in) throws IOException {
    String header = in.readLine();
    while (header != null && !header.isEmpty()) {
      header = in.readLine();
    }
  }

  private void answer(String method, String target, OutputStream out) throws IOException {
    String path = Splitter.on('?').splitToList(target).getFirst();
    String query = URLDecoder.decode(target.substring(path.length()), UTF_8);
    requests.add(path);
    if (mute.stream().anyMatch(path::endsWith)) {
      return;
    }
    String unversioned = path.replaceFirst("^/v1\\.\\d+/", "/");
    if (method.equals("GET") && unversioned.equals("/events")) {
      write(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      eventStreams.add(out);
      return;
    }
    Optional<JsonNode> body = method.equals("GET") ? body(unversioned, query) : Optional.empty();
    if (body.isPresent()) {
      respond(out, "200 OK", body.get());
    } else {
      unknown.add(method + " " + path);
      respond(out, "404 Not Found", JSON.createObjectNode().put("message", "page not found"));
    }
  }

  private Optional<JsonNode> body(String path, String query) {
    if (path.equals("/version")) {
      return Optional.of(
          JSON.createObjectNode().put("ApiVersion", apiVersion).put("Version", "20.10.24"));
    }
    if (path.equals("/networks")) {
      return Optional.of(array(networks));
    }
    if (path.equals("/containers/json")) {
      return Optional.of(array(query.contains("all=true") ? all() : listed.values()));
    }
    return listed.keySet().stream()
        .filter(id -> path.equals("/containers/" + id + "/json"))
        .flatMap(id -> Stream.ofNullable(inspected.get(id)))
        .findFirst();
  }

  /** Those that don't run as well. */
  private List<JsonNode> all() {
    return Stream.concat(
            listed.values().stream(), created.stream().map(each -> listEntry(each, "created")))
        .toList();
  }

  private static ArrayNode array(Iterable<JsonNode> nodes) {
    ArrayNode array = JSON.createArrayNode();
    nodes.forEach(array::add);
    return array;
  }

  /** The same container as {@code GET /containers/json} shows it. */
  private static JsonNode listEntry(JsonNode container, String state) {
    ObjectNode entry = JSON.createObjectNode().put("Id", container.path("Id").asText());
    entry.putArray("Names").add(container.path("Name").asText());
    entry.put("State", state);
    entry.set("Labels", container.path("Config").path("Labels"));
    entry
        .putObject("HostConfig")
        .put("NetworkMode", container.path("HostConfig").path("NetworkMode").asText());
    ArrayNode ports = entry.putArray("Ports");
    for (JsonNode port : container.path("NetworkSettings").path("Ports")) {
      for (JsonNode at : port) {
        ports
            .addObject()
            .put("IP", at.path("HostIp").asText())
            .put("PublicPort", at.path("HostPort").asInt());
      }
    }
    entry
        .putObject("NetworkSettings")
        .set("Networks", container.path("NetworkSettings").path("Networks"));
    return entry;
  }

  private static void respond(OutputStream out, String status, JsonNode body) throws IOException {
    byte[] bytes = JSON.writeValueAsBytes(body);
    write(
        out,
        "HTTP/1.1 "
            + status
            + "\r\nContent-Type: application/json\r\nContent-Length: "
            + bytes.length
            + "\r\n\r\n");
    out.write(bytes);
    out.flush();
  }

  private static void writeChunk(OutputStream out, String text) throws IOException {
    write(out, Integer.toHexString(text.getBytes(UTF_8).length) + "\r\n" + text + "\r\n");
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(UTF_8));
    out.flush();
  }
}
