package dev.hairpin.rules.nftables;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.PortSet;
import dev.hairpin.rules.netfilter.PortSet.Data;
import dev.hairpin.rules.netfilter.PortSet.Element;
import dev.hairpin.rules.netfilter.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;

/** Reads sets and maps of ports; empty is one that we have no word for. */
final class PortSetReader {
  /** What one may say of itself to be a plain one. */
  private static final Set<String> PLAIN =
      Set.of("family", "name", "table", "type", "handle", "map", "flags", "elem");

  private final Family family;

  PortSetReader(Family family) {
    this.family = family;
  }

  Optional<PortSet> read(JsonNode set) {
    return type(set)
        .flatMap(type ->
            elements(type, set.path("elem"))
                .map(elements -> new PortSet(set.path("name").asText(), type, elements)));
  }

  private Optional<PortSet.Type> type(JsonNode set) {
    boolean isPlain = set.properties().stream().map(Map.Entry::getKey).allMatch(PLAIN::contains);
    boolean intervals = words(set.path("flags")).equals(List.of("interval"));
    if (!isPlain || intervals == set.path("flags").isMissingNode()) {
      return Optional.empty();
    }
    List<String> key = words(set.path("type"));
    List<String> data = words(set.path("map"));
    return Stream.of(Data.values())
        .flatMap(each ->
            Stream.of(true, false)
                .map(byAddress -> new PortSet.Type(family, byAddress, intervals, each)))
        .filter(type -> PortSetText.key(type).equals(key) && PortSetText.data(type).equals(data))
        .findFirst();
  }

  /** What is put together is a list, or one text with full stops (nft up to 1.0, of data). */
  private static List<String> words(JsonNode types) {
    if (types.isMissingNode()) {
      return List.of();
    }
    List<String> words = new ArrayList<>();
    if (types.isArray()) {
      types.forEach(type -> words.add(type.asText()));
    } else {
      words.addAll(List.of(types.asText().split(" \\. ", -1)));
    }
    return words;
  }

  private static Optional<List<Element>> elements(PortSet.Type type, JsonNode listed) {
    List<Element> elements = new ArrayList<>();
    for (JsonNode each : listed) {
      Optional<Element> element =
          switch (type.data()) {
            case NONE -> element(type, each, Optional.empty());
            case ADDRESS, ADDRESS_AND_PORT ->
                target(type.data(), each.path(1))
                    .flatMap(target -> element(type, each.path(0), Optional.of(target)));
          };
      if (element.isEmpty()) {
        return Optional.empty();
      }
      elements.add(element.get());
    }
    return Optional.of(elements);
  }

  private static Optional<Element> element(
      PortSet.Type type, JsonNode key, Optional<Action.Dnat> target) {
    JsonNode fields = key.path("concat");
    Optional<Protocol> protocol = Values.protocol(fields.path(0));
    Optional<IpAddress> address =
        type.byAddress() ? Values.address(fields.path(1).asText()) : Optional.empty();
    Optional<PortRange> ports = Values.ports(fields.path(type.byAddress() ? 2 : 1));
    return protocol.isPresent() && ports.isPresent() && address.isPresent() == type.byAddress()
        ? Optional.of(new Element(protocol.get(), address, ports.get(), target, Reason.UNKNOWN))
        : Optional.empty();
  }

  private static Optional<Action.Dnat> target(Data data, JsonNode value) {
    return switch (data) {
      case NONE -> Optional.empty();
      case ADDRESS ->
          Values.address(value.asText())
              .map(address -> new Action.Dnat(address, OptionalInt.empty()));
      case ADDRESS_AND_PORT -> {
        JsonNode fields = value.path("concat");
        yield fields.path(1).isInt()
            ? Values.address(fields.path(0).asText())
                .map(address -> new Action.Dnat(address, OptionalInt.of(fields.path(1).asInt())))
            : Optional.empty();
      }
    };
  }
}
