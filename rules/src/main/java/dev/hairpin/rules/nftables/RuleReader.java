package dev.hairpin.rules.nftables;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.PortSet;
import dev.hairpin.rules.netfilter.Rule;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;

/** Reads the rules of one table. */
final class RuleReader {
  private final Family family;
  private final Set<String> interfaceMaps;
  private final Map<String, PortSet> portSets;

  /**
   * @param interfaceMaps the table's maps from interfaces to chains
   * @param portSets its sets and maps of ports, by name
   */
  RuleReader(Family family, Set<String> interfaceMaps, Map<String, PortSet> portSets) {
    this.family = family;
    this.interfaceMaps = interfaceMaps;
    this.portSets = portSets;
  }

  /**
   * A statement behind which nothing of the rule comes is its action; one before that stands among
   * the matches, verbatim. Where nothing but counting comes of it, the action is empty.
   */
  Rule read(JsonNode rule) {
    List<Match> matches = new ArrayList<>();
    Action action = new Action.Verbatim("");
    for (Iterator<JsonNode> rest = statements(rule).iterator(); rest.hasNext(); ) {
      JsonNode statement = rest.next();
      if (statement.has("match")) {
        matches.add(
            MatchReader.read(statement.get("match"), portSets.keySet())
                .orElseGet(() -> new Match.Verbatim(Words.of(statement))));
      } else if (rest.hasNext()) {
        matches.add(new Match.Verbatim(Words.of(statement)));
      } else {
        action = action(statement).orElseGet(() -> new Action.Verbatim(Words.of(statement)));
      }
    }
    if (rule.has("comment")) {
      matches.add(Match.comment(rule.get("comment").asText()));
    }
    return Rule.of(matches, action);
  }

  private static List<JsonNode> statements(JsonNode rule) {
    List<JsonNode> statements = new ArrayList<>();
    for (JsonNode statement : rule.path("expr")) {
      if (!isAnonymousCounter(statement)) {
        statements.add(statement);
      }
    }
    return statements;
  }

  /** A named counter is shown by its name, which is no number to leave out. */
  private static boolean isAnonymousCounter(JsonNode statement) {
    return statement.has("counter") && !statement.get("counter").isTextual();
  }

  private Optional<Action> action(JsonNode statement) {
    Map.Entry<String, JsonNode> entry = statement.properties().iterator().next();
    JsonNode details = entry.getValue();
    return switch (entry.getKey()) {
      case "accept" -> Optional.of(Action.accept());
      case "drop" -> Optional.of(Action.drop());
      case "return" -> Optional.of(Action.returnToCaller());
      case "jump" -> Optional.of(Action.jump(details.path("target").asText()));
      case "vmap" -> lookUp(details);
      case "dnat" -> dnat(details);
      case "snat" -> snat(details);
      case "mangle" -> label(details);
      case "masquerade" -> details.isNull() ? Optional.of(Action.masquerade()) : Optional.empty();
      case String other -> Optional.empty();
    };
  }

  private static Optional<Action> label(JsonNode mangle) {
    return MatchReader.isOnlyKey(mangle.path("key").path("ct"), "label")
        ? Values.label(mangle.path("value")).map(Action.LabelConnection::new)
        : Optional.empty();
  }

  private Optional<Action> lookUp(JsonNode lookUp) {
    String data = lookUp.path("data").asText();
    if (!data.startsWith("@") || !interfaceMaps.contains(data.substring(1))) {
      return Optional.empty();
    }
    return direction(lookUp.path("key"))
        .map(direction -> new Action.JumpByInterface(direction, data.substring(1)));
  }

  private static Optional<Action.JumpByInterface.Direction> direction(JsonNode key) {
    return switch (key.path("meta").path("key").asText()) {
      case "iifname" -> Optional.of(Action.JumpByInterface.Direction.INPUT);
      case "oifname" -> Optional.of(Action.JumpByInterface.Direction.OUTPUT);
      case String other -> Optional.empty();
    };
  }

  private Optional<Action> dnat(JsonNode nat) {
    JsonNode lookUp = nat.path("addr").path("map");
    return lookUp.isMissingNode() ? dnatToOne(nat) : dnatByPort(nat, lookUp);
  }

  /** To what a map has, with its port where it has ports. */
  private Optional<Action> dnatByPort(JsonNode nat, JsonNode lookUp) {
    String data = lookUp.path("data").asText();
    Optional<PortSet> map =
        Optional.ofNullable(portSets.get(data.startsWith("@") ? data.substring(1) : ""))
            .filter(set -> set.type().data() != PortSet.Data.NONE)
            .filter(set -> isPlain(nat) && !nat.has("port"));
    return PortKey.read(lookUp.path("key"))
        .flatMap(key ->
            map.filter(set -> set.type().byAddress() == key.addressOf().isPresent())
                .map(
                    set -> new Action.DnatByPort(family, key.addressOf().isPresent(), set.name())));
  }

  private static Optional<Action> dnatToOne(JsonNode nat) {
    JsonNode port = nat.path("port");
    if (!isPlain(nat) || !(port.isMissingNode() || port.isInt())) {
      return Optional.empty();
    }
    OptionalInt number = port.isInt() ? OptionalInt.of(port.asInt()) : OptionalInt.empty();
    return address(nat).map(address -> new Action.Dnat(address, number));
  }

  private static Optional<Action> snat(JsonNode nat) {
    return isPlain(nat) && !nat.has("port") ? address(nat).map(Action::snatTo) : Optional.empty();
  }

  /** Without flags, and to one address, which is of the family that a table of both names. */
  private static boolean isPlain(JsonNode nat) {
    Stream<String> properties = nat.properties().stream().map(Map.Entry::getKey);
    return properties.allMatch(Set.of("addr", "port", "family")::contains);
  }

  private static Optional<IpAddress> address(JsonNode nat) {
    return nat.path("addr").isTextual()
        ? Values.address(nat.get("addr").asText())
        : Optional.empty();
  }
}
