package dev.hairpin.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WrappedTest {
  @Test
  void englishIsBrokenBetweenWordsOnly() {
    assertThat(Wrapped.lines("the rule  --to-destination 172.18.0.2:3000 changes it", 24))
        .containsExactly("the rule", "--to-destination", "172.18.0.2:3000 changes", "it");
  }

  @Test
  void aCharacterOfChineseTakesTwoColumnsAndMayBeginALine() {
    assertThat(Wrapped.lines("封包進入主機之後", 8)).containsExactly("封包進入", "主機之後");
  }

  @Test
  void noLineBeginsWithAFullStop() {
    assertThat(Wrapped.lines("封包進入主機。", 12)).containsExactly("封包進入主", "機。");
  }

  @Test
  void aCommandWithinChineseStaysWhole() {
    assertThat(Wrapped.lines("執行iptables -t之後", 14)).containsExactly("執行iptables", "-t之後");
  }

  @Test
  void aWordThatIsTooLongHasALineOfItsOwn() {
    assertThat(Wrapped.lines("a 172.18.0.2:3000 b", 5))
        .containsExactly("a", "172.18.0.2:3000", "b");
  }

  @Test
  void whatWouldMoveTheCursorIsWrittenOut() {
    assertThat(Wrapped.lines("a\u001b[2Jb", 80)).containsExactly("a\\u001b[2Jb");
  }
}
