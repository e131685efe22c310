package dev.hairpin.agent.doctor;

import static java.util.Objects.requireNonNull;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What was looked up on a host, as text: what each command printed, under the command's name. It is
 * what {@code tail -n +1 FILE...} prints of files that are called as the commands.
 *
 * @param sections by name, in the order in which they are printed
 */
public record Bundle(Map<String, String> sections) {
  public Bundle {
    sections =
        Collections.unmodifiableMap(new LinkedHashMap<>(requireNonNull(sections, "sections")));
  }

  /**
   * A section, as a person is told of it.
   *
   * @param lines how many it has
   */
  public record Size(String name, long lines) {}

  /**
   * Reads what {@link #print} or {@code tail -n +1 FILE...} prints, a file's folder left out. Also
   * takes the bare output of iptables-save, ip6tables-save (one behind the other or alone) and
   * {@code nft -j list ruleset}.
   *
   * @throws IllegalArgumentException if it is none of these; the message is one line
   */
  public static Bundle parse(String text) {
    return BundleText.parse(text);
  }

  /** All sections, each below a line with its name. */
  public String print() {
    return BundleText.print(this);
  }

  public Optional<String> section(String name) {
    return Optional.ofNullable(sections.get(name));
  }

  /** What is in it, in its order. */
  public List<Size> sizes() {
    return sections.entrySet().stream()
        .map(section -> new Size(section.getKey(), section.getValue().lines().count()))
        .toList();
  }
}
