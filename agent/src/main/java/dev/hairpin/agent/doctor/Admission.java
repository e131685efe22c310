package dev.hairpin.agent.doctor;

import static dev.hairpin.agent.doctor.Remedies.run;
import static dev.hairpin.agent.doctor.Remedies.tool;

import dev.hairpin.agent.walk.Whose;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.trace.Packet;
import dev.hairpin.rules.trace.Place;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What lets a packet pass what somebody else wrote. It depends on who that is: what another program
 * writes is changed with that program, or it comes back.
 */
final class Admission {
  private Admission() {}

  /**
   * What lets a packet pass a rule of somebody else's.
   *
   * @param met the packet as it met the rule
   */
  static List<Remedy> past(Tables tables, Whose whose, Place at, Rule rule, MetPacket met) {
    return owner(whose, met).orElseGet(() -> withOwner(removal(tables, at, rule, met), whose));
  }

  /** What lets a packet pass a chain whose policy drops it. */
  static List<Remedy> pastPolicy(Tables tables, Whose whose, Place at, MetPacket met) {
    return owner(whose, met).orElseGet(() -> withOwner(acceptance(tables, at, met), whose));
  }

  /** With the program that has a word for it. */
  private static Optional<List<Remedy>> owner(Whose whose, MetPacket met) {
    return switch (whose) {
      // It lets answers pass by itself.
      case UFW -> met.isRequest() ? Optional.of(List.of(ufw(met))) : Optional.empty();
      case FIREWALLD ->
          Optional.of(
              List.of(run("firewall-cmd", "--zone=trusted", "--change-interface=" + met.bridge())));
      case USER, DOCKER, HAIRPIN, UNKNOWN -> Optional.empty();
      case LIBVIRT, KUBE_PROXY, CALICO, CONTAINER_NETWORKS, FAIL2BAN -> Optional.empty();
    };
  }

  private static List<Remedy> withOwner(List<Remedy> remedies, Whose whose) {
    return switch (whose) {
      case LIBVIRT, KUBE_PROXY, CALICO, CONTAINER_NETWORKS, FAIL2BAN ->
          Stream.concat(
                  remedies.stream(),
                  Stream.of(Remedies.byHand(Remedy.ByHand.CHANGE_AT_OWNER, whose.name())))
              .toList();
      case UFW, FIREWALLD, USER, DOCKER, HAIRPIN, UNKNOWN -> remedies;
    };
  }

  /** As often as it is there. */
  private static List<Remedy> removal(Tables tables, Place at, Rule rule, MetPacket met) {
    return switch (at) {
      case Place.Iptables(Table table, String chain) ->
          Collections.nCopies(
              Math.max(1, Collections.frequency(tables.rules(table, chain), rule)),
              deletion(tables.family(), "", table, chain, rule));
      case Place.Legacy(Table table, String chain) ->
          List.of(deletion(tables.family(), "-legacy", table, chain, rule));
      case Place.Nftables(String table, String chain) when LegacyTables.of(table).isPresent() ->
          List.of(deletion(tables.family(), "-legacy", LegacyTables.of(table).get(), chain, rule));
      case Place.Nftables(String table, String chain) -> letIn(tables, table, chain, met);
      case Place.Bridge bridge -> List.of();
    };
  }

  /** What comes for this host's own sockets is let in by itself: the policy guards the others. */
  private static List<Remedy> acceptance(Tables tables, Place at, MetPacket met) {
    return switch (at) {
      case Place.Iptables(Table table, String chain) ->
          List.of(acceptance(tables.family(), table, chain, met));
      case Place.Nftables(String table, String chain) when LegacyTables.of(table).isPresent() ->
          List.of(
              run(
                  tool(tables.family()) + "-legacy",
                  "-t",
                  LegacyTables.of(table).get().keyword(),
                  "-P",
                  chain,
                  "ACCEPT"));
      case Place.Nftables(String table, String chain) -> letIn(tables, table, chain, met);
      case Place.Bridge bridge -> List.of();
      case Place.Legacy legacy -> List.of();
    };
  }

  private static Remedy acceptance(Family family, Table table, String chain, MetPacket met) {
    if (!met.isRequest()) {
      return run(
          tool(family),
          "-t",
          table.keyword(),
          "-I",
          chain,
          "-m",
          "conntrack",
          "--ctstate",
          "RELATED,ESTABLISHED",
          "-j",
          "ACCEPT");
    }
    return met.isAtInput()
        ? letIn(family, table, chain, met.packet())
        : run(tool(family), "-t", table.keyword(), "-P", chain, "ACCEPT");
  }

  private static Remedy letIn(Family family, Table table, String chain, Packet packet) {
    return run(
        tool(family),
        "-t",
        table.keyword(),
        "-I",
        chain,
        "-d",
        packet.destination().toString(),
        "-p",
        packet.protocol().map(protocol -> protocol.keyword()).orElse("all"),
        "--dport",
        Integer.toString(packet.destinationPort()),
        "-j",
        "ACCEPT");
  }

  private static Remedy deletion(Family family, String kind, Table table, String chain, Rule rule) {
    List<String> argv = new ArrayList<>();
    argv.add(tool(family) + kind);
    if (table != Table.FILTER) {
      argv.addAll(List.of("-t", table.keyword()));
    }
    argv.addAll(List.of("-D", chain));
    argv.addAll(Remedies.words(rule));
    return new Remedy.Run(argv, false);
  }

  /** A rule of nftables' goes by its number, which saved rules don't tell. */
  private static List<Remedy> letIn(Tables tables, String table, String chain, MetPacket met) {
    List<String> place =
        List.of("nft", "insert", "rule", RuleLine.family(tables, table), table, chain);
    Packet packet = met.packet();
    Remedy answers = nft(place, "ct", "state", "established,related", "accept");
    if (packet.protocol().isEmpty() || !met.isRequest()) {
      return List.of(answers);
    }
    Remedy requests =
        nft(
            place,
            packet.destination().family().keyword(),
            "daddr",
            packet.destination().toString(),
            packet.protocol().get().keyword(),
            "dport",
            Integer.toString(packet.destinationPort()),
            "accept");
    return List.of(requests, answers);
  }

  private static Remedy nft(List<String> place, String... rule) {
    return new Remedy.Run(Stream.concat(place.stream(), Stream.of(rule)).toList(), false);
  }

  /** What is sent on needs a rule of {@code ufw route}, what is for this host none. */
  private static Remedy ufw(MetPacket met) {
    Packet packet = met.packet();
    List<String> kind =
        switch (met.hook()) {
          case INPUT -> List.of("ufw", "allow");
          case OUTPUT -> List.of("ufw", "allow", "out");
          case PREROUTING, FORWARD, POSTROUTING -> List.of("ufw", "route", "allow");
        };
    List<String> what =
        List.of(
            "proto",
            packet.protocol().map(protocol -> protocol.keyword()).orElse("any"),
            "to",
            packet.destination().toString(),
            "port",
            Integer.toString(packet.destinationPort()));
    return new Remedy.Run(Stream.concat(kind.stream(), what.stream()).toList(), false);
  }
}
