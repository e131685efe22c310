package dev.hairpin.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.doctor.Diagnosis.Checked;
import dev.hairpin.agent.doctor.Diagnosis.Reach;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a full table of connections means to who wants one more. */
class FullTableTest {
  private static final String ASSURED =
      "tcp 6 431999 ESTABLISHED src=198.18.0.1 dst=198.19.0.1 sport=4711 dport=80"
          + " src=198.19.0.1 dst=198.18.0.1 sport=80 dport=4711 [ASSURED] mark=0 use=1";
  private static final String UNANSWERED =
      "udp 17 29 src=198.18.0.1 dst=198.19.0.1 sport=4711 dport=53 [UNREPLIED]"
          + " src=198.19.0.1 dst=198.18.0.1 sport=53 dport=4711 mark=0 use=1";

  private static RecordedHost host(String count, String most) throws Exception {
    return RecordedHost.of("20.10.24", "noproxy-tcp")
        .sysctls(
            Map.of(
                "net.netfilter.nf_conntrack_count", count, "net.netfilter.nf_conntrack_max", most));
  }

  private static Set<Reach> reaches(Diagnosis diagnosis) {
    return diagnosis.checked().stream()
        .map(Checked::reach)
        .filter(reach -> reach != Reach.NOT_MEANT)
        .collect(Collectors.toSet());
  }

  @Test
  void nothingNewGetsInWhereNothingCanBeThrownOut() throws Exception {
    Diagnosis diagnosis = host("4", "4").connections(ASSURED, ASSURED).diagnosis();

    assertThat(reaches(diagnosis)).containsExactly(Reach.LOST);
    assertThat(diagnosis.findings()).hasSize(1);
    Finding full = diagnosis.findings().getFirst();
    assertThat(full.code()).isEqualTo(Code.CONNECTIONS_FULL);
    assertThat(full.ways())
        .containsExactlyElementsOf(
            diagnosis.checked().stream()
                .filter(each -> each.reach() == Reach.LOST)
                .map(Checked::way)
                .toList());
  }

  @Test
  void itTakesLuckWhereSomethingCanBeThrownOut() throws Exception {
    Diagnosis diagnosis = host("5", "4").connections(ASSURED, UNANSWERED).diagnosis();

    assertThat(reaches(diagnosis)).containsExactly(Reach.UNKNOWN);
    assertThat(diagnosis.findings())
        .extracting(Finding::code)
        .containsExactly(Code.CONNECTIONS_FULL);
    assertThat(diagnosis.findings().getFirst().ways()).isEmpty();
  }

  @Test
  void whoIsLostForAnotherReasonIsNoVictimOfTheTable() throws Exception {
    Diagnosis diagnosis =
        host("4", "4").connections(ASSURED).host(host -> host.withForwarding(Set.of())).diagnosis();

    assertThat(diagnosis.findings())
        .extracting(Finding::code)
        .containsExactlyInAnyOrder(Code.FORWARDING_OFF, Code.CONNECTIONS_FULL);
    assertThat(diagnosis.findings())
        .extracting(Finding::ways)
        .doesNotHaveDuplicates()
        .satisfies(all -> assertThat(all.get(0)).doesNotContainAnyElementsOf(all.get(1)));
  }

  /** Where nothing is wrong nobody has to be told off for a busy host. */
  @Test
  void connectionsThatWereNotAllReadAreANoteOnly() throws Exception {
    Diagnosis diagnosis =
        host("3", "4")
            .connections(ASSURED)
            .trouble(new Evidence.Trouble("conntrack -L", "cut", /* isOfPart= */ true))
            .diagnosis();

    assertThat(diagnosis.findings()).isEmpty();
    assertThat(diagnosis.notes()).extracting(Finding::code).containsExactly(Code.COULD_NOT_READ);
  }

  @ParameterizedTest
  @CsvSource({"3, 4", "0, 0", "'', 4", "four, 4", "4, ''"})
  void thereIsRoomOrNothingTells(String count, String most) throws Exception {
    Diagnosis diagnosis = host(count, most).connections(ASSURED).diagnosis();

    assertThat(diagnosis.findings()).isEmpty();
    assertThat(reaches(diagnosis)).containsExactly(Reach.REACHED);
  }
}
