package dev.hairpin.agent.tracing;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.netfilter.Policy;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One thing that nftables did with one packet, as the kernel told it (NFT_MSG_TRACE and enum
 * nft_trace_attributes in linux/netfilter/nf_tables.h; nf_tables_trace.c). iptables-nft's tables
 * are tables of nftables, too.
 *
 * <p>Where the packet comes by, leaves by and what it says of itself is told once for each base
 * chain that it comes to, with the first event from there.
 *
 * @param heardNanos when it was read here, on the clock of {@link System#nanoTime}. Later than it
 *     happened; the order of events is right
 * @param packet the kernel's number for the packet, of 32 bits: made of its place in memory, its
 *     flow and the interface that it came by (nft_trace_init). It is another one as soon as the
 *     packet is received again, from a bridge's port by the bridge itself or on loopback, and later
 *     packets have it, too
 * @param family whose the table is
 * @param hook which family's hook was called: of a table of {@code inet}, the packet's own
 * @param mark that the packet has by now; 0 for none
 * @param input the index of the interface that it came by; empty where it came by none, or that
 *     wasn't told this time
 * @param output the index of the interface that it leaves by; empty as above
 * @param header empty where it wasn't told this time, or isn't IP
 * @param tracked what connection tracking knows of it; empty before Linux 6.16, and where it hasn't
 *     seen the packet (yet)
 */
public record TraceEvent(
    long heardNanos,
    long packet,
    AddressFamily family,
    AddressFamily hook,
    String table,
    String chain,
    Step step,
    int mark,
    OptionalInt input,
    OptionalInt output,
    Optional<PacketHeader> header,
    Optional<Tracked> tracked)
    implements Told {
  public TraceEvent {
    requireNonNull(family, "family");
    requireNonNull(hook, "hook");
    requireNonNull(table, "table");
    requireNonNull(chain, "chain");
    requireNonNull(step, "step");
    requireNonNull(input, "input");
    requireNonNull(output, "output");
    requireNonNull(header, "header");
    requireNonNull(tracked, "tracked");
  }

  /** What was done in the chain. */
  public sealed interface Step {
    /**
     * A rule matched.
     *
     * @param handle the kernel's number for the rule, unique in its table; see {@link RuleHandles}
     */
    record Rule(long handle, Verdict verdict) implements Step {
      public Rule {
        requireNonNull(verdict, "verdict");
      }
    }

    /**
     * There are no more rules in the chain. It goes on behind the rule that jumped here; of a base
     * chain, with its policy, which is told next.
     */
    record EndOfChain() implements Step {}

    /** No rule of a base chain has decided. */
    record AsPolicy(Policy policy) implements Step {
      public AsPolicy {
        requireNonNull(policy, "policy");
      }
    }
  }

  /** What a rule said (enum nft_verdicts; NF_* in linux/netfilter.h). */
  public sealed interface Verdict {
    /** Nothing: it only counted, marked or wrote to a log. The next rule is asked. */
    record Continue() implements Verdict {}

    /** On to the next base chain. */
    record Accept() implements Verdict {}

    record Drop() implements Verdict {}

    /** Back behind the rule that jumped here; of a base chain, on to its policy. */
    record Return() implements Verdict {}

    /** Into a chain, and back behind this rule. */
    record Jump(String chain) implements Verdict {}

    /** Into a chain, and back to where this one was jumped to from. */
    record Goto(String chain) implements Verdict {}

    /**
     * Handed to a program.
     *
     * @param number of the queue that the program reads, 0-65535
     */
    record Queue(int number) implements Verdict {}

    /** Taken off its way by the kernel itself, as by synproxy. */
    record Stolen() implements Verdict {}

    /** One that isn't known here, with the kernel's number for it. */
    record Other(int code) implements Verdict {}
  }

  /**
   * How connection tracking sees a packet.
   *
   * @param connection what {@code conntrack -o id} prints; empty for a packet that isn't tracked on
   *     purpose (raw's NOTRACK)
   * @param isReply whether it goes from the connection's server to its client
   */
  public record Tracked(State state, Optional<Long> connection, boolean isReply) {
    public Tracked {
      requireNonNull(state, "state");
      requireNonNull(connection, "connection");
    }

    /** As {@code ct state} of nftables knows it. */
    public enum State {
      ESTABLISHED,
      RELATED,
      NEW,
      UNTRACKED
    }
  }
}
