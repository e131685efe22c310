package dev.hairpin.rules.nftables;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.Match.ConnectionState;
import dev.hairpin.rules.netfilter.Match.ConnectionState.State;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Reads {@code match} statements; empty is one that we have no word for. */
final class MatchReader {
  private static final Set<State> STATUSES = EnumSet.of(State.SNAT, State.DNAT);

  private MatchReader() {}

  /**
   * @param portSets the names of the table's sets of ports
   */
  static Optional<Match> read(JsonNode match, Set<String> portSets) {
    JsonNode left = match.path("left");
    JsonNode right = match.path("right");
    return switch (match.path("op").asText()) {
      case "==" -> equal(left, right, portSets).map(simple -> simple);
      case "!=" -> equal(left, right, portSets).map(Match.Not::new);
      case "in" -> amongBits(left, right).map(simple -> simple);
      case String other -> Optional.empty();
    };
  }

  private static Optional<? extends Match.Simple> equal(
      JsonNode left, JsonNode right, Set<String> portSets) {
    if (left.has("concat")) {
      return among(left, right.asText(), portSets);
    }
    if (left.has("meta")) {
      return meta(left.get("meta").path("key").asText(), right);
    }
    if (left.has("payload")) {
      JsonNode payload = left.get("payload");
      return payload(payload.path("protocol").asText(), payload.path("field").asText(), right);
    }
    if (left.has("fib")) {
      return fib(left.get("fib"), right);
    }
    if (left.has("ct")) {
      return connectionState(left.get("ct"), right);
    }
    return left.has("&") ? maskedMark(left.get("&"), right) : Optional.empty();
  }

  private static Optional<Match.Simple> among(JsonNode key, String set, Set<String> portSets) {
    return PortKey.read(key)
        .flatMap(PortKey::addressOf)
        .filter(family -> set.startsWith("@") && portSets.contains(set.substring(1)))
        .map(family -> new Match.DestinationAmong(family, set.substring(1)));
  }

  private static Optional<? extends Match.Simple> meta(String key, JsonNode right) {
    return switch (key) {
      case "iifname" ->
          right.has("set")
              ? Values.interfaces(right.get("set")).map(Match.InputInterfaceAmong::new)
              : Values.interfacePattern(right).map(Match.InputInterface::new);
      case "oifname" -> Values.interfacePattern(right).map(Match.OutputInterface::new);
      // nft shows the name that the interface with this index has now.
      case "iif" -> Values.interfacePattern(right).map(Match.InputInterface::new);
      case "oif" -> Values.interfacePattern(right).map(Match.OutputInterface::new);
      case "l4proto" -> right.has("set") ? protocols(right.get("set")) : protocol(right.asText());
      case "mark" -> mark(right);
      case String other -> Optional.empty();
    };
  }

  private static Optional<Match.Simple> protocols(JsonNode set) {
    Set<Protocol> known = EnumSet.noneOf(Protocol.class);
    set.forEach(each -> Values.protocol(each).ifPresent(known::add));
    return known.size() == set.size() && known.size() == Protocol.values().length
        ? Optional.of(new Match.HasPorts())
        : Optional.empty();
  }

  private static Optional<Match.Simple> protocol(String keyword) {
    return switch (keyword) {
      case "icmp" -> Optional.of(new Match.Icmp(Family.IPV4));
      case "ipv6-icmp", "icmpv6" -> Optional.of(new Match.Icmp(Family.IPV6));
      case String other -> Protocol.of(other).map(Match.TransportProtocol::new);
    };
  }

  private static Optional<? extends Match.Simple> payload(
      String protocol, String field, JsonNode right) {
    return switch (protocol + " " + field) {
      case "ip saddr" -> Values.prefix(right, Family.IPV4).map(Match.Source::new);
      case "ip daddr" -> Values.prefix(right, Family.IPV4).map(Match.Destination::new);
      case "ip6 saddr" -> Values.prefix(right, Family.IPV6).map(Match.Source::new);
      case "ip6 daddr" -> Values.prefix(right, Family.IPV6).map(Match.Destination::new);
      case "ip protocol" -> right.asText().equals("icmp") ? protocol("icmp") : Optional.empty();
      case String other -> port(protocol, field, right);
    };
  }

  private static Optional<Match.Simple> port(String keyword, String field, JsonNode right) {
    return right.has("set")
        ? portAmong(keyword, field, right.get("set"))
        : singlePort(keyword, field, right);
  }

  private static Optional<Match.Simple> portAmong(String keyword, String field, JsonNode set) {
    List<PortRange> ports = new ArrayList<>();
    set.forEach(each -> Values.ports(each).ifPresent(ports::add));
    Optional<Match.PortEnd> end =
        switch (field) {
          case "sport" -> Optional.of(Match.PortEnd.SOURCE);
          case "dport" -> Optional.of(Match.PortEnd.DESTINATION);
          case String other -> Optional.empty();
        };
    return ports.size() == set.size()
        ? Protocol.of(keyword)
            .flatMap(protocol -> end.map(which -> new Match.PortAmong(which, protocol, ports)))
        : Optional.empty();
  }

  private static Optional<Match.Simple> singlePort(String keyword, String field, JsonNode right) {
    return Protocol.of(keyword)
        .flatMap(protocol ->
            Values.ports(right)
                .flatMap(ports ->
                    switch (field) {
                      case "sport" -> Optional.of(new Match.SourcePort(protocol, ports));
                      case "dport" -> Optional.of(new Match.DestinationPort(protocol, ports));
                      case String other -> Optional.empty();
                    }));
  }

  /** The routing table's opinion of an address, if nothing else of the packet goes into it. */
  private static Optional<Match.Simple> fib(JsonNode fib, JsonNode right) {
    if (!fib.path("result").asText().equals("type") || !right.asText().equals("local")) {
      return Optional.empty();
    }
    JsonNode flags = fib.path("flags");
    String only = flags.isArray() && flags.size() == 1 ? flags.get(0).asText() : flags.asText();
    return switch (only) {
      case "saddr" -> Optional.of(new Match.SourceIsLocal());
      case "daddr" -> Optional.of(new Match.DestinationIsLocal());
      case String other -> Optional.empty();
    };
  }

  /** A packet has one state, so being equal to one of a set is having one of them. */
  private static Optional<Match.Simple> connectionState(JsonNode ct, JsonNode right) {
    return isOnlyKey(ct, "state")
        ? states(right.has("set") ? right.get("set") : right, EnumSet.complementOf(statuses()))
        : Optional.empty();
  }

  private static EnumSet<State> statuses() {
    return EnumSet.copyOf(STATUSES);
  }

  /** Has one of some bits. */
  private static Optional<? extends Match.Simple> amongBits(JsonNode left, JsonNode right) {
    JsonNode ct = left.path("ct");
    if (isOnlyKey(ct, "state")) {
      return states(right, EnumSet.complementOf(statuses()));
    }
    if (isOnlyKey(ct, "label")) {
      return Values.label(right).map(Match.ConnectionLabel::new);
    }
    return isOnlyKey(ct, "status") ? states(right, STATUSES) : Optional.empty();
  }

  /** {@code ct original ...} has a direction besides. */
  static boolean isOnlyKey(JsonNode ct, String key) {
    return ct.size() == 1 && ct.path("key").asText().equals(key);
  }

  private static Optional<Match.Simple> states(JsonNode right, Set<State> known) {
    return Values.keywords(right)
        .flatMap(keywords -> {
          List<State> states = keywords.stream().flatMap(word -> state(word, known)).toList();
          return states.isEmpty() || states.size() < keywords.size()
              ? Optional.empty()
              : Optional.of(new ConnectionState(EnumSet.copyOf(states)));
        });
  }

  private static Stream<State> state(String keyword, Set<State> known) {
    return known.stream().filter(state -> state.name().equalsIgnoreCase(keyword));
  }

  /** nft up to 1.0 writes a mask that is all ones and then all zeros as a prefix's length. */
  private static Optional<Match.Simple> mark(JsonNode right) {
    JsonNode prefix = right.path("prefix");
    int length = prefix.path("len").asInt();
    if (length > 0 && length <= Integer.SIZE) {
      return Values.bits(prefix.path("addr"))
          .map(value -> new Match.Mark(value, -1 << (Integer.SIZE - length)));
    }
    return Values.bits(right).map(value -> new Match.Mark(value, -1));
  }

  private static Optional<Match.Simple> maskedMark(JsonNode operands, JsonNode right) {
    boolean isMark = operands.path(0).path("meta").path("key").asText().equals("mark");
    return isMark
        ? Values.bits(operands.path(1))
            .flatMap(mask -> Values.bits(right).map(value -> new Match.Mark(value, mask)))
        : Optional.empty();
  }
}
