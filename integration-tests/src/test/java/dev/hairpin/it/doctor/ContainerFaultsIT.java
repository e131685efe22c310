package dev.hairpin.it.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.doctor.Code;
import dev.hairpin.it.doctor.Examination.CheckedWay;
import dev.hairpin.it.doctor.Examination.Reported;
import dev.hairpin.it.world.Namespace;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.Probe;
import dev.hairpin.it.world.World;
import dev.hairpin.rules.address.Protocol;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Faults of containers and of their proxies, on a host with a dockerd as it comes. */
@NeedsRealNetwork
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ContainerFaultsIT {
  private static final String BRIDGE = "172.17.0.1";

  private final Results results = new Results("containers of a dockerd with userland proxies");
  private Patient patient;

  @BeforeAll
  void makeHost() {
    patient = Patient.ofEngine(World.create());
  }

  @AfterAll
  void removeHost() {
    System.out.println(results);
    patient.close();
  }

  static Stream<Fault> faults() {
    return Stream.of(ContainerFaults.all(), ProxyFaults.all()).flatMap(List::stream);
  }

  @ParameterizedTest
  @MethodSource("faults")
  void isFoundWithItsCulpritAndMended(Fault fault) {
    new Trial(patient, fault, results).run();
  }

  @ParameterizedTest
  @CsvSource({"8082, not-published", "8082/udp, not-published", "8080/udp, published-elsewhere"})
  void whoAsksForAnotherPortIsTold(String target, String found) {
    Examination said = patient.examine(target);

    assertThat(said.codes())
        .as("findings of %s", said)
        .containsExactly(Code.of(found).orElseThrow());
    assertThat(said.exit()).isEqualTo(1);
  }

  /** The proxy of dockerd 20.10 lets the kernel choose the address that it answers from. */
  @Test
  void whoseDatagramsAreAnsweredFromElsewhereIsTold() {
    Examination said = patient.examine("5353/udp");

    assertThat(said.codes()).as("findings of %s", said).isEmpty();
    Reported note =
        said.notes().stream()
            .filter(each -> each.code() == Code.ANSWERS_ELSEWHERE)
            .findFirst()
            .orElseThrow(() -> new AssertionError("no such note: " + said));
    assertThat(note.shown()).contains(World.HOST_4, BRIDGE);
    assertThat(note.askers()).containsExactlyInAnyOrder("itself", "neighbour");
    for (Namespace asker : List.of(patient.inside(), patient.neighbour())) {
      assertThat(asked(asker, World.HOST_4)).doesNotStartWith("open");
      assertThat(asked(asker, BRIDGE)).startsWith("open");
    }
  }

  private static String asked(Namespace asker, String address) {
    return Probe.from(asker)
        .within(Duration.ofMillis(500))
        .ask(Protocol.UDP, address, Patient.UDP_PORT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"8080", "5353/udp", "192.0.2.1:8080", "web", "172.17.0.2"})
  void whoAsksForWhatIsThereIsToldThatItIsWell(String target) {
    Examination said = patient.examine(target);

    assertThat(said.codes()).as("findings of %s", said).isEmpty();
    assertThat(said.ways()).extracting(CheckedWay::container).containsOnly("web");
    assertThat(said.exit()).isZero();
  }
}
