package dev.hairpin.agent.docker;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.Network;
import com.github.dockerjava.core.DockerClientConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
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

  List<Network> networks() {
    return read("networks.json", new TypeReference<List<Network>>() {});
  }

  List<InspectContainerResponse> containers() {
    return read("containers.json", new TypeReference<List<InspectContainerResponse>>() {});
  }

  List<JsonNode> networksAsJson() {
    return read("networks.json", new TypeReference<List<JsonNode>>() {});
  }

  List<JsonNode> containersAsJson() {
    return read("containers.json", new TypeReference<List<JsonNode>>() {});
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

  private <T> List<T> read(String file, TypeReference<List<T>> type) {
    try {
      // Copied, so that a test may take things away.
      return new ArrayList<>(
          DockerClientConfig.getDefaultObjectMapper().readValue(bytes(file).orElseThrow(), type));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Optional<byte[]> bytes(String file) {
    String name = "/engine/20.10.24/" + scenario + "/" + file;
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
