package dev.hairpin.agent.tour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.apply.CommandRunner.Finished;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClaimTest {
  private static final Finished FINISHED =
      new Finished(7, "one\n\u001b[31mtwo\u001b[0m\nthree\n", "no\n");

  @Test
  void anExitStatusIsThatOne() {
    assertThat(Claim.exits(7).holds(FINISHED)).isTrue();
    assertThat(Claim.exits(0).holds(FINISHED)).isFalse();
  }

  @Test
  void whatIsPrintedIsFoundAmongOutputAndErrorsWhateverItsColour() {
    assertThat(Claim.prints("^two$").holds(FINISHED)).isTrue();
    assertThat(Claim.prints("^no$").holds(FINISHED)).isTrue();
    assertThat(Claim.prints("^thre$").holds(FINISHED)).isFalse();
    assertThat(Claim.printsNot("^thre$").holds(FINISHED)).isTrue();
    assertThat(Claim.printsNot("two").holds(FINISHED)).isFalse();
  }

  @Test
  void anOrderIsThatOfLines() {
    assertThat(Claim.printsInOrder(List.of("one", "t", "t")).holds(FINISHED)).isTrue();
    assertThat(Claim.printsInOrder(List.of("one", "three", "two")).holds(FINISHED)).isFalse();
    assertThat(Claim.printsInOrder(List.of("o", "o", "t", "t")).holds(FINISHED)).isFalse();
  }
}
