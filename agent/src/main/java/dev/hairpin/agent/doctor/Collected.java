package dev.hairpin.agent.doctor;

import com.google.common.base.CharMatcher;
import dev.hairpin.rules.apply.CommandException;
import dev.hairpin.rules.apply.CommandRunner;
import dev.hairpin.rules.apply.CommandRunner.Finished;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;

/** What has been looked up so far. Safe for many threads. */
final class Collected {
  private final Map<String, String> sections = new ConcurrentSkipListMap<>();
  private final ConcurrentSkipListSet<String> troubles = new ConcurrentSkipListSet<>();

  void put(String section, String text) {
    sections.put(section, text);
  }

  /**
   * Something that could not be looked up.
   *
   * @param why on one line
   */
  void trouble(String section, String why) {
    troubles.add(section + "\t" + CharMatcher.javaIsoControl().replaceFrom(why, ' ') + "\n");
  }

  /** What a command prints for a section; empty where it can't be run, or fails, which is noted. */
  Optional<String> output(CommandRunner commands, String section, String... argv) {
    try {
      Finished finished = commands.run(argv);
      if (finished.isSuccess()) {
        return Optional.of(finished.output());
      }
      trouble(section, argv[0] + " exited " + finished.exitStatus() + ": " + finished.firstError());
    } catch (CommandException e) {
      trouble(section, e.getMessage());
    }
    return Optional.empty();
  }

  /** The host's sections in their usual order, then those of what is inside. */
  Bundle bundle() {
    Map<String, String> ordered = new LinkedHashMap<>();
    if (!troubles.isEmpty()) {
      sections.put(Sections.TROUBLES, String.join("", troubles));
    }
    for (String section : Sections.OF_HOST) {
      if (sections.containsKey(section)) {
        ordered.put(section, sections.get(section));
      }
    }
    sections.forEach(ordered::putIfAbsent);
    return new Bundle(ordered);
  }
}
