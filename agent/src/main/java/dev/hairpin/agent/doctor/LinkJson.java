package dev.hairpin.agent.doctor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hairpin.rules.address.IpAddress;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.StreamSupport;

/** Reads what {@code ip -j} prints of hardware. Pure. */
final class LinkJson {
  private static final ObjectMapper JSON = new ObjectMapper();

  private LinkJson() {}

  /**
   * The interfaces of {@code ip -j -d address show}, by name.
   *
   * @throws IllegalArgumentException if it is not that
   */
  static Map<String, Wire> wires(String json) {
    Map<String, Wire> wires = new LinkedHashMap<>();
    for (JsonNode each : array(json)) {
      if (each.hasNonNull("ifname")) {
        if (!each.path("mtu").isInt() || !each.path("flags").isArray()) {
          throw new IllegalArgumentException("not what ip -j address prints: no mtu or no flags");
        }
        String name = each.path("ifname").asText();
        wires.put(
            name,
            new Wire(
                name,
                each.path("link_type").asText().equals("ether")
                    ? each.path("address").asText().toLowerCase(Locale.ROOT)
                    : "",
                each.path("mtu").asInt(),
                isUp(each.path("flags")),
                each.path("ifindex").asInt(),
                isVeth(each) ? each.path("link_index").asInt() : 0));
      }
    }
    return wires;
  }

  private static boolean isVeth(JsonNode link) {
    return link.path("linkinfo").path("info_kind").asText().equals("veth");
  }

  private static boolean isUp(JsonNode flags) {
    return StreamSupport.stream(flags.spliterator(), /* parallel= */ false)
        .anyMatch(flag -> flag.asText().equals("UP"));
  }

  /**
   * The hardware addresses of {@code ip -j neighbour show}, by address. Who did not answer has
   * none.
   *
   * @throws IllegalArgumentException if it is not that
   */
  static Map<IpAddress, String> neighbours(String json) {
    Map<IpAddress, String> neighbours = new LinkedHashMap<>();
    for (JsonNode each : array(json)) {
      if (each.hasNonNull("lladdr")) {
        neighbours.putIfAbsent(
            IpAddress.parse(each.path("dst").asText()),
            each.path("lladdr").asText().toLowerCase(Locale.ROOT));
      }
    }
    return neighbours;
  }

  private static JsonNode array(String json) {
    try {
      // ip prints nothing at all where there is nothing.
      JsonNode read = json.isBlank() ? JSON.createArrayNode() : JSON.readTree(json);
      if (read.isArray()) {
        return read;
      }
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not JSON: " + e.getOriginalMessage(), e);
    }
    throw new IllegalArgumentException("not what ip -j prints: no array");
  }
}
