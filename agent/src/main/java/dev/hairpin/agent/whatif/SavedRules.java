package dev.hairpin.agent.whatif;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Rules in force.
 *
 * @param family of all of them
 * @param text as {@code iptables-save} printed it
 */
public record SavedRules(Family family, String text) {
  public SavedRules {
    requireNonNull(family, "family");
    requireNonNull(text, "text");
  }

  /**
   * A rule where it stands.
   *
   * @param position in its chain; the first is 1
   * @param rule from {@code -A} on
   */
  record Standing(Family family, String table, int position, String rule) {
    /** {@code iptables -t nat -D DOCKER ...}. */
    Command deletion() {
      return command("-D " + chain() + arguments());
    }

    /** {@code iptables -t nat -I DOCKER 2 ...}. */
    Command insertion() {
      return command("-I " + chain() + " " + position + arguments());
    }

    private Command command(String rest) {
      return Command.parse(tool(family) + " -t " + table + " " + rest);
    }

    private String chain() {
      return rule.split(" ", 3)[1];
    }

    private String arguments() {
      return rule.substring("-A ".length() + chain().length());
    }
  }

  /** The rules of a chain, in order. */
  List<Standing> chain(String table, String chain) {
    List<String> rules = table(table).filter(line -> line.startsWith("-A " + chain + " ")).toList();
    return IntStream.range(0, rules.size())
        .mapToObj(i -> new Standing(family, table, i + 1, rules.get(i)))
        .toList();
  }

  /** The first rule of a chain that is meant. */
  Optional<Standing> find(String table, String chain, Predicate<String> isMeant) {
    return chain(table, chain).stream().filter(rule -> isMeant.test(rule.rule())).findFirst();
  }

  /** What becomes of a packet that no rule of a base chain decides about: {@code ACCEPT}. */
  String policy(String table, String chain) {
    return table(table)
        .filter(line -> line.startsWith(":" + chain + " "))
        .map(line -> line.split(" ", 3)[1])
        .findFirst()
        .orElse("ACCEPT");
  }

  private Stream<String> table(String table) {
    return text.lines()
        .dropWhile(line -> !line.equals("*" + table))
        .takeWhile(line -> !line.equals("COMMIT"));
  }

  static String tool(Family family) {
    return switch (family) {
      case IPV4 -> "iptables";
      case IPV6 -> "ip6tables";
    };
  }
}
