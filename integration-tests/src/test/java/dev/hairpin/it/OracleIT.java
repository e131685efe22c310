package dev.hairpin.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.it.oracle.Comparison;
import dev.hairpin.it.oracle.Improvement;
import dev.hairpin.it.oracle.Recording;
import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Engine;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.World;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Under us an engine that writes no rules and holds no port of its own behaves as the recorded
 * dockerd 20.10.24 did: the same rules in the same order, the same sockets, and the same answers
 * with the same source addresses from everywhere. {@link Improvement#KNOWN} lists where it is meant
 * to be better.
 */
@NeedsRealNetwork
class OracleIT {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "one-tcp",
        "lo-bound",
        "udp",
        "range-10",
        "ephemeral",
        "user-net",
        "user-net-lo",
        "user-net-udp",
        "user-net-range",
        "user-net-ephemeral"
      })
  void oneContainerIsPublishedAsRecorded(String scenario) {
    compare(scenario);
  }

  @ParameterizedTest
  @ValueSource(strings = {"two-ports", "two-nets", "hostip-bound", "lo-bound-udp"})
  void otherFormsAreAsRecorded(String scenario) {
    compare(scenario);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"stop", "restart", "rm-f", "connect-disconnect", "network-rm", "conflict"})
  void changesWhileItRunsEndAsRecorded(String scenario) {
    compare(scenario);
  }

  private static void compare(String scenario) {
    try (World world = World.create()) {
      AgentProcess agent = AgentProcess.withEngine(world);
      Comparison comparison = new Comparison(world, new Recording(scenario), Improvement.KNOWN);
      comparison.run(flags -> Engine.under(agent, flags));
      assertThat(comparison.moments()).isPositive();
    }
  }
}
