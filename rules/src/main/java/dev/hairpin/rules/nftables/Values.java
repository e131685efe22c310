package dev.hairpin.rules.nftables;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Reads the right-hand sides of conditions; empty is one that we have no word for. */
final class Values {
  private static final long HIGHEST_MARK = 0xffffffffL;
  private static final int HIGHEST_LABEL = 127;

  private Values() {}

  static Optional<IpAddress> address(String text) {
    try {
      return Optional.of(IpAddress.parse(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** By its name, or by its number where the host has no /etc/protocols. */
  static Optional<Protocol> protocol(JsonNode value) {
    return value.isInt()
        ? Stream.of(Protocol.values())
            .filter(protocol -> protocol.number() == value.asInt())
            .findFirst()
        : Protocol.of(value.asText());
  }

  /** An address, or {@code {"prefix": {"addr": "10.0.0.0", "len": 8}}}. */
  static Optional<IpPrefix> prefix(JsonNode value, Family family) {
    JsonNode prefix = value.path("prefix");
    JsonNode first = prefix.isMissingNode() ? value : prefix.path("addr");
    int length = prefix.path("len").asInt(family.addressBits());
    return first.isTextual() && length >= 0 && length <= family.addressBits()
        ? address(first.asText())
            .filter(address -> address.family() == family)
            .map(address -> new IpPrefix(address, length))
        : Optional.empty();
  }

  /** A port, or {@code {"range": [80, 90]}}. */
  static Optional<PortRange> ports(JsonNode value) {
    if (value.isInt()) {
      return Optional.of(PortRange.of(value.asInt()));
    }
    JsonNode range = value.path("range");
    return range.path(0).isInt() && range.path(1).isInt()
        ? Optional.of(new PortRange(range.path(0).asInt(), range.path(1).asInt()))
        : Optional.empty();
  }

  static Optional<Integer> bits(JsonNode value) {
    return value.isIntegralNumber() && value.asLong() >= 0 && value.asLong() <= HIGHEST_MARK
        ? Optional.of((int) value.asLong())
        : Optional.empty();
  }

  /** A bit of a connection's label; one that has a name on this host is no number. */
  static Optional<Integer> label(JsonNode value) {
    return value.isInt() && value.asInt() >= 0 && value.asInt() <= HIGHEST_LABEL
        ? Optional.of(value.asInt())
        : Optional.empty();
  }

  /** A name, with {@code +} where nft writes {@code *} for the rest of it. */
  static Optional<String> interfacePattern(JsonNode value) {
    if (value.isTextual() && value.asText().endsWith("*") && !value.asText().endsWith("\\*")) {
      String text = value.asText();
      return Optional.of(text.substring(0, text.length() - 1) + "+");
    }
    return interfaceName(value);
  }

  /** A name that stands for itself only, also where a {@code +} would not. */
  private static Optional<String> interfaceName(JsonNode value) {
    return Optional.of(value)
        .filter(JsonNode::isTextual)
        .map(JsonNode::asText)
        .filter(name -> !name.endsWith("*") && !name.endsWith("+"));
  }

  static Optional<List<String>> interfaces(JsonNode set) {
    List<String> names = new ArrayList<>();
    for (JsonNode element : set) {
      Optional<String> name = interfaceName(element);
      if (name.isEmpty()) {
        return Optional.empty();
      }
      names.add(name.get());
    }
    return Optional.of(names);
  }

  /** A word, or a list of words. */
  static Optional<List<String>> keywords(JsonNode value) {
    if (value.isTextual()) {
      return Optional.of(List.of(value.asText()));
    }
    List<String> words = new ArrayList<>();
    for (JsonNode element : value) {
      if (!element.isTextual()) {
        return Optional.empty();
      }
      words.add(element.asText());
    }
    return value.isArray() ? Optional.of(words) : Optional.empty();
  }
}
