package dev.hairpin.agent.wording;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class WordingTest {
  private static final Pattern PART = Pattern.compile("%\\d+\\$s");
  private static final Pattern PERCENT = Pattern.compile("%(?!\\d+\\$s|%)");
  private static final Pattern HAN = Pattern.compile("\\p{IsHan}");

  /** Characters that only one of the two has, from words that such texts are full of. */
  private static final Pattern ONLY_TRADITIONAL = Pattern.compile("[們這個來為時實驗導覽結鏈則裡動應請]");

  private static final Pattern ONLY_SIMPLIFIED = Pattern.compile("[们这来为时实验导览结链则动应请]");

  /** Shorter ones may be a name, or what a program says: {@code Connection refused}. */
  private static final int SENTENCE = 25;

  static List<String> bundles() {
    try (Stream<Path> files = Files.list(directory())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".properties") && !name.contains("_zh_"))
          .map(name -> name.replace(".properties", ""))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path directory() {
    try {
      return Path.of(Objects.requireNonNull(Wording.class.getResource("tour.properties")).toURI())
          .getParent();
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @MethodSource("bundles")
  void everySentenceIsThereInEveryLanguage(String bundle) {
    Set<String> english = keys(bundle + ".properties");
    assertThat(english).isNotEmpty();
    assertThat(keys(bundle + "_zh_Hant.properties")).isEqualTo(english);
    assertThat(keys(bundle + "_zh_Hans.properties")).isEqualTo(english);
  }

  @ParameterizedTest
  @MethodSource("bundles")
  void everySentenceHasTheSamePartsInEveryLanguage(String bundle) {
    for (String key : keys(bundle + ".properties")) {
      List<String> parts = parts(file(bundle + ".properties").getProperty(key));
      for (String chinese : List.of("_zh_Hant.properties", "_zh_Hans.properties")) {
        assertThat(parts(file(bundle + chinese).getProperty(key)))
            .as(bundle + chinese + ": " + key)
            .isEqualTo(parts);
      }
    }
  }

  /** Another percent sign would be taken for the beginning of one. */
  @ParameterizedTest
  @MethodSource("bundles")
  void everyPercentSignIsAPart(String bundle) {
    for (String suffix : List.of(".properties", "_zh_Hant.properties", "_zh_Hans.properties")) {
      assertThat(file(bundle + suffix).values())
          .noneMatch(sentence -> PERCENT.matcher((String) sentence).find());
    }
  }

  @ParameterizedTest
  @MethodSource("bundles")
  void chineseIsWrittenInTheCharactersOfItsReaders(String bundle) {
    Properties english = file(bundle + ".properties");
    for (String key : keys(bundle + ".properties")) {
      String traditional = file(bundle + "_zh_Hant.properties").getProperty(key);
      String simplified = file(bundle + "_zh_Hans.properties").getProperty(key);
      if (english.getProperty(key).length() > SENTENCE) {
        assertThat(traditional).as(key).containsPattern(HAN);
        assertThat(simplified).as(key).containsPattern(HAN);
      }
      assertThat(traditional).as(key).doesNotContainPattern(ONLY_SIMPLIFIED);
      assertThat(simplified).as(key).doesNotContainPattern(ONLY_TRADITIONAL);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "en, ENGLISH",
    "en-GB, ENGLISH",
    "zh, SIMPLIFIED_CHINESE",
    "zh-CN, SIMPLIFIED_CHINESE",
    "zh-SG, SIMPLIFIED_CHINESE",
    "zh-Hans-TW, SIMPLIFIED_CHINESE",
    "zh-TW, TRADITIONAL_CHINESE",
    "zh-HK, TRADITIONAL_CHINESE",
    "zh-MO, TRADITIONAL_CHINESE",
    "zh-Hant, TRADITIONAL_CHINESE"
  })
  void aLocaleIsSpokenToInWhatItsPeopleRead(String locale, Language language) {
    assertThat(Language.of(Locale.forLanguageTag(locale))).contains(language);
  }

  @Test
  void forOthersThereIsNothing() {
    assertThat(Language.of(Locale.FRENCH)).isEmpty();
  }

  /** The default locale has no say: who asks for English gets it in Taipei too. */
  @Test
  void whoAsksForALanguageGetsThatOneWhateverTheSystemSpeaks() {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.TRADITIONAL_CHINESE);
    try {
      assertThat(Wording.of("tour", Language.ENGLISH).say("go-on")).startsWith("Enter: go on");
    } finally {
      Locale.setDefault(before);
    }
    assertThat(Wording.of("tour", Language.TRADITIONAL_CHINESE).say("go-on")).contains("下一步");
    assertThat(Wording.of("tour", Language.SIMPLIFIED_CHINESE).say("going-back", 3))
        .isEqualTo("上一步：撤销第 3 步所做的事。");
  }

  private static List<String> parts(String sentence) {
    return PART.matcher(sentence).results().map(MatchResult::group).distinct().sorted().toList();
  }

  private static Set<String> keys(String file) {
    return new TreeSet<>(file(file).stringPropertyNames());
  }

  private static Properties file(String name) {
    Properties properties = new Properties();
    try (var reader = Files.newBufferedReader(directory().resolve(name))) {
      properties.load(reader);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties;
  }
}
