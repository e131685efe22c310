package dev.hairpin.agent.tour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.wording.Language;
import dev.hairpin.agent.wording.Wording;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ToursTest {
  static List<Tour> tours() {
    return Tours.all();
  }

  @Test
  void everyTourIsFoundByItsNameAndNoOtherIs() {
    for (Tour tour : tours()) {
      assertThat(Tours.named(tour.name())).contains(tour);
    }
    assertThat(Tours.named("grand")).isEmpty();
  }

  /** That they are there in every language is the bundles' own test. */
  @ParameterizedTest
  @MethodSource("tours")
  void everyStepHasItsSentencesAndThereAreNoOthers(Tour tour) {
    Wording sentences = Wording.of(tour.bundle(), Language.ENGLISH);
    Set<String> expected = new TreeSet<>(Set.of("title", "about"));
    for (Step step : tour.steps()) {
      expected.addAll(sentencesOf(step, sentences));
    }
    assertThat(sentences.keys()).isEqualTo(expected);
  }

  private static List<String> sentencesOf(Step step, Wording sentences) {
    Stream<String> always = Stream.of("title", "doing", "why");
    long choices =
        IntStream.rangeClosed(1, 9)
            .takeWhile(choice -> sentences.has(step.id() + ".choice." + choice))
            .count();
    Stream<String> asked =
        step.right() == 0
            ? Stream.of()
            : Stream.concat(
                Stream.of("question"),
                IntStream.rangeClosed(1, (int) choices).mapToObj(choice -> "choice." + choice));
    return Stream.concat(always, asked).map(key -> step.id() + "." + key).toList();
  }

  @ParameterizedTest
  @MethodSource("tours")
  void whereSomethingIsAskedOneOfTwoOrMoreChoicesIsRight(Tour tour) {
    Wording sentences = Wording.of(tour.bundle(), Language.ENGLISH);
    for (Step step : tour.steps()) {
      if (step.right() != 0) {
        assertThat(sentences.has(step.id() + ".choice.2")).as(step.id()).isTrue();
        assertThat(sentences.has(step.id() + ".choice." + step.right())).as(step.id()).isTrue();
      }
    }
  }

  /** Whoever always says "the second" learns nothing. */
  @ParameterizedTest
  @MethodSource("tours")
  void theRightChoiceIsNotAlwaysTheSame(Tour tour) {
    assertThat(tour.steps().stream().mapToInt(Step::right).filter(right -> right > 0).distinct())
        .hasSizeGreaterThan(1);
  }

  @ParameterizedTest
  @MethodSource("tours")
  void everyStepProvesSomething(Tour tour) {
    for (Step step : tour.steps()) {
      assertThat(step.acts()).as(step.id()).anyMatch(act -> !claims(act).isEmpty());
    }
  }

  private static List<Claim> claims(Act act) {
    return switch (act) {
      case Act.Run run -> run.claims();
      case Act.Start start -> start.claims();
      case Act.Await await -> await.claims();
      case Act.End end -> List.of();
    };
  }
}
