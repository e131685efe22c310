package dev.hairpin.agent.tour;

import static dev.hairpin.agent.tour.Claim.exits;

import java.util.List;

/** Hairpin's agent in the namespace host, which writes the rules that Docker 20.10 would. */
final class AgentInLab {
  /** What a tour calls it. */
  static final String ROLE = "agent";

  private AgentInLab() {}

  /** Starts it. */
  static Act start(String options) {
    return new Act.Start(
        ROLE,
        Typed.of(
            "ip netns exec host hairpin agent --config /dev/null --no-docker --layout docker20 "
                + options
                + " --state-dir /run/hairpin-lab/state"),
        Typed.of("ip netns exec host hairpin status"),
        List.of(exits(0)));
  }

  /** Ends it, and takes its rules away. */
  static Act takeAway() {
    return Act.run(Excerpt.first(0), "ip netns exec host hairpin down", exits(0));
  }
}
