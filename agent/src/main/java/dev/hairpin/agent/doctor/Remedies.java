package dev.hairpin.agent.doctor;

import dev.hairpin.agent.walk.Whose;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.NftTable;
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
 * What mends something. It depends on whose it is: what another program writes is changed with that
 * program, or it comes back.
 */
final class Remedies {
  private Remedies() {}

  static Remedy byHand(String key, String... parts) {
    return new Remedy.ByHand(key, List.of(parts));
  }

  static Remedy safely(String... argv) {
    return new Remedy.Run(List.of(argv), true);
  }

  static Remedy run(String... argv) {
    return new Remedy.Run(List.of(argv), false);
  }

  /** A command inside of a container or namespace. */
  static Remedy inside(Publisher publisher, Evidence evidence, String... argv) {
    Inside inside = evidence.insides().getOrDefault(publisher.name(), Inside.UNKNOWN);
    List<String> entering =
        switch (publisher) {
          case Publisher.Namespace(String name) -> List.of("ip", "netns", "exec", name);
          case Publisher.Container(String id, String name) ->
              inside
                  .namespace()
                  .map(file -> List.of("nsenter", "--net=" + file))
                  .orElse(List.of("docker", "exec", "--privileged", name));
          case Publisher.StandIn standIn ->
              inside.namespace().map(file -> List.of("nsenter", "--net=" + file)).orElse(List.of());
        };
    return new Remedy.Run(Stream.concat(entering.stream(), Stream.of(argv)).toList(), false);
  }

  static Remedy sysctl(String setting) {
    return safely("sysctl", "-w", setting + "=1");
  }

  /**
   * What lets a packet pass a rule of somebody else's.
   *
   * @param met the packet as it met the rule
   */
  static List<Remedy> passing(Tables tables, Whose whose, Place at, Rule rule, MetPacket met) {
    return owner(whose, met).orElseGet(() -> withOwner(removal(tables, at, rule, met), whose));
  }

  /** What lets a packet pass a chain whose policy drops it. */
  static List<Remedy> passingPolicy(Tables tables, Whose whose, Place at, MetPacket met) {
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
                  remedies.stream(), Stream.of(byHand(Remedy.ByHand.CHANGE_AT_OWNER, whose.name())))
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
    argv.addAll(words(rule));
    return new Remedy.Run(argv, false);
  }

  /**
   * A rule of the publisher's put back.
   *
   * @param place in its chain, the first is 1; 0 for behind all others
   */
  static Remedy insertion(Family family, Place.Iptables at, int place, Rule rule) {
    List<String> argv = new ArrayList<>(List.of(tool(family), "-t", at.table().keyword()));
    argv.addAll(
        place == 0
            ? List.of("-A", at.chain())
            : List.of("-I", at.chain(), Integer.toString(place)));
    argv.addAll(words(rule));
    return new Remedy.Run(argv, true);
  }

  /** As iptables takes them. */
  static List<String> words(Rule rule) {
    return ShellWords.split(IptablesText.line(rule));
  }

  static String tool(Family family) {
    return switch (family) {
      case IPV4 -> "iptables";
      case IPV6 -> "ip6tables";
    };
  }

  /** A rule of nftables' goes by its number, which saved rules don't tell. */
  private static List<Remedy> letIn(Tables tables, String table, String chain, MetPacket met) {
    List<String> place =
        List.of(
            "nft",
            "insert",
            "rule",
            tables.nftTable(table).map(NftTable::familyKeyword).orElse("inet"),
            table,
            chain);
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
