package dev.hairpin.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.it.oracle.TwinImprovement;
import dev.hairpin.it.oracle.Twins;
import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Engine;
import dev.hairpin.it.world.NeedsRealNetwork;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two engines side by side, given the same commands: one writes its own rules and starts its own
 * proxies, the other leaves both to us. Rules, sockets and who reaches what are the same at every
 * moment. {@link TwinImprovement#KNOWN} lists where we are meant to be better.
 */
@NeedsRealNetwork
class TwinIT {
  @ParameterizedTest
  @ValueSource(strings = {"ports", "networks", "ipv6", "no-proxy"})
  void dockerdAndHairpinCannotBeToldApart(String scenario) {
    try (Twins twins = new Twins(scenario, TwinImprovement.KNOWN)) {
      twins.run(
          (world, flags, any) -> Engine.plain(world, flags),
          (world, flags, agentFlags) ->
              Engine.under(AgentProcess.withEngine(world, agentFlags), flags));
      assertThat(twins.moments()).isPositive();
    }
  }
}
