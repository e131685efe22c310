package dev.hairpin.agent.walk;

import static java.util.Comparator.comparing;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.trace.Host;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** Reads what {@code ip -j} prints (iproute2). Pure. */
final class IpJson {
  private static final ObjectMapper JSON = new ObjectMapper();

  private IpJson() {}

  /**
   * The interfaces of {@code ip -j -d address show}.
   *
   * @throws IllegalArgumentException if it is not that
   */
  static List<Link> links(String json) {
    List<Link> links = new ArrayList<>();
    for (JsonNode each : array(json)) {
      if (each.hasNonNull("ifname")) {
        links.add(
            new Link(
                each.path("ifname").asText(),
                each.path("linkinfo").path("info_kind").asText().equals("bridge"),
                bridge(each),
                addresses(each.path("addr_info"))));
      }
    }
    return links;
  }

  /** Others have a master, too, such as a bond. */
  private static Optional<String> bridge(JsonNode link) {
    return link.path("linkinfo").path("info_slave_kind").asText().equals("bridge")
        ? Optional.of(link.path("master").asText())
        : Optional.empty();
  }

  private static List<Link.Address> addresses(JsonNode listed) {
    return StreamSupport.stream(listed.spliterator(), /* parallel= */ false)
        .filter(each -> each.hasNonNull("local"))
        .map(each -> {
          IpAddress address = IpAddress.parse(each.path("local").asText());
          return new Link.Address(address, new IpPrefix(address, each.path("prefixlen").asInt()));
        })
        .sorted(comparing(each -> each.address().inet().isLinkLocalAddress()))
        .toList();
  }

  /**
   * The routes of {@code ip -j route show}, for one family. What leads nowhere, such as an
   * unreachable or blackhole route, is left out.
   *
   * @throws IllegalArgumentException if it is not that
   */
  static List<Host.Route> routes(String json, Family family) {
    List<Host.Route> routes = new ArrayList<>();
    for (JsonNode each : array(json)) {
      device(each)
          .ifPresent(
              by -> routes.add(new Host.Route(destination(each.path("dst").asText(), family), by)));
    }
    return routes;
  }

  /** The gateway of the default route, which is a neighbour that there really is. */
  static Optional<IpAddress> gateway(String json) {
    return StreamSupport.stream(array(json).spliterator(), /* parallel= */ false)
        .filter(each -> each.path("dst").asText().equals("default"))
        .filter(each -> each.hasNonNull("gateway"))
        .map(each -> IpAddress.parse(each.path("gateway").asText()))
        .findFirst();
  }

  private static Optional<String> device(JsonNode route) {
    JsonNode own = route.path("dev");
    JsonNode device = own.isTextual() ? own : route.path("nexthops").path(0).path("dev");
    boolean leadsNowhere =
        route.hasNonNull("type") && !route.path("type").asText().equals("unicast");
    return leadsNowhere || !device.isTextual() ? Optional.empty() : Optional.of(device.asText());
  }

  private static IpPrefix destination(String text, Family family) {
    if (text.equals("default")) {
      return new IpPrefix(IpAddress.any(family), 0);
    }
    return text.contains("/") ? IpPrefix.parse(text) : IpPrefix.of(IpAddress.parse(text));
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
