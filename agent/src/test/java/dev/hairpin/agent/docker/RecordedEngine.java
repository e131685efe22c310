package dev.hairpin.agent.docker;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;

/** One scenario of a real dockerd 20.10.24: what it said, and what it did. */
record RecordedEngine(String scenario) {
  static final List<String> SCENARIOS =
      List.of(
          "two-ports",
          "two-nets",
          "connect-disconnect",
          "connect-disconnect/before",
          "connect-disconnect/joined-a1",
          "connect-disconnect/left-z1",
          "connect-disconnect/joined-bridge",
          "v6-net",
          "v6-net-any6",
          "v6-bridge",
          "ephemeral",
          "internal",
          "net-host",
          "net-none",
          "net-container",
          "range-10",
          "lo-bound",
          "hostip-bound",
          "udp",
          "restart");

  DockerSnapshot snapshot() {
    return DockerInspection.read(
            JsonValue.of("networks.json", json("networks.json")),
            JsonValue.of("containers.json", json("containers.json")),
            missing -> {})
        .snapshot(new EngineVersion(20, 10), DaemonSettings.DEFAULTS);
  }

  List<JsonNode> networksAsJson() {
    return ImmutableList.copyOf(json("networks.json"));
  }

  List<JsonNode> containersAsJson() {
    return ImmutableList.copyOf(json("containers.json"));
  }

  /** The rules that dockerd wrote to DNAT, of one family, in its order. */
  List<String> dnatRules(String file) {
    return lines(file).stream().filter(line -> line.contains("-j DNAT")).toList();
  }

  /** The arguments of its docker-proxies. */
  List<String> proxies() {
    return lines("proxies.txt").stream()
        .map(line -> line.substring(line.indexOf(" -proto ")).strip())
        .toList();
  }

  private List<String> lines(String file) {
    return bytes(file).map(bytes -> new String(bytes, UTF_8).lines().toList()).orElse(List.of());
  }

  private JsonNode json(String file) {
    try {
      return new ObjectMapper().readTree(bytes(file).orElseThrow());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Optional<byte[]> bytes(String file) {
    String name = "/recorded/20.10.24/" + scenario + "/" + file;
    try (InputStream in = RecordedEngine.class.getResourceAsStream(name)) {
      return in == null ? Optional.empty() : Optional.of(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String toString() {
    return scenario;
  }
}
