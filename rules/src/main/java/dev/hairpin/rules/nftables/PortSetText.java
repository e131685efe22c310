package dev.hairpin.rules.nftables;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.PortSet;
import dev.hairpin.rules.netfilter.PortSet.Element;
import java.util.ArrayList;
import java.util.List;

/** Sets and maps of ports in the language of nft. */
final class PortSetText {
  private static final String PROTOCOL = "inet_proto";
  private static final String PORT = "inet_service";
  private static final String BESIDE = " . ";

  private PortSetText() {}

  static String kind(PortSet.Type type) {
    return switch (type.data()) {
      case NONE -> "set";
      case ADDRESS, ADDRESS_AND_PORT -> "map";
    };
  }

  /** The types of what is looked up by. */
  static List<String> key(PortSet.Type type) {
    return type.byAddress()
        ? List.of(PROTOCOL, address(type.family()), PORT)
        : List.of(PROTOCOL, PORT);
  }

  /** The types of what is found. */
  static List<String> data(PortSet.Type type) {
    return switch (type.data()) {
      case NONE -> List.of();
      case ADDRESS -> List.of(address(type.family()));
      case ADDRESS_AND_PORT -> List.of(address(type.family()), PORT);
    };
  }

  private static String address(Family family) {
    return switch (family) {
      case IPV4 -> "ipv4_addr";
      case IPV6 -> "ipv6_addr";
    };
  }

  /** Line by line, as they are printed. */
  static List<String> properties(PortSet.Type type) {
    List<String> properties = new ArrayList<>();
    List<String> data = data(type);
    properties.add(
        "type "
            + String.join(BESIDE, key(type))
            + (data.isEmpty() ? "" : " : " + String.join(BESIDE, data)));
    if (type.intervals()) {
      properties.add("flags interval");
    }
    return properties;
  }

  static String element(Element element) {
    return key(element) + element.target().map(target -> " : " + data(target)).orElse("");
  }

  static String key(Element element) {
    return element.protocol()
        + BESIDE
        + element.address().map(address -> address + BESIDE).orElse("")
        + element.ports();
  }

  private static String data(Action.Dnat target) {
    return target.port().isPresent()
        ? target.address() + BESIDE + target.port().getAsInt()
        : target.address().toString();
  }
}
