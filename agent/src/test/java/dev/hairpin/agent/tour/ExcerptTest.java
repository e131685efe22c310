package dev.hairpin.agent.tour;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExcerptTest {
  private static final String PRINTED = "one\ntwo\n\nthree\nfour\n";

  @Test
  void allIsShown() {
    assertThat(Excerpt.ALL.of(PRINTED, "...")).containsExactly("one", "two", "", "three", "four");
  }

  @Test
  void thatLinesAreLeftOutIsSaid() {
    assertThat(Excerpt.of("^(one|three)$").of(PRINTED, "..."))
        .containsExactly("one", "three", "...");
  }

  @Test
  void nobodyMissesAnEmptyLine() {
    assertThat(Excerpt.of(".").of(PRINTED, "...")).containsExactly("one", "two", "three", "four");
  }

  @Test
  void theFirstLinesAreShown() {
    assertThat(Excerpt.first(1).of(PRINTED, "...")).containsExactly("one", "...");
    assertThat(Excerpt.first(0).of(PRINTED, "...")).containsExactly("...");
  }
}
