package dev.hairpin.rules.nftables;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hairpin.rules.address.Family;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a set of ports is looked up by: a packet's protocol and destination port, whatever header it
 * is in ({@code th}).
 *
 * @param addressOf the destination address of this family as well, between the two
 */
record PortKey(Optional<Family> addressOf) {
  private static final String PROTOCOL = "meta l4proto";
  private static final String PORT = "th dport";

  /** {@code meta l4proto . ip daddr . th dport}. */
  String text() {
    return String.join(" . ", fields());
  }

  private List<String> fields() {
    List<String> fields = new ArrayList<>();
    fields.add(PROTOCOL);
    addressOf.map(PortKey::address).ifPresent(fields::add);
    fields.add(PORT);
    return fields;
  }

  private static String address(Family family) {
    return family.keyword() + " daddr";
  }

  /** Empty where something else is looked up by. */
  static Optional<PortKey> read(JsonNode key) {
    List<String> read = new ArrayList<>();
    key.path("concat").forEach(field -> read.add(field(field)));
    return Stream.concat(
            Stream.of(new PortKey(Optional.empty())),
            Stream.of(Family.values()).map(family -> new PortKey(Optional.of(family))))
        .filter(known -> known.fields().equals(read))
        .findFirst();
  }

  private static String field(JsonNode field) {
    JsonNode payload = field.path("payload");
    return payload.isMissingNode()
        ? "meta " + field.path("meta").path("key").asText()
        : payload.path("protocol").asText() + " " + payload.path("field").asText();
  }
}
