package dev.hairpin.it.doctor;

import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.World;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Two faults at once: neither hides the other. */
@NeedsRealNetwork
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FaultPairsIT {
  private final Results results = new Results("two at once, without userland proxy");
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

  static Stream<Fault> pairs() {
    return Stream.of(
        RuleFaults.accepted().and(SettingFaults.forwardingOff()),
        RuleFaults.droppedByUser().and(ServiceFaults.silent()),
        RuleFaults.flushed().and(RuleFaults.droppedByForeignTable()),
        RuleFaults.jumpGone().and(RuleFaults.acceptGone()),
        WireFaults.defaultRouteGone().and(RuleFaults.droppedByUser()),
        RuleFaults.notTracked().and(RuleFaults.rejectedByFail2ban()),
        RuleFaults.stale().and(SettingFaults.routeLocalnetOff()),
        SettingFaults.bridgeFilterOff().and(SettingFaults.forwardingOff()),
        WireFaults.wireTooNarrow().and(ServiceFaults.silent()),
        RuleFaults.diverted().and(ServiceFaults.onLoopback()),
        WireFaults.staleConnection().and(SettingFaults.routeLocalnetOff()),
        WireFaults.addressTaken().and(RuleFaults.rejectedBeforeDocker()));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void bothAreFoundAndNothingElse(Fault pair) {
    new Trial(patient, pair, results).run();
  }
}
