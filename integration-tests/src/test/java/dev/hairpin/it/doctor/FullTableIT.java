package dev.hairpin.it.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.doctor.Code;
import dev.hairpin.it.doctor.Examination.CheckedWay;
import dev.hairpin.it.doctor.Examination.Reported;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.World;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Conntrack's table is full. Each network counts its own entries, so that of the test's host can be
 * filled without changing the limit, which is the whole machine's.
 */
@NeedsRealNetwork
class FullTableIT {
  private static final String COUNT = "net.netfilter.nf_conntrack_count";
  private static final String MOST = "net.netfilter.nf_conntrack_max";

  /** Above that, a machine's limit takes more of its memory than a test may. */
  private static final int BEARABLE = 1_000_000;

  private static final int PORTS_OF_EACH = 1 << 14;

  @TempDir private Path folder;

  @Test
  void aTableOfConnectionsThatIsFullLosesEveryNewOne() throws IOException {
    try (Patient patient =
        Patient.ofAgent(World.create(), "--layout", "hairpin", "--userland-proxy=false")) {
      int most = setting(patient, MOST);
      assertThat(most).as(MOST).isBetween(1, BEARABLE);
      fill(patient, most);

      Examination said = patient.examine();

      assertThat(said.codes()).as("findings of %s", said).containsExactly(Code.CONNECTIONS_FULL);
      Reported full = said.findings().getFirst();
      assertThat(full.shown()).contains(COUNT + " = " + most, MOST + " = " + most);
      assertThat(full.commands()).containsExactly(List.of("sysctl", "-w", MOST + "=" + 2 * most));
      assertThat(full.isFixable()).as("a limit of the machine's is changed by itself").isFalse();
      assertThat(said.exit()).isEqualTo(1);
      agrees(patient, said, "lost");

      patient.onHost("conntrack -F").run();
      Examination after = patient.examine();
      assertThat(after.codes()).as("findings of %s", after).isEmpty();
      agrees(patient, after, "reached");
    }
  }

  /** Of connections that are assured: others would make room. */
  private void fill(Patient patient, int most) throws IOException {
    patient.onHost("conntrack -F").run();
    Path file = folder.resolve("connections");
    Files.write(file, IntStream.range(0, most).mapToObj(FullTableIT::connection).toList());
    patient.onHost("conntrack -R " + file).within(Duration.ofMinutes(2)).run();
    assertThat(setting(patient, COUNT)).as(COUNT).isEqualTo(most);
  }

  /** Of a client and a server that are nobody's here (RFC 2544). */
  private static String connection(int number) {
    int client = number / PORTS_OF_EACH;
    String address = "198.18." + client / 256 + "." + client % 256;
    int port = 1024 + number % PORTS_OF_EACH;
    return ("-I -p udp -s %1$s -d 198.19.0.1 --sport %2$d --dport 9 -r 198.19.0.1 -q %1$s"
            + " --reply-port-src 9 --reply-port-dst %2$d -t 600 -u ASSURED,SEEN_REPLY")
        .formatted(address, port);
  }

  private static int setting(Patient patient, String name) {
    return Integer.parseInt(patient.onHost("sysctl -n " + name).run().strip());
  }

  /** All ways but those that nobody is meant to take go like that, and packets agree. */
  private static void agrees(Patient patient, Examination said, String reach) {
    List<CheckedWay> ways =
        said.ways().stream().filter(way -> !way.reach().equals("not-meant")).toList();
    assertThat(ways).isNotEmpty().extracting(CheckedWay::reach).containsOnly(reach);
    Map<Question, String> answers =
        Question.ask(
            ways.stream().map(patient::question).collect(Collectors.toSet()),
            question -> reach.equals("lost"));
    assertThat(ways)
        .as("answers to %s", answers)
        .allMatch(way -> way.agreesWith(answers.get(patient.question(way))));
  }
}
