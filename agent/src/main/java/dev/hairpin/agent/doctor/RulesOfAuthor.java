package dev.hairpin.agent.doctor;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.plan.Damage;
import dev.hairpin.rules.trace.Place;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The finding about an author's own rules: they are gone, some are missing, or some are stale. */
final class RulesOfAuthor {
  /** More rules are put back at once. */
  private static final int FEW = 3;

  private final Map<Family, Tables> observed;
  private final Author author;
  private final Map<Cure.OfRules, List<Way>> cures;
  private final List<Family> families;

  /**
   * @param cures of its rules, at least one, with the ways that need them
   */
  RulesOfAuthor(Map<Family, Tables> observed, Author author, Map<Cure.OfRules, List<Way>> cures) {
    this.observed = observed;
    this.author = author;
    this.cures = cures;
    this.families = cures.keySet().stream().map(Cure.OfRules::family).distinct().sorted().toList();
  }

  Finding finding() {
    List<String> lines = cures.keySet().stream().flatMap(this::lines).distinct().toList();
    if (families.stream().allMatch(family -> author.isGone(observed.get(family)))) {
      List<String> parts = List.of(author.name(), Integer.toString(lines.size()));
      return finding(Code.RULES_GONE, Optional.empty(), parts, lines);
    }
    Optional<Stale> stale = cures.keySet().stream().flatMap(this::stale).findFirst();
    return stale
        .map(first ->
            finding(
                Code.RULE_STALE,
                Optional.of(first.at()),
                List.of(RuleLine.text(first.at(), first.rule()), first.at().toString()),
                lines))
        .orElseGet(() -> missing(lines));
  }

  private Finding missing(List<String> lines) {
    List<Place> places = cures.keySet().stream().flatMap(this::missing).map(Missing::at).toList();
    List<String> named = places.stream().map(Place::toString).distinct().toList();
    // Elements of sets and maps go by their table, and what is in another order as well.
    int number = places.isEmpty() ? lines.size() : places.size();
    return finding(
        Code.RULE_MISSING,
        places.stream().findFirst(),
        List.of(Integer.toString(number), String.join(", ", named.isEmpty() ? tables() : named)),
        lines);
  }

  private List<String> tables() {
    return cures.keySet().stream()
        .flatMap(cure ->
            cure instanceof Cure.PutBackTable(var family, String table)
                ? Stream.of(table)
                : Stream.empty())
        .distinct()
        .toList();
  }

  private Finding finding(
      Code code, Optional<Place> at, List<String> parts, List<String> evidence) {
    List<Remedy> remedies = few().orElseGet(this::repairs);
    return new Finding(
        code,
        cures.values().stream().flatMap(List::stream).distinct().toList(),
        at,
        Optional.of(author.whose()),
        parts,
        evidence,
        remedies);
  }

  /** Everything of the author's put right at once. */
  private List<Remedy> repairs() {
    return families.stream()
        .<Remedy>map(family -> new Remedy.PutBack(family, author.repair(observed.get(family))))
        .toList();
  }

  /** A command for each of a few rules, where nothing else has to be touched. */
  private Optional<List<Remedy>> few() {
    List<Remedy> commands = new ArrayList<>();
    Map<Family, Tables> tables = new EnumMap<>(observed);
    if (cures.size() > FEW) {
      return Optional.empty();
    }
    for (Cure.OfRules cure : cures.keySet()) {
      Optional<Remedy> command = command(cure, tables.get(cure.family()));
      if (command.isEmpty()) {
        return Optional.empty();
      }
      commands.add(command.get());
      tables.put(
          cure.family(), EditedTables.with(tables.get(cure.family()), cure, right(cure.family())));
    }
    return Optional.of(commands);
  }

  /** Where a rule belongs in a chain that is there. */
  private Optional<Remedy> command(Cure.OfRules cure, Tables tables) {
    if (!(cure instanceof Cure.PutBack(Family family, Place.Iptables at, Rule rule))
        || tables.chain(at.table(), at.chain()).isEmpty()) {
      return Optional.empty();
    }
    List<Rule> present = tables.rules(at.table(), at.chain());
    int place =
        EditedTables.with(tables, cure, right(family)).rules(at.table(), at.chain()).indexOf(rule);
    return Optional.of(
        Remedies.insertion(family, at, place == present.size() ? 0 : place + 1, rule));
  }

  /** A rule that is there, and should not be. */
  private record Stale(Place at, Rule rule) {}

  /** A rule that should be there, and is not. */
  private record Missing(Place at, Rule rule) {}

  private Stream<Stale> stale(Cure.OfRules cure) {
    return switch (cure) {
      case Cure.TakeOut out -> Stream.of(new Stale(out.at(), out.rule()));
      case Cure.PutBackTable(Family family, String table) ->
          missing(cure).findAny().isPresent()
              ? Stream.empty()
              : rulesOf(observed.get(family), table, right(family))
                  .map(found -> new Stale(found.at(), found.rule()));
      case Cure.PutBack other -> Stream.empty();
      case Cure.Accept other -> Stream.empty();
    };
  }

  private Stream<Missing> missing(Cure.OfRules cure) {
    return switch (cure) {
      case Cure.PutBack(var family, Place at, Rule rule) -> Stream.of(new Missing(at, rule));
      case Cure.PutBackTable(Family family, String table) ->
          rulesOf(right(family), table, observed.get(family));
      case Cure.TakeOut other -> Stream.empty();
      case Cure.Accept other -> Stream.empty();
    };
  }

  /** What a table of nftables' has that another of its name has not. */
  private static Stream<Missing> rulesOf(Tables tables, String name, Tables others) {
    Optional<NftTable> other = others.nftTable(name);
    return tables.nftTable(name).stream()
        .flatMap(table -> table.chains().stream())
        .flatMap(chain -> {
          List<Rule> there =
              other
                  .flatMap(table -> table.chain(chain.name()))
                  .map(NftChain::rules)
                  .orElse(List.of());
          return chain.rules().stream()
              .filter(rule -> !there.contains(rule))
              .map(rule -> new Missing(new Place.Nftables(name, chain.name()), rule));
        });
  }

  private Tables right(Family family) {
    Tables tables = observed.get(family);
    return author.repair(tables).appliedTo(tables);
  }

  private Stream<String> lines(Cure.OfRules cure) {
    return switch (cure) {
      case Cure.PutBack(Family family, Place at, Rule rule) ->
          Stream.of(RuleLine.of(observed.get(family), at, rule));
      case Cure.TakeOut out ->
          Stream.of(RuleLine.of(observed.get(out.family()), out.at(), out.rule()));
      case Cure.PutBackTable(Family family, String table) ->
          Damage.between(only(observed.get(family), table), only(right(family), table)).stream();
      case Cure.Accept other -> Stream.empty();
    };
  }

  private static Tables only(Tables tables, String table) {
    return new Tables(tables.family(), List.of(), tables.nftTable(table).stream().toList());
  }
}
