package dev.hairpin.it.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.PeerServer;
import dev.hairpin.it.world.World;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A host with many published ports. How long it takes to look at them {@code bench ports} measures.
 */
@NeedsRealNetwork
class ManyPortsIT {
  private static final int PORTS = 1_000;

  @ParameterizedTest
  @ValueSource(strings = {"docker20", "hairpin"})
  void everyWayToAThousandPortsIsWell(String layout) {
    List<String> specs =
        IntStream.range(20_000, 20_000 + PORTS).mapToObj(port -> port + ":" + port).toList();
    try (Patient patient = Patient.ofAgent(World.create(), specs, "--layout", layout)) {
      PeerServer server = patient.world().inhabitedBy(PeerServer.in(patient.inside()));
      IntStream.range(20_000, 20_000 + PORTS).forEach(server::tcp);

      Examination said = patient.examine();

      assertThat(said.codes()).isEmpty();
      assertThat(said.ways()).hasSizeGreaterThanOrEqualTo(PORTS);
    }
  }
}
