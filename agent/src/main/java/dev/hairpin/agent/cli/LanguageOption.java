package dev.hairpin.agent.cli;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.wording.Language;
import dev.hairpin.rules.binding.UserText;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
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
      return ofEnvironment(System.getenv());
    }
    return Language.of(Locale.forLanguageTag(tag.get().replace('_', '-')))
        .orElseThrow(() ->
            new ConfigurationException(
                "--lang "
                    + UserText.quoted(tag.get())
                    + ": there are texts in en, zh-TW and zh-CN"));
  }

  /**
   * That of the messages of other programs, by what locale(7) looks at. The JVM knows only locales
   * that are installed, which on a server Chinese ones seldom are.
   */
  static Language ofEnvironment(Map<String, String> environment) {
    return Stream.of("LC_ALL", "LC_MESSAGES", "LANG")
        .map(name -> environment.getOrDefault(name, ""))
        .filter(value -> !value.isEmpty())
        .findFirst()
        .map(value -> value.replaceFirst("[.@].*", "").replace('_', '-'))
        .flatMap(name -> Language.of(Locale.forLanguageTag(name)))
        .orElse(Language.ENGLISH);
  }
}
