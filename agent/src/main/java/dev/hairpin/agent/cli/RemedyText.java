package dev.hairpin.agent.cli;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.walk.Whose;
import dev.hairpin.agent.wording.Language;
import dev.hairpin.agent.wording.Wording;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.trace.Hop;
import dev.hairpin.rules.trace.Packet;
import dev.hairpin.rules.trace.Place;
import dev.hairpin.rules.trace.Trace;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;

/**
 * Prints what lets a packet through that a rule has stopped, and under each sentence the command.
 * It depends on whose rule it is: what another program writes is changed with that program, and
 * what one table drops no other can save.
 */
final class RemedyText {
  private static final int WIDTH = 80;
  private static final String SENTENCE = "   ";
  private static final String COMMAND = "      ";
  private static final String USERS_CHAIN = "DOCKER-USER";

  private final PrintWriter out;
  private final Wording wording;
  private final Tables tables;

  /**
   * @param tables that the packets meet
   */
  RemedyText(PrintWriter out, Language language, Tables tables) {
    this.out = out;
    this.wording = Wording.of("walk", language);
    this.tables = requireNonNull(tables, "tables");
  }

  private record Advice(String sentence, Optional<String> command) {}

  private Advice advice(String key) {
    return new Advice(wording.say("remedy." + key), Optional.empty());
  }

  private Advice advice(String key, String command) {
    return new Advice(wording.say("remedy." + key), Optional.of(command));
  }

  /** Nothing for a packet that no rule has stopped. */
  void print(Trace trace) {
    for (Advice advice : advice(trace)) {
      Wrapped.print(out, advice.sentence(), SENTENCE, WIDTH);
      advice.command().ifPresent(command -> out.println(COMMAND + Printable.line(command)));
    }
  }

  private List<Advice> advice(Trace trace) {
    return switch (trace.verdict()) {
      case Trace.Verdict.Dropped(Place at, Optional<Rule> rule) -> advice(trace, at, rule);
      case Trace.Verdict.Rejected(Place at, Rule rule) -> advice(trace, at, Optional.of(rule));
      case Trace.Verdict.Delivered delivered -> List.of();
      case Trace.Verdict.Forwarded forwarded -> List.of();
      case Trace.Verdict.Unroutable unroutable -> List.of();
      case Trace.Verdict.Unknown unknown -> List.of();
    };
  }

  private List<Advice> advice(Trace trace, Place at, Optional<Rule> rule) {
    Stopped stopped =
        new Stopped(
            trace.last(),
            trace.hops().isEmpty() ? Optional.empty() : Optional.of(trace.hops().getLast()),
            at,
            rule);
    return switch (at) {
      case Place.Iptables(Table table, String chain) -> inIptables(stopped, table, "");
      case Place.Legacy(Table table, String chain) -> inIptables(stopped, table, "-legacy");
      case Place.Nftables(String table, String chain) ->
          inNftables(stopped, family(table) + " " + table + " " + chain);
      case Place.Bridge(String table, String chain) ->
          List.of(letIn(stopped, "bridge " + table + " " + chain));
    };
  }

  /** A packet, where it went no further, and by which rule; empty for a policy. */
  private record Stopped(Packet packet, Optional<Hop> hop, Place at, Optional<Rule> rule) {
    Whose whose() {
      return Whose.of(at, rule.map(Rule::reason).orElse(Reason.UNKNOWN));
    }

    boolean isAt(Hook hook) {
      return hop.map(Hop::hook).filter(hook::equals).isPresent();
    }

    /** As iptables writes it. */
    String match() {
      return "-d "
          + packet.destination()
          + switch (packet.payload()) {
            case Packet.Payload.Segment(var protocol, int from, int to) ->
                " -p " + protocol.keyword() + " --dport " + to;
            case Packet.Payload.Ping() -> " -p " + icmp();
          };
    }

    /** As nft writes it. */
    String nftMatch() {
      return packet.destination().family().keyword()
          + " daddr "
          + packet.destination()
          + switch (packet.payload()) {
            case Packet.Payload.Segment(var protocol, int from, int to) ->
                " " + protocol.keyword() + " dport " + to;
            case Packet.Payload.Ping() -> " meta l4proto " + icmp();
          };
    }

    private String icmp() {
      return switch (packet.destination().family()) {
        case IPV4 -> "icmp";
        case IPV6 -> "ipv6-icmp";
      };
    }
  }

  private List<Advice> inIptables(Stopped stopped, Table table, String kind) {
    String tool =
        switch (tables.family()) {
              case IPV4 -> "iptables";
              case IPV6 -> "ip6tables";
            }
            + kind;
    boolean canUsersChainHelp =
        table == Table.FILTER
            && kind.isEmpty()
            && stopped.isAt(Hook.FORWARD)
            && tables.chain(Table.FILTER, USERS_CHAIN).isPresent();
    String inFront =
        front(tool, table, canUsersChainHelp ? USERS_CHAIN : stopped.at().chain())
            + " "
            + stopped.match()
            + " -j ACCEPT";
    return switch (stopped.whose()) {
      case USER ->
          List.of(
              advice("let-in-all-the-same", inFront),
              advice(
                  "take-away",
                  tool
                      + " -D "
                      + USERS_CHAIN
                      + stopped.rule().map(rule -> " " + IptablesText.line(rule)).orElse("")));
      case HAIRPIN, DOCKER ->
          canUsersChainHelp
              ? List.of(advice("on-purpose"), advice("exception", inFront))
              : List.of(advice("too-early"));
      case UFW -> List.of(advice("let-in", ufw(stopped)));
      case FIREWALLD -> firewalld(stopped);
      case LIBVIRT, KUBE_PROXY, CALICO, CONTAINER_NETWORKS, FAIL2BAN, UNKNOWN ->
          canUsersChainHelp
              ? List.of(advice("let-in", inFront))
              : List.of(
                  advice("let-in", inFront),
                  advice(
                      "answers",
                      front(tool, table, stopped.at().chain())
                          + " -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"));
    };
  }

  private static String front(String tool, Table table, String chain) {
    return tool + (table == Table.FILTER ? "" : " -t " + table.keyword()) + " -I " + chain;
  }

  private List<Advice> inNftables(Stopped stopped, String chain) {
    return switch (stopped.whose()) {
      case HAIRPIN -> List.of(advice("on-purpose"), advice("nobody-else"));
      case DOCKER -> List.of(advice("on-purpose"), unlessMarked());
      case FIREWALLD -> firewalld(stopped);
      case USER, UFW, LIBVIRT, KUBE_PROXY, CALICO, CONTAINER_NETWORKS, FAIL2BAN, UNKNOWN ->
          List.of(
              advice("nobody-else"),
              letIn(stopped, chain),
              advice(
                  "answers", "nft insert rule " + chain + " ct state established,related accept"));
    };
  }

  private Advice unlessMarked() {
    return new Advice(
        wording.say("remedy.marked", wording.say("remedy.nobody-else")), Optional.empty());
  }

  private Advice letIn(Stopped stopped, String chain) {
    return advice("let-in", "nft insert rule " + chain + " " + stopped.nftMatch() + " accept");
  }

  private static String ufw(Stopped stopped) {
    String direction =
        stopped.isAt(Hook.FORWARD)
            ? "route allow"
            : stopped.isAt(Hook.OUTPUT) ? "allow out" : "allow";
    return switch (stopped.packet().payload()) {
      case Packet.Payload.Segment(var protocol, int from, int to) ->
          "ufw "
              + direction
              + " proto "
              + protocol.keyword()
              + " to "
              + stopped.packet().destination()
              + " port "
              + to;
      // It has no words for pings.
      case Packet.Payload.Ping() -> "editor /etc/ufw/before.rules";
    };
  }

  private List<Advice> firewalld(Stopped stopped) {
    if (stopped.isAt(Hook.FORWARD)) {
      String bridge = stopped.hop().map(Hop::output).orElse("");
      return List.of(
          advice("nobody-else"),
          advice("interface", "firewall-cmd --zone=trusted --change-interface=" + bridge));
    }
    String zone =
        "$(firewall-cmd --get-zone-of-interface=" + stopped.hop().map(Hop::input).orElse("") + ")";
    return List.of(
        advice("nobody-else"),
        advice(
            "zone",
            "firewall-cmd --zone="
                + zone
                + switch (stopped.packet().payload()) {
                  case Packet.Payload.Segment(var protocol, int from, int to) ->
                      " --add-port=" + to + "/" + protocol.keyword();
                  case Packet.Payload.Ping() -> " --remove-icmp-block=echo-request";
                }));
  }

  private String family(String table) {
    Family family = tables.family();
    return tables
        .nftTable(table)
        .map(known -> known.inet() ? "inet" : family.keyword())
        .orElse("inet");
  }
}
