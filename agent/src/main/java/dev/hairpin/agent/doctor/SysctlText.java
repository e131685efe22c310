package dev.hairpin.agent.doctor;

import dev.hairpin.agent.walk.Surveyed;
import dev.hairpin.rules.binding.UserText;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Settings as sysctl(8) prints them, both ways. Pure. */
final class SysctlText {
  private SysctlText() {}

  static String print(Map<String, String> settings) {
    return new TreeMap<>(settings)
        .entrySet().stream()
            .map(setting -> setting.getKey() + " = " + setting.getValue() + "\n")
            .collect(Collectors.joining());
  }

  /**
   * Settings by name, with dots only: sysctl writes the dots of an interface's name as slashes.
   *
   * @throws IllegalArgumentException if a line is none
   */
  static Map<String, String> read(String text) {
    Map<String, String> settings = new LinkedHashMap<>();
    for (String line : text.lines().filter(each -> !each.isBlank()).toList()) {
      int equals = line.indexOf('=');
      String name = equals < 0 ? "" : line.substring(0, equals).strip();
      if (!name.contains(".") || name.chars().anyMatch(Character::isWhitespace)) {
        throw new IllegalArgumentException(
            UserText.quoted(line) + " is not a setting, as net.ipv4.ip_forward = 1");
      }
      settings.put(Surveyed.dotted(name), line.substring(equals + 1).strip());
    }
    return settings;
  }
}
