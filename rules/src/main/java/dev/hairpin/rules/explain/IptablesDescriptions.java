package dev.hairpin.rules.explain;

import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Table;

/** What each chain of dockerd's in iptables, and each chain that it shares, is for. */
final class IptablesDescriptions {
  /** Since which generation of dockerd's rules the others are seen. */
  private enum Generation {
    /** Up to 27. */
    BEFORE_28,
    V28,
    V29
  }

  private final Generation generation;

  private IptablesDescriptions(Generation generation) {
    this.generation = generation;
  }

  /** Those for one set of rules, whose chains tell its generation. */
  static IptablesDescriptions of(Ruleset rules) {
    boolean has28 = rules.owns(Table.FILTER, "DOCKER-FORWARD");
    boolean has29 = rules.owns(Table.FILTER, "DOCKER-INTERNAL");
    return new IptablesDescriptions(
        has29 ? Generation.V29 : has28 ? Generation.V28 : Generation.BEFORE_28);
  }

  /**
   * A paragraph on one line.
   *
   * @throws IllegalArgumentException if there is nothing to say about this chain
   */
  String of(Table table, String chain) {
    return switch (table) {
      case RAW -> ofRaw(chain);
      case NAT -> ofNat(chain);
      case FILTER -> ofFilter(chain);
      case MANGLE -> ofMangle(chain);
      case SECURITY -> throw unknown(chain);
    };
  }

  private static String ofRaw(String chain) {
    return switch (chain) {
      case "PREROUTING" ->
          "Packets that have just arrived, before anything is known about them and before any"
              + " destination is changed. What is addressed to a container itself was not sent to a"
              + " published port: that still has an address of this host. So it is dropped here,"
              + " unless it comes from the container's own network; and so is what others send to a"
              + " port that is published on a loopback address. Since 28.0; up to 27 a neighbour on"
              + " the same segment could do both.";
      case String other -> throw unknown(other);
    };
  }

  private String ofNat(String chain) {
    return switch (chain) {
      case "PREROUTING" ->
          "Packets that arrive, before the routing decision: the last place where their destination"
              + " can be changed so that they are routed to a container. Those for an address of this"
              + " host are looked up among the published ports, in DOCKER. In every generation.";
      case "OUTPUT" ->
          "Packets from processes of this host, which never pass PREROUTING. Those for an address of"
              + " this host are looked up in DOCKER as well; where there is a userland proxy,"
              + " loopback addresses are left to it, as no reply finds back to 127.0.0.1 from a"
              + " container. In every generation.";
      case "DOCKER" -> publishedPorts();
      case "POSTROUTING" -> sourceNat();
      case String other -> throw unknown(other);
    };
  }

  private String publishedPorts() {
    String ports =
        "The published ports, one rule for each: it sends a connection on to its container (DNAT)."
            + " The nat table is asked about the first packet of a connection only; connection"
            + " tracking does the same with those that follow, and the opposite with replies.";
    return switch (generation) {
      case BEFORE_28, V28 ->
          ports
              + " Where there is a userland proxy, packets from containers go back in front of them"
              + " (RETURN) and reach published ports through it, as what keeps networks apart would"
              + " drop them after DNAT. In every generation; the RETURN rules until 28.";
      case V29 ->
          ports
              + " In every generation. Since 29 containers' packets are sent on as well, but not"
              + " those from the port's own network, which go to the userland proxy.";
    };
  }

  private String sourceNat() {
    String outgoing =
        "Packets that are about to leave. What containers send to elsewhere gets the host's address,"
            + " since nobody outside knows a way back to theirs.";
    return switch (generation) {
      case BEFORE_28 ->
          outgoing
              + " So does what a container sends to its own published port: a reply from its own"
              + " address would be dropped by itself. Up to 27 those rules are there with the"
              + " userland proxy too.";
      case V28, V29 ->
          outgoing
              + " Where there is no userland proxy, so does what a container sends to its own"
              + " published port, which would drop a reply from its own address, and what this host"
              + " sends from 127.0.0.1. In every generation.";
    };
  }

  private String ofFilter(String chain) {
    return switch (chain) {
      case "FORWARD" -> forward();
      case "DOCKER-USER" ->
          "Yours. dockerd makes it when it is missing, asks it before all rules of its own, and never"
              + " changes what is in it; up to 28.2.1 it put a RETURN there. Destinations have been"
              + " changed already when packets come here: the port that a client asked for is matched"
              + " with -m conntrack --ctorigdstport. In every generation.";
      case "DOCKER-FORWARD" ->
          "What dockerd has to say about packets that are forwarded, in one chain: first replies,"
              + " then what keeps networks apart, then packets into networks, and last packets out of"
              + " them. A packet that nothing here decides about goes back to FORWARD. Since 28.0.1.";
      case "DOCKER-CT" ->
          "Packets into networks that belong to connections which were let in, or that a container"
              + " opened. They are most of all packets, and asked about first. Since 28.0.1; up to 27"
              + " these rules are in FORWARD.";
      case "DOCKER-ISOLATION-STAGE-1" -> isolation();
      case "DOCKER-ISOLATION-STAGE-2" ->
          "The second half: what left one network must not enter another. Whatever else it leaves by"
              + " is none of dockerd's business here. Until 28.";
      case "DOCKER-INTERNAL" ->
          "Keeps internal networks to themselves: nothing comes in from other addresses, and nothing"
              + " goes out to them. Since 29, in place of the isolation chains. Other networks are kept"
              + " apart by what DOCKER drops.";
      case "DOCKER-BRIDGE" ->
          "Packets on their way into a network go on in DOCKER. Since 28.0.1, one rule for each"
              + " network; up to 27 these rules are in FORWARD.";
      case "DOCKER" -> openPorts();
      case String other -> throw unknown(other);
    };
  }

  private String forward() {
    return switch (generation) {
      case BEFORE_28 ->
          "Packets that this host passes from one interface to another, after their destination was"
              + " changed. Two jumps come first; then four rules for each network, the newest network"
              + " first: replies go in, other packets are looked up in DOCKER, and members may call"
              + " out and talk to each other. What nobody accepts meets the policy. Since 28.0.1"
              + " there are only two jumps here.";
      case V28, V29 ->
          "Packets that this host passes from one interface to another, after their destination was"
              + " changed. dockerd has two jumps here, to your rules and to its own; up to 27 there"
              + " were four rules for each network. Rules of other programs may be in front of them,"
              + " or behind.";
    };
  }

  private static String isolation() {
    return "Keeps networks apart, whatever is accepted further down. The first half: what leaves a"
        + " network by another interface is looked at again in STAGE-2. Internal networks are cut off"
        + " from everything, here at once. Until 28.";
  }

  private String openPorts() {
    return switch (generation) {
      case BEFORE_28 ->
          "The ports that are open, as packets have them after DNAT: a container's address and its own"
              + " port. Nothing is dropped here; what is not accepted goes back to FORWARD. So up to 27"
              + " unpublished ports are as open as FORWARD's policy leaves them.";
      case V28, V29 ->
          "The ports that are open, as packets have them after DNAT: a container's address and its own"
              + " port. Behind them a rule for each network drops everything else that comes from"
              + " outside it. Since 28.0 that does not depend on FORWARD's policy.";
    };
  }

  private static String ofMangle(String chain) {
    return switch (chain) {
      case "POSTROUTING" ->
          "Packets that are about to leave, where their contents can be changed. Published SCTP ports"
              + " have the checksum of their answers filled in, which a sender may have left to"
              + " hardware that a bridge hasn't got. Until 27.";
      case String other -> throw unknown(other);
    };
  }

  private static IllegalArgumentException unknown(String name) {
    return new IllegalArgumentException("nothing is known of a chain \"" + name + "\"");
  }
}
