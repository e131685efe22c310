package dev.hairpin.rules.explain;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.netfilter.Ruleset;
import java.util.List;
import java.util.stream.Stream;

/**
 * One family's rules, to be read from the beginning: chains in the order in which a packet comes to
 * them, and each followed by those that it jumps to.
 *
 * @param family whose packets meet these rules
 */
public record RuleDocument(Family family, List<Chapter> chapters) {
  public RuleDocument {
    requireNonNull(family, "family");
    chapters = List.copyOf(chapters);
  }

  /**
   * About one chain, or one map of nftables'.
   *
   * @param table {@code filter}, or {@code table ip docker-bridges}
   * @param name the chain's, with a word in front if it is a map
   * @param description a paragraph on one line: what it is for, and since which engine it is there
   * @param lines in the words of the tool that prints them
   */
  public record Chapter(String table, String name, String description, List<Line> lines) {
    public Chapter {
      requireNonNull(table, "table");
      requireNonNull(name, "name");
      requireNonNull(description, "description");
      lines = List.copyOf(lines);
    }
  }

  /**
   * A rule, or what else a chain has.
   *
   * @param text as iptables or nft writes it
   * @param reason why it is there
   */
  public record Line(String text, Reason reason) {
    public Line {
      requireNonNull(text, "text");
      requireNonNull(reason, "reason");
    }
  }

  /** Rules with their reasons, as a layout makes them. */
  public static RuleDocument of(Ruleset rules) {
    return new RuleDocument(
        rules.family(),
        Stream.concat(
                new IptablesChapters(rules).all().stream(),
                rules.nftTables().stream().flatMap(RuleDocument::chapters))
            .toList());
  }

  private static Stream<Chapter> chapters(NftTable table) {
    return new NftChapters(table).all().stream();
  }
}
