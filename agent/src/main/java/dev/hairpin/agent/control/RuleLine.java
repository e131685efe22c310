package dev.hairpin.agent.control;

import static java.util.Objects.requireNonNull;

/**
 * One rule of ours that the kernel holds.
 *
 * @param family {@code ip} or {@code ip6}
 * @param table {@code nat}
 * @param chain {@code DOCKER}
 * @param rule as iptables-save prints it: {@code -A DOCKER -i docker0 -j RETURN}; a line that
 *     begins with {@code :} declares a chain
 * @param reason what it is for, or empty
 * @param publisher whose port it serves, or empty when it serves a network or all
 * @param spec what the person wrote for that port, or empty
 */
public record RuleLine(
    String family,
    String table,
    String chain,
    String rule,
    String reason,
    String publisher,
    String spec) {
  public RuleLine {
    requireNonNull(family, "family");
    requireNonNull(table, "table");
    requireNonNull(chain, "chain");
    requireNonNull(rule, "rule");
    requireNonNull(reason, "reason");
    requireNonNull(publisher, "publisher");
    requireNonNull(spec, "spec");
  }
}
