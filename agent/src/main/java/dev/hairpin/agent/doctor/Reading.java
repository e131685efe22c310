package dev.hairpin.agent.doctor;

import static java.util.Comparator.comparing;
import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.docker.ImpossibleInputException;
import dev.hairpin.agent.doctor.Evidence.Trouble;
import dev.hairpin.rules.binding.UserText;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Reads a bundle section by section, and notes what can't be read. Safe for use by several threads.
 */
final class Reading {
  /** Longest reason that is kept, in characters. */
  private static final int LONGEST = 400;

  private final Bundle bundle;
  private final Set<Trouble> troubles =
      new ConcurrentSkipListSet<>(
          comparing(Trouble::section).thenComparing(Trouble::why).thenComparing(Trouble::isOfPart));

  Reading(Bundle bundle) {
    this.bundle = requireNonNull(bundle, "bundle");
  }

  Bundle bundle() {
    return bundle;
  }

  /** By section. */
  List<Trouble> troubles() {
    return List.copyOf(troubles);
  }

  void note(String section, String why) {
    troubles.add(new Trouble(line(section), line(why)));
  }

  /** That a part of it is missing. */
  void notePart(String section, String why) {
    troubles.add(new Trouble(line(section), line(why), true));
  }

  boolean has(String section) {
    return bundle.sections().containsKey(section);
  }

  /** What a section means; empty where it isn't there, or can't be understood. */
  <T> Optional<T> read(String section, Function<String, T> reader) {
    return bundle.section(section).flatMap(text -> attempt(section, () -> reader.apply(text)));
  }

  /** The same for what hangs on more than the section's text. */
  <T> Optional<T> attempt(String section, Supplier<T> reader) {
    try {
      return Optional.of(reader.get());
    } catch (IllegalArgumentException | ImpossibleInputException e) {
      note(section, String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      // The text is anybody's. What no reader foresaw must not hide what the other sections say.
      note(section, "not understood: " + e);
    }
    return Optional.empty();
  }

  /** One line that does no harm to a terminal. */
  private static String line(String text) {
    String first = text.lines().findFirst().orElse("");
    String cut = first.length() <= LONGEST ? first : first.substring(0, LONGEST) + "...";
    return cut.codePoints().anyMatch(Character::isISOControl) ? UserText.plain(cut) : cut;
  }
}
