package dev.hairpin.agent.doctor;

import dev.hairpin.agent.walk.Whose;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.trace.Place;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Makes findings of what packets were found to need. What is of one author, or of one program, is
 * one finding.
 */
final class Findings {
  private final Map<Family, Tables> tables;
  private final List<Author> authors;
  private final RulesOfOthers ofOthers;
  private final BridgeFindings bridges;
  private final SettingFindings settings;
  private final ProxyFindings proxies;
  private final Map<Cure, List<Way>> needed = new LinkedHashMap<>();

  Findings(Evidence evidence, List<Author> authors) {
    this.tables = evidence.tables();
    this.authors = authors;
    this.ofOthers = new RulesOfOthers(evidence.tables(), authors);
    this.bridges = new BridgeFindings(evidence.wires());
    this.settings = new SettingFindings(evidence.sysctls());
    this.proxies = new ProxyFindings(new Proxies(evidence.proxies(), evidence.agent()));
  }

  /** Takes note of a way that needs something. */
  void add(Way way, List<? extends Cure> cures) {
    for (Cure cure : cures) {
      needed.computeIfAbsent(cure, none -> new ArrayList<>()).add(way);
    }
  }

  List<Finding> all() {
    Map<Author, Map<Cure.OfRules, List<Way>>> own = new LinkedHashMap<>();
    Map<Whose, Map<Cure.TakeOut, List<Way>>> programs = new TreeMap<>();
    List<Finding> others = new ArrayList<>();
    needed.forEach((cure, ways) -> {
      Optional<Author> author = author(cure);
      if (author.isPresent()) {
        own.computeIfAbsent(author.get(), none -> new LinkedHashMap<>())
            .put((Cure.OfRules) cure, ways);
      } else if (cure instanceof Cure.TakeOut out && ofOthers.isProgram(out)) {
        programs.computeIfAbsent(ofOthers.whose(out), none -> new LinkedHashMap<>()).put(out, ways);
      } else {
        finding(cure, ways).ifPresent(others::add);
      }
    });
    List<Finding> all = new ArrayList<>();
    own.forEach((author, cures) -> all.add(new RulesOfAuthor(tables, author, cures).finding()));
    all.addAll(others);
    programs.values().forEach(outs -> all.add(ofOthers.rules(outs)));
    return all;
  }

  /** Whose own rules it puts right; empty where it is somebody else's, or no rule. */
  private Optional<Author> author(Cure cure) {
    return authors.stream().filter(author -> isOwn(author, cure)).findFirst();
  }

  private static boolean isOwn(Author author, Cure cure) {
    return switch (cure) {
      case Cure.PutBack(Family family, Place at, var rule) -> author.hasRule(family, at, rule);
      case Cure.PutBackTable(Family family, String table) -> author.wantsTable(family, table);
      // One that drops was put there by somebody else, whoever's chain it is.
      case Cure.TakeOut out -> !out.isEnd() && author.hasRule(out.family(), out.at(), out.rule());
      case Cure.Accept other -> false;
      case Cure.Forward other -> false;
      case Cure.Connect other -> false;
      case Cure.PassLoopback other -> false;
      case Cure.FilterBridged other -> false;
      case Cure.Proxy other -> false;
      case Cure.Inside other -> false;
    };
  }

  private Optional<Finding> finding(Cure cure, List<Way> ways) {
    return switch (cure) {
      case Cure.PutBack own -> Optional.empty();
      case Cure.PutBackTable own -> Optional.empty();
      case Cure.TakeOut out -> Optional.of(ofOthers.rules(Map.of(out, ways)));
      case Cure.Accept accept -> Optional.of(ofOthers.policy(accept, ways));
      case Cure.Forward forward -> Optional.of(settings.forwarding(forward, ways));
      case Cure.Connect connect -> Optional.of(bridges.finding(connect, ways));
      case Cure.PassLoopback pass -> Optional.of(settings.loopback(pass, ways));
      case Cure.FilterBridged filter -> Optional.of(settings.bridged(filter, ways));
      case Cure.Proxy proxy -> Optional.of(proxies.finding(proxy, ways));
      case Cure.Inside(BackendFault fault) ->
          Optional.of(
              Finding.of(fault.code(), ways, fault.parts(), fault.evidence(), fault.remedies()));
    };
  }
}
