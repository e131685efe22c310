package dev.hairpin.agent.sighting;

import static java.util.Objects.requireNonNull;

/**
 * A packet in one chain.
 *
 * @param time as the witness has it; empty where it has none
 * @param table {@code nat}
 * @param chain {@code PREROUTING}, or one that a rule jumped to
 * @param input the interface that it came in by; empty for what this host sends
 * @param output the interface that it leaves by; empty while that is not decided
 * @param portIn the port of a bridge that it came in by; empty where that is not said
 * @param portOut the port of a bridge that it leaves by; empty where that is not said
 * @param header as it was there
 */
public record Sighting(
    String time,
    Layer layer,
    String table,
    String chain,
    Event event,
    String input,
    String output,
    String portIn,
    String portOut,
    Header header) {
  public Sighting {
    requireNonNull(time, "time");
    requireNonNull(layer, "layer");
    requireNonNull(table, "table");
    requireNonNull(chain, "chain");
    requireNonNull(event, "event");
    requireNonNull(input, "input");
    requireNonNull(output, "output");
    requireNonNull(portIn, "portIn");
    requireNonNull(portOut, "portOut");
    requireNonNull(header, "header");
  }

  /** Which tables see it. */
  public enum Layer {
    /** ebtables', which see frames between the ports of a bridge. */
    BRIDGE,
    /** iptables' and nftables'. */
    IP
  }

  /** What happened to it in the chain. */
  public sealed interface Event {
    /**
     * A rule matched.
     *
     * @param number its place in the chain; the first is 1
     */
    record Matched(int number) implements Event {}

    /** It came to the end of a chain that was jumped to, and goes on behind the jump. */
    record Returned() implements Event {}

    /** It came to the end of a base chain, whose policy decides. */
    record Policy() implements Event {}

    /** A rule wrote it down, and did nothing else. */
    record Logged() implements Event {}

    /** It went through the chain; the bridge layer says no more. */
    record Passed() implements Event {}
  }

  /** Whether the chain is one that a hook calls, by the names of iptables and ebtables. */
  public boolean isInBaseChain() {
    return switch (chain) {
      case "PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING", "BROUTING" -> true;
      case String other -> false;
    };
  }
}
