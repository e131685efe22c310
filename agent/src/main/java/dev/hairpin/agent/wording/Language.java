package dev.hairpin.agent.wording;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.ResourceBundle;
import java.util.ResourceBundle.Control;

/** The languages that there are texts in. */
public enum Language {
  ENGLISH("en"),
  TRADITIONAL_CHINESE("zh-Hant"),
  SIMPLIFIED_CHINESE("zh-Hans");

  /** A bundle's own file is in English; what the system speaks is no reason for another. */
  private static final Control EXACTLY = Control.getNoFallbackControl(Control.FORMAT_PROPERTIES);

  private final String tag;

  Language(String tag) {
    this.tag = tag;
  }

  /** For line breaks, and to find texts. */
  public Locale locale() {
    return Locale.forLanguageTag(tag);
  }

  /**
   * The one that readers of a locale read: of Taiwan, Hong Kong and Macao the traditional Chinese,
   * of other Chinese ones the simplified. Empty where there are no texts for them.
   */
  public static Optional<Language> of(Locale locale) {
    return switch (locale.getLanguage()) {
      case "en" -> Optional.of(ENGLISH);
      case "zh" -> Optional.of(isTraditional(locale) ? TRADITIONAL_CHINESE : SIMPLIFIED_CHINESE);
      default -> Optional.empty();
    };
  }

  private static boolean isTraditional(Locale locale) {
    return locale.getScript().isEmpty()
        ? List.of("TW", "HK", "MO").contains(locale.getCountry())
        : locale.getScript().equals("Hant");
  }

  ResourceBundle bundle(String name) {
    Locale root = this == ENGLISH ? Locale.ROOT : locale();
    return ResourceBundle.getBundle(name, root, EXACTLY);
  }
}
