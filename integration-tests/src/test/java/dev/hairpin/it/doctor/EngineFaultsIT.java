package dev.hairpin.it.doctor;

import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.World;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Faults of a host with a dockerd that has no userland proxy: what rules don't do, nobody does. */
@NeedsRealNetwork
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EngineFaultsIT {
  private final Results results = new Results("dockerd without userland proxy");
  private Patient patient;

  @BeforeAll
  void makeHost() {
    patient = Patient.ofEngine(World.create(), "--userland-proxy=false");
  }

  @AfterAll
  void removeHost() {
    System.out.println(results);
    patient.close();
  }

  static Stream<Fault> faults() {
    return Stream.of(
            RuleFaults.ofDockersLayout(),
            SettingFaults.withoutProxy(),
            WireFaults.all(),
            List.of(RuleFaults.droppedByLegacy()))
        .flatMap(List::stream);
  }

  @ParameterizedTest
  @MethodSource("faults")
  void isFoundWithItsCulpritAndMended(Fault fault) {
    new Trial(patient, fault, results).run();
  }
}
