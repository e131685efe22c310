package dev.hairpin.agent.tracing;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.tracing.TraceEvent.Step;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.PortSet;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.trace.Packet;
import dev.hairpin.rules.trace.Place;
import dev.hairpin.rules.trace.Trace;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Finds the chains and rules that events tell of by name and handle. Pure.
 *
 * @param tables those that the packets meet on the way through a router
 * @param handles of the same tables' rules
 * @param bridge those that they meet on the way through a bridge
 * @param legacy those of iptables-legacy
 */
public record TracedRules(
    Tables tables, RuleHandles handles, BridgeChains bridge, LegacyRules legacy) {
  private static final Pattern REJECTING = Pattern.compile("(?:^|\\s)(?:REJECT|reject)(?:\\s|$)");

  public TracedRules {
    requireNonNull(tables, "tables");
    requireNonNull(handles, "handles");
    requireNonNull(bridge, "bridge");
    requireNonNull(legacy, "legacy");
  }

  /** Where only the tables of nftables are looked at, and no bridge's. */
  public static TracedRules of(Tables tables, RuleHandles handles) {
    return new TracedRules(tables, handles, BridgeChains.NONE, LegacyRules.none(tables.family()));
  }

  /** The rule that a packet met; empty for one that was written meanwhile. */
  Optional<Trace.Step> step(TraceEvent event, Packet packet) {
    Place at = place(event);
    return at instanceof Place.Bridge chain && event.step() instanceof Step.Rule(long handle, var v)
        ? bridge.step(chain, handle)
        : step(at, handles.position(event).orElse(0), packet);
  }

  private Optional<Trace.Step> step(Place at, int position, Packet packet) {
    List<Rule> rules = rules(at);
    return position < 1 || position > rules.size()
        ? Optional.empty()
        : Optional.of(
            new Trace.Step(
                at, position, rules.get(position - 1), found(at, rules.get(position - 1), packet)));
  }

  /** What it has looked up in a map, as the map is now. */
  private Optional<PortSet.Element> found(Place at, Rule rule, Packet packet) {
    return at instanceof Place.Nftables(String table, String chain)
            && rule.action() instanceof Action.DnatByPort(var family, var byAddress, String map)
            && packet.payload() instanceof Packet.Payload.Segment segment
        ? tables
            .nftTable(table)
            .flatMap(known -> known.portSet(map))
            .flatMap(set ->
                set.find(segment.protocol(), packet.destination(), segment.destinationPort()))
        : Optional.empty();
  }

  private List<Rule> rules(Place at) {
    return switch (at) {
      case Place.Iptables(Table table, String chain) -> tables.rules(table, chain);
      case Place.Nftables(String table, String chain) ->
          tables
              .nftTable(table)
              .flatMap(known -> known.chain(chain))
              .map(NftChain::rules)
              .orElse(List.of());
      case Place.Bridge chain -> List.of();
      case Place.Legacy chain -> List.of();
    };
  }

  /** The chain that it tells of. */
  Place place(TraceEvent event) {
    if (event.family() == AddressFamily.BRIDGE) {
      return new Place.Bridge(event.table(), event.chain());
    }
    return Table.of(event.table())
        .filter(table -> tables.chain(table, event.chain()).isPresent())
        .filter(table -> tables.nftTable(event.table()).isEmpty())
        .<Place>map(table -> new Place.Iptables(table, event.chain()))
        .orElseGet(() -> new Place.Nftables(event.table(), event.chain()));
  }

  /** Where that is called; empty for one that is only jumped to. */
  Optional<Hook> hook(TraceEvent event) {
    return switch (place(event)) {
      case Place.Iptables(Table table, String chain) ->
          tables.chain(table, chain).filter(Chain::isBase).map(base -> Hook.valueOf(chain));
      case Place.Nftables(String table, String chain) ->
          tables
              .nftTable(table)
              .flatMap(known -> known.chain(chain))
              .flatMap(NftChain::base)
              .map(NftChain.Base::hook);
      case Place.Bridge chain -> bridge.hook(chain);
      case Place.Legacy chain -> Optional.empty();
    };
  }

  /**
   * What it means for a packet that it goes no further.
   *
   * @param rule whose doing it is; empty for a policy, or one that is not known
   */
  static Trace.Verdict end(Place at, Optional<Rule> rule) {
    return rule.filter(TracedRules::rejects)
        .<Trace.Verdict>map(rejecting -> new Trace.Verdict.Rejected(at, rejecting))
        .orElseGet(() -> new Trace.Verdict.Dropped(at, rule));
  }

  /** The kernel tells of such a rule that it drops; that its sender is told only the rule says. */
  static boolean rejects(Rule rule) {
    return rule.action() instanceof Action.Verbatim(String text) && REJECTING.matcher(text).find();
  }
}
