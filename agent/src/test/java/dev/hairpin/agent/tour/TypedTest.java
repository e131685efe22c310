package dev.hairpin.agent.tour;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TypedTest {
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "iptables,iptables",
        "!,!",
        "{,{",
        "172.18.0.0/16,172.18.0.0/16",
        ";,';'",
        "two words,'two words'",
        "$HOME,'$HOME'",
        "it's,'it'\\''s'",
        "http://h/?[1-300],'http://h/?[1-300]'"
      })
  void aShellTakesItForTheSameWord(String word, String typed) {
    assertThat(new Typed(List.of(word))).hasToString(typed);
  }
}
