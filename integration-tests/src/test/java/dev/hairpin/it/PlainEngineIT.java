package dev.hairpin.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hairpin.it.oracle.Comparison;
import dev.hairpin.it.oracle.Recording;
import dev.hairpin.it.world.Engine;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.World;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An engine that does everything itself agrees with the recordings. This is what the comparison in
 * {@link OracleIT} rests on: world, probes and translation add no difference of their own.
 */
@NeedsRealNetwork
class PlainEngineIT {
  /** Engines that write the recorded rules; 26.1.5 was recorded as well, with the same results. */
  private static final List<String> RECORDED = List.of("20.10", "26.1");

  @ParameterizedTest
  @ValueSource(strings = {"one-tcp", "udp", "user-net"})
  void dockerdItselfAgreesWithItsRecording(String scenario) {
    try (World world = World.create()) {
      Comparison comparison = new Comparison(world, new Recording(scenario), List.of());
      comparison.run(flags -> {
        Engine engine = Engine.plain(world, flags);
        assumeTrue(RECORDED.contains(engine.version()), "engine " + engine.version());
        return engine;
      });
      assertThat(comparison.moments()).isPositive();
    }
  }
}
