package dev.hairpin.agent.tracing;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hairpin.agent.tracing.TraceEvent.Step;
import dev.hairpin.rules.nftables.NftJson;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Where each rule of nftables is by its handle, the tables of iptables-nft included, at the moment
 * when they were listed. A rule that is written again has another handle.
 */
public final class RuleHandles {
  private final Map<Place, List<Long>> handles;

  private RuleHandles(Map<Place, List<Long>> handles) {
    this.handles = handles;
  }

  /** A chain. */
  private record Place(AddressFamily family, String table, String chain) {
    private Place {
      requireNonNull(table, "table");
      requireNonNull(chain, "chain");
    }
  }

  /**
   * Reads what {@code nft -j -a list ruleset} prints (libnftables-json(5)).
   *
   * @throws IllegalArgumentException if it is not that
   */
  public static RuleHandles parse(String json) {
    Map<Place, List<Long>> handles = new HashMap<>();
    for (JsonNode object : NftJson.objects(json)) {
      JsonNode rule = object.path("rule");
      Optional<AddressFamily> family = AddressFamily.of(rule.path("family").asText());
      if (family.isPresent()) {
        if (!rule.path("handle").isIntegralNumber()) {
          throw new IllegalArgumentException("a rule without a handle; list with nft -a");
        }
        handles
            .computeIfAbsent(
                new Place(family.get(), rule.path("table").asText(), rule.path("chain").asText()),
                any -> new ArrayList<>())
            .add(rule.path("handle").asLong());
      }
    }
    return new RuleHandles(handles);
  }

  /**
   * Which rule of its chain that is, from 1 on, as {@code iptables -S CHAIN} and {@code nft list
   * chain} print them; empty if there was no such rule.
   */
  public OptionalInt position(AddressFamily family, String table, String chain, long handle) {
    int index =
        handles
            .getOrDefault(new Place(requireNonNull(family, "family"), table, chain), List.of())
            .indexOf(handle);
    return index < 0 ? OptionalInt.empty() : OptionalInt.of(index + 1);
  }

  /** Which rule an event tells of; empty if it is none, or there was no such rule. */
  public OptionalInt position(TraceEvent event) {
    return switch (event.step()) {
      case Step.Rule(long handle, var verdict) ->
          position(event.family(), event.table(), event.chain(), handle);
      case Step.EndOfChain() -> OptionalInt.empty();
      case Step.AsPolicy(var policy) -> OptionalInt.empty();
    };
  }
}
