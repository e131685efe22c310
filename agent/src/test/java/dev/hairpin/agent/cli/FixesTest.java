package dev.hairpin.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.doctor.Code;
import dev.hairpin.agent.doctor.Diagnosis;
import dev.hairpin.agent.doctor.Finding;
import dev.hairpin.agent.doctor.Remedy;
import dev.hairpin.agent.wording.Language;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What {@code --fix} does, and what it says where it does nothing. */
class FixesTest {
  private final StringWriter said = new StringWriter();

  private boolean fix(Remedy... remedies) throws IOException {
    List<Finding> findings =
        remedies.length == 0
            ? List.of()
            : List.of(
                new Finding(
                    Code.RULE_DROPS,
                    List.of(),
                    Optional.empty(),
                    Optional.empty(),
                    List.of(),
                    List.of(),
                    List.of(remedies)));
    return new Fixes(new PrintWriter(said), Language.ENGLISH, /* unasked= */ true)
        .apply(new Diagnosis(List.of(), findings, List.of()));
  }

  @Test
  void aHarmlessCommandIsRun() throws IOException {
    assertThat(fix(new Remedy.Run(List.of("true"), true))).isTrue();
    assertThat(said.toString()).isEmpty();
  }

  @Test
  void commandsOfOthersAreNotRunAndThatIsSaid() throws IOException {
    assertThat(fix(new Remedy.Run(List.of("false"), false))).isFalse();
    assertThat(said.toString())
        .isEqualTo(
            "\nNone of this is changed by --fix: it is somebody else's, or only a person can know.\n");
  }

  @Test
  void whereNothingIsWrongNothingIsSaid() throws IOException {
    assertThat(fix()).isFalse();
    assertThat(said.toString()).isEmpty();
  }
}
