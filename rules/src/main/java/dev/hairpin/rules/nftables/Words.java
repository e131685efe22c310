package dev.hairpin.rules.nftables;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.JsonNode;

/** What nft's JSON says, as one line that begins with the word that says what it is. */
final class Words {
  private Words() {}

  /** {@code {"reject": {"type": "icmpx"}}} as {@code reject {"type":"icmpx"}}. */
  static String of(JsonNode object) {
    return object.properties().stream()
        .map(entry -> of(entry.getKey(), entry.getValue()))
        .collect(joining(" "));
  }

  static String of(String keyword, JsonNode details) {
    return details.isNull() ? keyword : keyword + " " + details;
  }
}
