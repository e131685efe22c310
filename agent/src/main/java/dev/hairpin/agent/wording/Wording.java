package dev.hairpin.agent.wording;

import static java.util.Objects.requireNonNull;

import java.util.Locale;
import java.util.ResourceBundle;
import java.util.Set;

/**
 * Sentences for people in one language, from a resource bundle: {@code lab.properties} in this
 * package in English, {@code lab_zh_Hant.properties} and {@code lab_zh_Hans.properties} in Chinese.
 * What is put into a sentence stands there as {@code %1$s}, as for {@link String#format}. Safe for
 * several threads.
 */
public final class Wording {
  private final Language language;
  private final ResourceBundle sentences;

  private Wording(Language language, ResourceBundle sentences) {
    this.language = language;
    this.sentences = sentences;
  }

  /**
   * The sentences of a bundle.
   *
   * @param bundle its name in this package, such as {@code lab}
   * @throws java.util.MissingResourceException if there is none
   */
  public static Wording of(String bundle, Language language) {
    requireNonNull(language, "language");
    return new Wording(
        language, language.bundle(Wording.class.getPackageName() + "." + requireNonNull(bundle)));
  }

  public Language language() {
    return language;
  }

  /**
   * A sentence.
   *
   * @throws java.util.MissingResourceException if the bundle doesn't have it
   */
  public String say(String key, Object... parts) {
    return String.format(Locale.ROOT, sentences.getString(key), parts);
  }

  /** Whether there is such a sentence. */
  public boolean has(String key) {
    return sentences.containsKey(key);
  }

  /** What all sentences are called. */
  public Set<String> keys() {
    return Set.copyOf(sentences.keySet());
  }
}
