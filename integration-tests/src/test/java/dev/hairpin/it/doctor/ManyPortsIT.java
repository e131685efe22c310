package dev.hairpin.it.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.PeerServer;
import dev.hairpin.it.world.World;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A host with many published ports is looked at while somebody waits for it. */
@NeedsRealNetwork
class ManyPortsIT {
  private static final int PORTS = 1_000;

  /** On a machine with nothing else to do it is less than half of that. */
  private static final Duration BEARABLE = Duration.ofSeconds(6);

  @ParameterizedTest
  @ValueSource(strings = {"docker20", "hairpin"})
  void aThousandPortsAreLookedAtInSeconds(String layout) {
    List<String> specs =
        IntStream.range(20_000, 20_000 + PORTS).mapToObj(port -> port + ":" + port).toList();
    try (Patient patient = Patient.ofAgent(World.create(), specs, "--layout", layout)) {
      PeerServer server = patient.world().inhabitedBy(PeerServer.in(patient.inside()));
      IntStream.range(20_000, 20_000 + PORTS).forEach(server::tcp);

      Instant before = Instant.now();
      Examination said = patient.examine();
      Duration taken = Duration.between(before, Instant.now());

      System.out.printf(
          "hairpin doctor, %d ports under layout %s: %d ms, ways %s%n",
          PORTS, layout, taken.toMillis(), said.tally());
      assertThat(said.codes()).isEmpty();
      assertThat(said.ways()).hasSizeGreaterThanOrEqualTo(PORTS);
      assertThat(taken).isLessThan(BEARABLE);
    }
  }
}
