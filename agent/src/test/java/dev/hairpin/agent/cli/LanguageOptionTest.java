package dev.hairpin.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.wording.Language;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LanguageOptionTest {
  @ParameterizedTest
  @CsvSource({
    "zh_TW.UTF-8, TRADITIONAL_CHINESE",
    "zh_HK, TRADITIONAL_CHINESE",
    "zh_CN.UTF-8, SIMPLIFIED_CHINESE",
    "zh_CN.gb18030@pinyin, SIMPLIFIED_CHINESE",
    "de_DE.UTF-8, ENGLISH",
    "C.UTF-8, ENGLISH",
    "POSIX, ENGLISH",
    "'', ENGLISH"
  })
  void theEnvironmentSaysWhichLanguageIsSpoken(String lang, Language language) {
    assertThat(LanguageOption.ofEnvironment(Map.of("LANG", lang))).isEqualTo(language);
  }

  @Test
  void whatIsSetForMessagesComesBeforeWhatIsSetInGeneral() {
    assertThat(
            LanguageOption.ofEnvironment(
                Map.of("LANG", "en_US.UTF-8", "LC_MESSAGES", "zh_TW.UTF-8", "LC_ALL", "")))
        .isEqualTo(Language.TRADITIONAL_CHINESE);
    assertThat(
            LanguageOption.ofEnvironment(
                Map.of("LANG", "zh_TW.UTF-8", "LC_MESSAGES", "zh_TW.UTF-8", "LC_ALL", "C")))
        .isEqualTo(Language.ENGLISH);
  }
}
