package dev.hairpin.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.tour.Audience.Reply;
import dev.hairpin.agent.tour.Claim;
import dev.hairpin.agent.tour.Excerpt;
import dev.hairpin.agent.tour.Step;
import dev.hairpin.agent.tour.Tour;
import dev.hairpin.agent.tour.Tours;
import dev.hairpin.agent.tour.Typed;
import dev.hairpin.agent.wording.Columns;
import dev.hairpin.agent.wording.Language;
import dev.hairpin.rules.apply.CommandRunner.Finished;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine.Help.Ansi;

class TourTextTest {
  private static final Tour NS1 = Tours.named("ns1").orElseThrow();
  private static final Step REFUSED = NS1.steps().getFirst();

  private final StringWriter printed = new StringWriter();

  @Test
  void aStepSaysWhatIsDoneAndAsksWhatComesOfIt() throws Exception {
    assertThat(text("2\n").expect(1, REFUSED)).isEqualTo(new Reply.GoOn(2));

    assertThat(printed.toString())
        .isEqualTo(
            """

            Step 1 of 10: nobody gets in
            Look at what listens in ns1, and ask for port 3000 of the host from outside.

            What does outside get from 192.0.2.1:3000?
              1 The page of the web server
              2 Connection refused
              3 Nothing; it waits in vain

            Your answer, 1 to 3 (Enter: show me, b: back, q: quit) \
            """);
  }

  @Test
  void whoAnswersNothingIsShown() throws IOException {
    assertThat(text("\n").expect(1, REFUSED)).isEqualTo(new Reply.GoOn(0));
    assertThat(text("").expect(1, REFUSED)).isEqualTo(new Reply.Quit());
    assertThat(text(" q \n").expect(1, REFUSED)).isEqualTo(new Reply.Quit());
    assertThat(text("b\n").expect(2, NS1.steps().get(1))).isEqualTo(new Reply.Back());
  }

  @Test
  void whatIsNoAnswerIsAskedAgain() throws IOException {
    assertThat(text("4\nyes\n3\n").expect(1, REFUSED)).isEqualTo(new Reply.GoOn(3));

    assertThat(printed.toString())
        .containsOnlyOnce("Step 1 of 10")
        .contains("Type a number from 1 to 3, b, q, or just Enter.");
  }

  @Test
  void fromTheFirstStepThereIsNoWayBack() throws IOException {
    assertThat(text("b\n1\n").expect(1, REFUSED)).isEqualTo(new Reply.GoOn(1));

    assertThat(printed.toString()).contains("This is the first step.");
  }

  @Test
  void unattendedNobodyIsAsked() throws IOException {
    TourText text = text(Optional.empty(), Language.ENGLISH);

    assertThat(text.expect(1, REFUSED)).isEqualTo(new Reply.GoOn(0));
    assertThat(text.learn(1, REFUSED, 0)).isEqualTo(new Reply.GoOn(0));

    assertThat(printed.toString()).doesNotContain("Enter").contains("It is 2: Connection refused");
  }

  @Test
  void theLearnerHearsWhetherItWasRight() throws IOException {
    text("\n").learn(1, REFUSED, 2);
    text("\n").learn(1, REFUSED, 3);

    assertThat(printed.toString())
        .contains("Yes, it is 2: Connection refused")
        .contains("No, it is 2: Connection refused");
  }

  @Test
  void whatACommandPrintsCanNotMoveTheCursor() {
    Finished finished = new Finished(7, "a\tb\u0007\u001b[31mc\u001b[2J\n", "no\n");

    text("").see(Excerpt.ALL, finished);
    new TourText(NS1, Language.ENGLISH, new PrintWriter(printed), NOBODY, Ansi.ON)
        .see(Excerpt.ALL, finished);

    assertThat(printed.toString())
        .startsWith("  a\tb\\u0007c\n  no\n  (exit status 7)\n")
        .doesNotContain("\u001b[2J");
  }

  @Test
  void theColoursOfACommandAreKeptWhereThereAreAny() {
    Finished finished = new Finished(0, "a \u001b[31mred\u001b[0m packet\n", "");

    new TourText(NS1, Language.ENGLISH, new PrintWriter(printed), NOBODY, Ansi.ON)
        .see(Excerpt.of("^a red packet$"), finished);

    assertThat(printed.toString()).isEqualTo("  a \u001b[31mred\u001b[0m packet\n");
  }

  @Test
  void aSurpriseNamesTheCommandAndWhatWasExpected() {
    text("").beSurprised(Typed.of("curl -sS"), Claim.prints("^Hello$"));

    assertThat(printed.toString().replaceAll("\\s+", " "))
        .contains("\"curl -sS\" was expected to print \"^Hello$\".");
  }

  @ParameterizedTest
  @EnumSource
  void eightyColumnsAreEnoughForAllThatIsSaid(Language language) throws IOException {
    for (Tour tour : Tours.all()) {
      TourText text = new TourText(tour, language, new PrintWriter(printed), NOBODY, Ansi.OFF);
      for (Step step : tour.steps()) {
        text.expect(1, step);
        text.learn(1, step, 1);
      }
    }

    assertThat(printed.toString().lines()).allMatch(line -> Columns.of(line) <= 80);
  }

  private static final Optional<BufferedReader> NOBODY = Optional.empty();

  private TourText text(String typed) {
    return text(Optional.of(new BufferedReader(new StringReader(typed))), Language.ENGLISH);
  }

  private TourText text(Optional<BufferedReader> answers, Language language) {
    return new TourText(NS1, language, new PrintWriter(printed), answers, Ansi.OFF);
  }
}
