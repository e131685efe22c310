package dev.hairpin.agent.plan;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.docker.DockerInspection;
import dev.hairpin.agent.docker.DockerSnapshot;
import dev.hairpin.rules.Layout;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.FirewallOptions;
import dev.hairpin.rules.drafting.Reasons;
import dev.hairpin.rules.layouts.LeftRules;
import dev.hairpin.rules.layouts.UsersChain;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.plan.Plan;
import java.util.List;

/** The rules that an engine would have in force, had it started on a host without any. */
public final class Planned {
  private final Layout layout;
  private final DesiredState state;
  private final OpenedTables opened;

  private Planned(Layout layout, DesiredState state, OpenedTables opened) {
    this.layout = requireNonNull(layout, "layout");
    this.state = requireNonNull(state, "state");
    this.opened = requireNonNull(opened, "opened");
  }

  /**
   * Works it out.
   *
   * @throws dev.hairpin.agent.docker.ImpossibleInputException if no engine can have said this
   */
  public static Planned of(Engine engine, HostBefore host, DockerInspection inspection) {
    DockerSnapshot docker = inspection.snapshot(engine.version(), engine.settings());
    FirewallOptions options = new EngineOptions(engine, host, docker).options();
    return new Planned(
        engine.layout().layout(),
        new DesiredState(
            docker.networks(),
            docker.members(),
            docker.published(),
            docker.routed(),
            docker.links(),
            options),
        new OpenedTables(engine.version(), options, inspection.attempts(engine.settings())));
  }

  /** What its rules are made from. */
  public DesiredState state() {
    return state;
  }

  /** Why ports with a header have no rules that send connections on, one line each. */
  public List<String> leftToProxy() {
    return Reasons.ofHeaders(state.bindings());
  }

  /** Our rules of one family. */
  public Ruleset rules(Family family) {
    return layout.rulesFor(state, family);
  }

  /** What that family's tables hold then. */
  public Tables tables(Family family) {
    Ruleset rules = rules(family);
    boolean isOfNftables = !rules.nftTables().isEmpty();
    Tables before = isOfNftables ? Tables.empty(family) : Tables.opened(family, opened.of(family));
    return Plan.between(before, Ruleset.empty(family), rules).appliedTo(before);
  }

  /**
   * What a family's tables hold after these rules were put into them, in place of those that a
   * dockerd left. Rules of others stay as they are.
   *
   * @param observed what they hold before
   */
  public Tables appliedTo(Tables observed) {
    Family family = observed.family();
    if (!state.options().families().contains(family)) {
      return observed;
    }
    Ruleset left =
        LeftRules.in(observed, state.networks())
            .map(LeftRules::rules)
            .orElse(Ruleset.empty(family));
    Ruleset wanted = UsersChain.keptInForce(rules(family), observed);
    return Plan.between(observed, left, wanted).appliedTo(observed);
  }
}
