package dev.hairpin.it.doctor;

import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.World;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Faults of hosts that our agent publishes on, for a namespace that was made by hand. */
@NeedsRealNetwork
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NamespaceFaultsIT {
  private final Results results = new Results("namespaces that the agent publishes for");
  private final Map<String, Patient> patients = new HashMap<>();

  @AfterAll
  void removeHosts() {
    System.out.println(results);
    patients.values().forEach(Patient::close);
  }

  static Stream<Arguments> faults() {
    return Stream.concat(
        of(
            "docker20",
            RuleFaults.droppedByUser(),
            RuleFaults.droppedByForeignTable(),
            WireFaults.defaultRouteGone(),
            PublisherFaults.portTaken(),
            PublisherFaults.flushed()),
        of(
            "hairpin",
            RuleFaults.rejectedBeforeDocker(),
            RuleFaults.droppedByForeignTable(),
            RuleFaults.policyDrops(),
            RuleFaults.notTracked(),
            WireFaults.addressTaken(),
            PublisherFaults.tableDeleted()));
  }

  private static Patient host(String layout) {
    // Where rules do all, more is lost without them.
    return Patient.ofAgent(World.create(), "--layout", layout, "--userland-proxy=false");
  }

  private static Stream<Arguments> of(String layout, Fault... faults) {
    return Stream.of(faults).map(fault -> Arguments.of(layout, fault));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void isFoundWithItsCulpritAndMended(String layout, Fault fault) {
    Patient patient = patients.computeIfAbsent(layout, NamespaceFaultsIT::host);
    new Trial(patient, fault, results).run();
  }
}
