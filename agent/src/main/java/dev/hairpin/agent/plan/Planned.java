package dev.hairpin.agent.plan;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.docker.DaemonSettings;
import dev.hairpin.agent.docker.DockerInspection;
import dev.hairpin.agent.docker.DockerSnapshot;
import dev.hairpin.agent.docker.EngineVersion;
import dev.hairpin.rules.Layout;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.plan.Plan;

/** The rules that an engine would have in force, had it started on a host without any. */
public final class Planned {
  private final Layout layout;
  private final DesiredState state;

  private Planned(Layout layout, DesiredState state) {
    this.layout = requireNonNull(layout, "layout");
    this.state = requireNonNull(state, "state");
  }

  /**
   * Works it out.
   *
   * @throws dev.hairpin.agent.docker.ImpossibleInputException if no engine can have said this
   */
  public static Planned of(
      Layout layout,
      EngineVersion engine,
      DaemonSettings settings,
      HostBefore host,
      DockerInspection inspection) {
    DockerSnapshot docker = inspection.snapshot(engine, settings);
    return new Planned(
        layout,
        new DesiredState(
            docker.networks(),
            docker.members(),
            docker.published(),
            docker.routed(),
            docker.links(),
            new EngineOptions(engine, settings, host, docker).options()));
  }

  /** Our rules of one family. */
  public Ruleset rules(Family family) {
    return layout.rulesFor(state, family);
  }

  /** What that family's tables hold then. */
  public Tables tables(Family family) {
    Tables before = Tables.empty(family);
    return Plan.between(before, Ruleset.empty(family), rules(family)).appliedTo(before);
  }
}
