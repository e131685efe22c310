package dev.hairpin.agent.wording;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.ResourceBundle;
import java.util.ResourceBundle.Control;

/** The languages that there are texts in. */
public enum Language {
  ENGLISH("en", "C"),
  TRADITIONAL_CHINESE("zh-Hant", "zh_TW.UTF-8"),
  SIMPLIFIED_CHINESE("zh-Hans", "zh_CN.UTF-8");

  /** A bundle's own file is in English; what the system speaks is no reason for another. */
  private static final Control EXACTLY = Control.getNoFallbackControl(Control.FORMAT_PROPERTIES);

  private final String tag;
  private final String posixLocale;

  Language(String tag, String posixLocale) {
    this.tag = tag;
    this.posixLocale = posixLocale;
  }

  /** For line breaks, and to find texts. */
  public Locale locale() {
    return Locale.forLanguageTag(tag);
  }

  /** What the environment of a program says so that it speaks this, see locale(7). */
  public String posixLocale() {
    return posixLocale;
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
