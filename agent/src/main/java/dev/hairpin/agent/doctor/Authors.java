package dev.hairpin.agent.doctor;

import static java.util.Comparator.comparingInt;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.docker.DaemonSettings;
import dev.hairpin.agent.docker.DockerInspection;
import dev.hairpin.agent.docker.EngineVersion;
import dev.hairpin.agent.docker.ImpossibleInputException;
import dev.hairpin.agent.plan.Engine;
import dev.hairpin.agent.plan.HostBefore;
import dev.hairpin.agent.plan.Planned;
import dev.hairpin.agent.reconcile.Standing;
import dev.hairpin.agent.walk.Whose;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.layouts.Generation;
import dev.hairpin.rules.layouts.LayoutName;
import dev.hairpin.rules.layouts.LeftRules;
import dev.hairpin.rules.layouts.UsersChain;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Tables;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Finds out who writes rules on a host, and what they should be. Pure. */
final class Authors {
  private final Evidence evidence;
  private final List<Evidence.Trouble> troubles = new ArrayList<>();

  private Authors(Evidence evidence) {
    this.evidence = evidence;
  }

  /**
   * Those that were found.
   *
   * @param all the agent first
   * @param troubles why there may be others
   */
  record Found(List<Author> all, List<Evidence.Trouble> troubles) {
    Found {
      all = List.copyOf(all);
      troubles = List.copyOf(troubles);
    }
  }

  static Found of(Evidence evidence) {
    Authors authors = new Authors(evidence);
    List<Author> all =
        Stream.of(authors.agent(), authors.dockerd()).flatMap(Optional::stream).toList();
    return new Found(all, authors.troubles);
  }

  private Optional<Author> agent() {
    return evidence
        .record()
        .filter(record -> !record.owned().isEmpty() || !record.state().bindings().isEmpty())
        .map(record -> {
          Map<Family, Ruleset> wanted = new EnumMap<>(Family.class);
          evidence
              .tables()
              .forEach((family, observed) -> {
                if (record.owned().containsKey(family)) {
                  Ruleset rules = record.rules().rulesFor(record.state(), family);
                  wanted.put(
                      family,
                      switch (record.standing()) {
                        case REPLACE -> UsersChain.keptInForce(rules, observed);
                        case BESIDE -> rules;
                      });
                }
              });
          return new Author("Hairpin", Whose.HAIRPIN, record.state(), wanted, record.owned());
        });
  }

  private Optional<Author> dockerd() {
    boolean isReplaced =
        evidence
            .record()
            .filter(record -> record.standing() == Standing.REPLACE && !record.owned().isEmpty())
            .isPresent();
    if (isReplaced) {
      return Optional.empty();
    }
    try {
      return evidence.docker().isPresent()
          ? nearest(evidence.docker().get())
          : RulesAlone.state(evidence.tables()).flatMap(this::ofRules);
    } catch (ImpossibleInputException e) {
      troubles.add(new Evidence.Trouble("docker inspect", e.getMessage()));
      return Optional.empty();
    }
  }

  /** What of the rules in force is a dockerd's; not what the agent has written under its names. */
  private Map<Family, LeftRules> left(List<BridgeNetwork> networks) {
    Map<Family, LeftRules> left = new EnumMap<>(Family.class);
    evidence
        .tables()
        .forEach((family, tables) ->
            LeftRules.in(tables, networks).ifPresent(rules -> left.put(family, rules)));
    return left;
  }

  private static Optional<LayoutName> layout(Map<Family, LeftRules> left) {
    return Stream.of(Family.values())
        .flatMap(family -> Optional.ofNullable(left.get(family)).stream())
        .flatMap(rules -> rules.generation().stream())
        .map(Generation::layout)
        .findFirst();
  }

  private Optional<Author> ofRules(DesiredState state) {
    Map<Family, LeftRules> left = left(state.networks());
    LayoutName layout = layout(left).orElse(LayoutName.DOCKER20);
    Map<Family, Ruleset> wanted = new EnumMap<>(Family.class);
    for (Family family : state.options().families()) {
      wanted.put(family, layout.layout().rulesFor(state, family));
    }
    return Optional.of(author(state, wanted, left));
  }

  /**
   * Nothing that can be asked says how a dockerd was started. Where its configuration doesn't
   * either, it is taken for the one whose rules are nearest to those in force.
   */
  private Optional<Author> nearest(Evidence.OfDocker docker) {
    if (docker.settings().isPresent()) {
      return planned(docker, docker.settings().get()).map(this::author);
    }
    List<Planned> candidates = new ArrayList<>();
    for (ProxyMode mode : likelyFirst()) {
      for (boolean ip6tables : new boolean[] {true, false}) {
        planned(docker, DaemonSettings.with(mode, ip6tables)).ifPresent(candidates::add);
      }
    }
    return candidates.stream().map(this::author).min(comparingInt(this::distance));
  }

  /** A host without any docker-proxy, where sockets could be seen, has them switched off. */
  private List<ProxyMode> likelyFirst() {
    boolean hasProxies =
        evidence
            .listeners()
            .map(all ->
                all.stream()
                    .flatMap(each -> each.program().stream())
                    .anyMatch(program -> program.name().equals(Proxies.NAME)))
            .orElse(true);
    return hasProxies
        ? List.of(ProxyMode.USERLAND, ProxyMode.HAIRPIN)
        : List.of(ProxyMode.HAIRPIN, ProxyMode.USERLAND);
  }

  private int distance(Author author) {
    return evidence.tables().values().stream()
        .mapToInt(observed -> author.repair(observed).changesOfRules())
        .sum();
  }

  private Optional<Planned> planned(Evidence.OfDocker docker, DaemonSettings settings) {
    DockerInspection inspection = docker.inspection();
    LayoutName layout = layout(left(List.of())).orElseGet(() -> layout(docker.version(), settings));
    EngineVersion version =
        docker
            .version()
            .filter(said -> said.writes(layout))
            .orElseGet(() -> inspection.engine(layout, settings));
    try {
      return Optional.of(
          Planned.of(Engine.of(layout, version, settings, Set.of()), HostBefore.FRESH, inspection));
    } catch (ConfigurationException e) {
      troubles.add(new Evidence.Trouble("daemon.json", e.getMessage()));
      return Optional.empty();
    }
  }

  private static LayoutName layout(Optional<EngineVersion> version, DaemonSettings settings) {
    return Stream.of(LayoutName.DOCKER20, LayoutName.DOCKER28)
        .filter(layout -> version.filter(said -> said.writes(layout)).isPresent())
        .findFirst()
        .orElse(
            settings.firewallBackend().filter("nftables"::equals).isPresent()
                ? LayoutName.DOCKER29_NFT
                : version.isEmpty() ? LayoutName.DOCKER20 : LayoutName.DOCKER29);
  }

  private Author author(Planned planned) {
    Map<Family, Ruleset> wanted = new EnumMap<>(Family.class);
    for (Family family : planned.state().options().families()) {
      Ruleset rules = planned.rules(family);
      Tables observed = evidence.tables().get(family);
      wanted.put(family, observed == null ? rules : UsersChain.keptInForce(rules, observed));
    }
    return author(planned.state(), wanted, left(planned.state().networks()));
  }

  private static Author author(
      DesiredState state, Map<Family, Ruleset> wanted, Map<Family, LeftRules> left) {
    Map<Family, Ruleset> owned = new EnumMap<>(Family.class);
    left.forEach((family, rules) -> owned.put(family, rules.rules()));
    return new Author("dockerd", Whose.DOCKER, state, wanted, owned);
  }
}
