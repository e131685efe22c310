package dev.hairpin.agent.doctor;

import dev.hairpin.agent.walk.Whose;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.trace.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Findings about rules and policies that no author wrote. */
final class RulesOfOthers {
  private final Map<Family, Tables> observed;
  private final List<Author> authors;

  RulesOfOthers(Map<Family, Tables> observed, List<Author> authors) {
    this.observed = observed;
    this.authors = authors;
  }

  // ---- rules

  /**
   * Rules that are one finding: one rule, or those of one program.
   *
   * @param outs at least one, with the ways that they spoil
   */
  Finding rules(Map<Cure.TakeOut, List<Way>> outs) {
    Cure.TakeOut first = outs.keySet().iterator().next();
    Code code = code(first);
    List<String> parts = new ArrayList<>();
    parts.add(RuleLine.text(first.at(), first.rule()));
    parts.add(first.at().toString());
    parts.add(Integer.toString(rulesOf(first.family(), first.at()).indexOf(first.rule()) + 1));
    if (code == Code.RULE_DIVERTS) {
      parts.add(target(first.rule()));
    }
    return new Finding(
        code,
        outs.values().stream().flatMap(List::stream).distinct().toList(),
        Optional.of(first.at()),
        Optional.of(whose(first)),
        parts,
        outs.keySet().stream()
            .map(out -> RuleLine.of(observed.get(out.family()), out.at(), out.rule()))
            .distinct()
            .toList(),
        remedies(first, outs.get(first).getFirst()));
  }

  private List<Remedy> remedies(Cure.TakeOut out, Way way) {
    if (out.isDoubt()) {
      // Nobody knows that it is wrong.
      return List.of(Remedies.byHand("walk", way.target()));
    }
    return authors.stream()
        .filter(author ->
            out.at() instanceof Place.Nftables(String table, var chain)
                && author.wantsTable(out.family(), table))
        .findFirst()
        // A table that is an author's whole is put back whole.
        .map(author ->
            List.<Remedy>of(
                new Remedy.PutBack(out.family(), author.repair(observed.get(out.family())))))
        .orElseGet(() ->
            Admission.past(
                observed.get(out.family()),
                whose(out),
                out.at(),
                out.rule(),
                MetPacket.at(out.at(), out.met(), way)));
  }

  private List<Rule> rulesOf(Family family, Place at) {
    Tables tables = observed.get(family);
    return switch (at) {
      case Place.Iptables(var table, String chain) -> tables.rules(table, chain);
      case Place.Nftables(String table, String chain) ->
          tables
              .nftTable(table)
              .flatMap(own -> own.chain(chain))
              .map(NftChain::rules)
              .orElse(List.of());
      case Place.Bridge bridge -> List.of();
      case Place.Legacy legacy -> List.of();
    };
  }

  private static Code code(Cure.TakeOut out) {
    boolean isLegacy =
        out.at() instanceof Place.Nftables(String table, var chain)
            && LegacyTables.of(table).isPresent();
    if (out.isDoubt()) {
      return Code.RULE_NOT_UNDERSTOOD;
    }
    if (isLegacy) {
      return Code.LEGACY_RULE;
    }
    if (out.untracks()) {
      return Code.NOT_TRACKED;
    }
    if (out.isEnd()) {
      return Code.RULE_DROPS;
    }
    return out.rule().action() instanceof Action.Translation ? Code.RULE_DIVERTS : Code.RULE_HIDES;
  }

  private static String target(Rule rule) {
    return switch (rule.action()) {
      case Action.Dnat(var address, var port) ->
          port.isPresent() ? address.withPort(port.getAsInt()) : address.toString();
      case Action.Snat(var address) -> address.toString();
      case Action other -> "";
    };
  }

  /** In the chain of an author's, and none of its own, it is nobody's whom we know. */
  Whose whose(Cure.TakeOut out) {
    Whose byName = Whose.of(out.at(), out.rule().reason());
    return switch (byName) {
      case DOCKER, HAIRPIN -> Whose.UNKNOWN;
      case USER,
          UFW,
          FIREWALLD,
          LIBVIRT,
          KUBE_PROXY,
          CALICO,
          CONTAINER_NETWORKS,
          FAIL2BAN,
          UNKNOWN ->
          byName;
    };
  }

  /** Whether a program wrote it, all whose rules are one finding. */
  boolean isProgram(Cure.TakeOut out) {
    return isProgram(whose(out));
  }

  private static boolean isProgram(Whose whose) {
    return switch (whose) {
      case USER, DOCKER, HAIRPIN, UNKNOWN -> false;
      case UFW, FIREWALLD, LIBVIRT, KUBE_PROXY, CALICO, CONTAINER_NETWORKS, FAIL2BAN -> true;
    };
  }

  // ---- policies

  Finding policy(Cure.Accept accept, List<Way> ways) {
    Whose whose = whosePolicy(accept);
    return new Finding(
        Code.POLICY_DROPS,
        ways,
        Optional.of(accept.at()),
        Optional.of(whose),
        List.of(accept.at().toString()),
        List.of(),
        Admission.pastPolicy(
            observed.get(accept.family()),
            whose,
            accept.at(),
            MetPacket.at(accept.at(), accept.met(), ways.getFirst())));
  }

  /** A front end drops by policy what none of its chains accepts. */
  private Whose whosePolicy(Cure.Accept accept) {
    Whose byName = Whose.of(accept.at(), Reason.UNKNOWN);
    return byName != Whose.UNKNOWN
        ? byName
        : rulesOf(accept.family(), accept.at()).stream()
            .flatMap(rule -> jump(accept.at(), rule))
            .filter(whose -> whose == Whose.UFW)
            .findFirst()
            .orElse(byName);
  }

  private static Stream<Whose> jump(Place from, Rule rule) {
    return from instanceof Place.Iptables(var table, var chain)
            && rule.action() instanceof Action.Jump(String target)
        ? Stream.of(Whose.of(new Place.Iptables(table, target), Reason.UNKNOWN))
        : Stream.empty();
  }
}
