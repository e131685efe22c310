package dev.hairpin.agent.control;

import static java.util.Objects.requireNonNull;

/**
 * One rule of ours that the kernel holds.
 *
 * @param tool whose tables it is in, and in whose words it is: {@value #IPTABLES} or {@value #NFT}
 * @param family {@code ip} or {@code ip6}
 * @param table {@code nat}, or the name of one of nftables' own
 * @param chain {@code DOCKER}; empty for a line of nft's that belongs to the table itself, and the
 *     name of a map for one of a map
 * @param rule as iptables-save prints it: {@code -A DOCKER -i docker0 -j RETURN}; a line that
 *     begins with {@code :} declares a chain. Or a line of what {@code nft list table} prints,
 *     without what it is indented by
 * @param reason what it is for, or empty
 * @param publisher whose port it serves, or empty when it serves a network or all
 * @param spec what the person wrote for that port, or empty
 */
public record RuleLine(
    String tool,
    String family,
    String table,
    String chain,
    String rule,
    String reason,
    String publisher,
    String spec) {
  public static final String IPTABLES = "iptables";
  public static final String NFT = "nft";

  public RuleLine {
    requireNonNull(tool, "tool");
    requireNonNull(family, "family");
    requireNonNull(table, "table");
    requireNonNull(chain, "chain");
    requireNonNull(rule, "rule");
    requireNonNull(reason, "reason");
    requireNonNull(publisher, "publisher");
    requireNonNull(spec, "spec");
  }
}
