package dev.hairpin.agent.cli;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.wording.Language;
import dev.hairpin.rules.binding.UserText;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which language a command speaks. */
final class LanguageOption {
  @Option(
      names = "--lang",
      paramLabel = "LANG",
      description = "Speak en, zh-TW or zh-CN; without it the locale's language, or English.")
  private Optional<String> tag = Optional.empty();

  /**
   * The language that was asked for.
   *
   * @throws ConfigurationException if there are no texts in it
   */
  Language language() throws ConfigurationException {
    if (tag.isEmpty()) {
      return Language.of(Locale.getDefault(Locale.Category.DISPLAY)).orElse(Language.ENGLISH);
    }
    return Language.of(Locale.forLanguageTag(tag.get().replace('_', '-')))
        .orElseThrow(() ->
            new ConfigurationException(
                "--lang "
                    + UserText.quoted(tag.get())
                    + ": there are texts in en, zh-TW and zh-CN"));
  }
}
