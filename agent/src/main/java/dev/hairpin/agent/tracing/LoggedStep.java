package dev.hairpin.agent.tracing;

import static java.util.Objects.requireNonNull;

import java.util.OptionalInt;

/**
 * One thing that iptables-legacy did with one packet. Its tables are none of nftables', and tell of
 * traced packets by the kernel's log: {@code TRACE: nat:PREROUTING:rule:1 } (x_tables, trace_packet
 * in ip_tables.c). Which packet it is only its header says.
 *
 * @param family {@link AddressFamily#IP} or {@link AddressFamily#IP6}
 * @param table {@code nat}
 * @param number of the rule in its chain, from 1 on; behind the last at the end of the chain
 * @param mark that the packet has by now; 0 for none
 * @param input the index of the interface that it came by; empty where it came by none
 * @param output the index of the interface that it leaves by; empty while that is not decided
 */
public record LoggedStep(
    long heardNanos,
    AddressFamily family,
    String table,
    String chain,
    Kind kind,
    int number,
    int mark,
    OptionalInt input,
    OptionalInt output,
    PacketHeader header)
    implements Told {
  public LoggedStep {
    requireNonNull(family, "family");
    requireNonNull(table, "table");
    requireNonNull(chain, "chain");
    requireNonNull(kind, "kind");
    requireNonNull(input, "input");
    requireNonNull(output, "output");
    requireNonNull(header, "header");
  }

  /** What was done. */
  public enum Kind {
    /** A rule matched; what it does, the rule itself says. */
    RULE,
    /** A chain came to its end, and it goes on behind the jump. */
    RETURN,
    /** A base chain came to its end, and its policy decides. */
    POLICY
  }
}
