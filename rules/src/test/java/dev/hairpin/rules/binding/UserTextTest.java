package dev.hairpin.rules.binding;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class UserTextTest {

  @Test
  void ordinaryTextStaysAsItIs() {
    assertThat(UserText.quoted("größe -p 80:80 日本")).isEqualTo("\"größe -p 80:80 日本\"");
  }

  @Test
  void whatATerminalWouldObeyIsWrittenOut() {
    assertThat(UserText.quoted("a\nb\r\t\u001b[31m\u202e\u2028"))
        .isEqualTo("\"a\\nb\\r\\t\\u001b[31m\\u202e\\u2028\"");
  }

  @Test
  void quotesAndBackslashesCantEndTheQuote() {
    assertThat(UserText.quoted("a\"b\\")).isEqualTo("\"a\\\"b\\\\\"");
  }

  @Test
  void longTextIsCut() {
    assertThat(UserText.plain("x".repeat(500))).hasSize(123).endsWith("...");
  }
}
