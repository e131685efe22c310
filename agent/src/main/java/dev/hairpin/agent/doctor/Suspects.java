package dev.hairpin.agent.doctor;

import static java.util.Comparator.comparing;

import dev.hairpin.agent.walk.Obstacle;
import dev.hairpin.agent.walk.Surveyed;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.plan.Damage;
import dev.hairpin.rules.trace.Hop;
import dev.hairpin.rules.trace.Place;
import dev.hairpin.rules.trace.Trace;
import dev.hairpin.rules.trace.Trace.Verdict;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Which differences may be why a packet is lost: those that it met on its way, and those that it
 * would have met, were the rules right. Nothing is asked for by name: whatever decided about the
 * packet is suspected.
 */
final class Suspects {
  private final Situation situation;
  private final Way way;
  private final Outcome outcome;
  private final List<Author> authors;

  private Suspects(Situation situation, Way way, Outcome outcome, List<Author> authors) {
    this.situation = situation;
    this.way = way;
    this.outcome = outcome;
    this.authors = authors;
  }

  /**
   * Those of one place where a packet got lost, the likeliest first. What is in one list belongs
   * together.
   */
  static List<List<Cure>> of(Situation situation, Way way, Outcome outcome, List<Author> authors) {
    Suspects suspects = new Suspects(situation, way, outcome, authors);
    List<List<Cure>> all = new ArrayList<>();
    List<Cure> own = suspects.ownRules();
    if (!own.isEmpty()) {
      all.add(own);
    }
    Stream.of(
            suspects.rulesOfOthers(),
            suspects.bridge(),
            suspects.policy(),
            suspects.settings(),
            suspects.outcomes())
        .flatMap(cures -> cures)
        .distinct()
        .map(cure -> List.of(cure))
        .forEach(all::add);
    return all;
  }

  // ---- rules of the authors

  /** What is missing on the right way, and what should not be on the one that was taken. */
  private List<Cure> ownRules() {
    Outcome right = Course.of(situation.withRightRules(), way);
    Set<Cure> cures = new LinkedHashSet<>();
    for (Trace trace : outcome.traces()) {
      steps(trace).flatMap(step -> stale(trace, step)).forEach(cures::add);
    }
    for (Trace trace : right.traces()) {
      steps(trace).flatMap(step -> missing(family(trace), step)).forEach(cures::add);
    }
    // What comes last is left out first, where either would do: a table is not all wrong for a
    // rule.
    return cures.stream().sorted(comparing(cure -> cure instanceof Cure.PutBackTable)).toList();
  }

  private static Stream<Trace.Step> steps(Trace trace) {
    return trace.steps().stream();
  }

  private static Family family(Trace trace) {
    return trace.last().destination().family();
  }

  private Stream<Cure> missing(Family family, Trace.Step step) {
    Tables present = situation.tables().get(family);
    if (present == null) {
      return Stream.empty();
    }
    return switch (step.at()) {
      case Place.Iptables(var table, String chain) ->
          Order.of(present.rules(table, chain)).has(step.rule())
              ? Stream.empty()
              : Stream.of(new Cure.PutBack(family, step.at(), step.rule()));
      case Place.Nftables(String table, String chain) -> another(family, table);
      case Place.Bridge bridge -> Stream.empty();
      case Place.Legacy legacy -> Stream.empty();
    };
  }

  private Stream<Cure> stale(Trace trace, Trace.Step step) {
    Family family = family(trace);
    if (authors.stream().noneMatch(each -> each.hasRule(family, step.at(), step.rule()))) {
      return Stream.empty();
    }
    Tables right = situation.right().get(family);
    return switch (step.at()) {
      case Place.Iptables(var table, String chain) ->
          Order.of(right.rules(table, chain)).has(step.rule())
              ? Stream.empty()
              : Stream.of(takeOut(trace, step));
      case Place.Nftables(String table, String chain) ->
          takeOut(trace, step).isEnd() && isStrange(right, table, chain, step.rule())
              ? Stream.of(takeOut(trace, step))
              : another(family, table);
      case Place.Bridge bridge -> Stream.empty();
      case Place.Legacy legacy -> Stream.empty();
    };
  }

  private static boolean isStrange(Tables right, String table, String chain, Rule rule) {
    return right
        .nftTable(table)
        .flatMap(own -> own.chain(chain))
        .filter(own -> own.rules().contains(rule))
        .isEmpty();
  }

  /** A table that is an author's whole, and not as it should be. */
  private Stream<Cure> another(Family family, String name) {
    boolean isOwn =
        authors.stream()
            .flatMap(author -> author.wanted(family).nftTables().stream())
            .map(NftTable::name)
            .anyMatch(name::equals);
    Optional<NftTable> present = situation.tables().get(family).nftTable(name);
    Optional<NftTable> right = situation.right().get(family).nftTable(name);
    boolean isDamaged = !Damage.between(only(present, family), only(right, family)).isEmpty();
    return isOwn && isDamaged ? Stream.of(new Cure.PutBackTable(family, name)) : Stream.empty();
  }

  private static Tables only(Optional<NftTable> table, Family family) {
    return new Tables(family, List.of(), table.stream().toList());
  }

  // ---- rules of others

  /** The last rule of each chain that has decided, nearest to the loss first. */
  private Stream<Cure> rulesOfOthers() {
    return outcome.traces().reversed().stream()
        .flatMap(trace ->
            trace.hops().reversed().stream()
                .flatMap(hop -> decisive(hop))
                .filter(step -> isOfOthers(family(trace), step))
                .<Cure>map(step -> takeOut(trace, step)));
  }

  private static Stream<Trace.Step> decisive(Hop hop) {
    return hop.steps().isEmpty() ? Stream.empty() : Stream.of(hop.steps().getLast());
  }

  private boolean isOfOthers(Family family, Trace.Step step) {
    return authors.stream().noneMatch(author -> author.hasRule(family, step.at(), step.rule()));
  }

  /** A rule that is not understood stops the trace, and is no step of it. */
  private Stream<Cure> notUnderstood() {
    return outcome.traces().stream()
        .flatMap(trace ->
            trace.verdict() instanceof Verdict.Unknown(Place at, Rule rule)
                ? Stream.of(new Cure.TakeOut(family(trace), at, rule, trace))
                : Stream.empty());
  }

  private static Cure.TakeOut takeOut(Trace trace, Trace.Step step) {
    return new Cure.TakeOut(family(trace), step.at(), step.rule(), trace);
  }

  // ---- policies and settings

  private Stream<Cure> policy() {
    return Stream.concat(
        notUnderstood(),
        outcome.traces().stream()
            .flatMap(trace ->
                trace.verdict() instanceof Verdict.Dropped(Place at, Optional<Rule> rule)
                        && rule.isEmpty()
                    ? Stream.of(new Cure.Accept(family(trace), at, trace))
                    : Stream.empty()));
  }

  /** The container's bridge is down, gone, or has no address: then other routes are taken. */
  private Stream<Cure> bridge() {
    return authors.stream()
        .flatMap(author -> author.state().networkOf(way.binding().containerAddress()).stream())
        .filter(network ->
            ConnectedNetwork.isMissing(
                situation.networks().get(way.binding().containerAddress().family()), network))
        .map(Cure.Connect::new);
  }

  private Stream<Cure> settings() {
    return outcome.traces().stream()
        .flatMap(trace ->
            trace.verdict() instanceof Verdict.Unroutable(IpAddress to)
                ? setting(trace, to)
                : Stream.empty());
  }

  private Stream<Cure> setting(Trace trace, IpAddress to) {
    Surveyed network = situation.networks().get(to.family());
    return switch (Obstacle.of(network, trace.last(), to)) {
      case Obstacle.NoForwarding(Family family) -> Stream.of(new Cure.Forward(family));
      case Obstacle.Loopback() ->
          Stream.concat(way.bridge().stream(), network.host().route(to).stream())
              .map(Cure.PassLoopback::new);
      case Obstacle.OwnAddress own -> Stream.empty();
      case Obstacle.NoRoute none -> Stream.empty();
      case Obstacle.Forbidden forbidden -> Stream.empty();
    };
  }

  // ---- what was found at the end

  private Stream<Cure> outcomes() {
    return switch (outcome) {
      case Outcome.Unheard(var traces, Optional<Listener> holder, boolean known) ->
          way.isProxied() ? Stream.of(new Cure.Proxy(way.binding(), holder)) : Stream.empty();
      case Outcome.Failed(var traces, BackendFault fault) -> Stream.of(new Cure.Inside(fault));
      case Outcome.Unanswered unanswered -> filterBridged();
      case Outcome.Served served -> Stream.empty();
      case Outcome.Stopped stopped -> filterBridged();
      case Outcome.Astray astray -> Stream.empty();
      case Outcome.Untold untold -> Stream.empty();
    };
  }

  private Stream<Cure> filterBridged() {
    return Stream.of(way.family())
        .filter(family ->
            situation
                .network(family)
                .filter(network -> !network.host().bridgedMeetRules())
                .isPresent())
        .map(Cure.FilterBridged::new);
  }
}
