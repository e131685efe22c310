package dev.hairpin.agent.tracing;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

import dev.hairpin.agent.tracing.TraceFilter.Flow;
import dev.hairpin.agent.tracing.TraceFilter.Service;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A table that has the packets of a filter traced, as a script for nft, and for bridges another of
 * the same name.
 *
 * <p>A packet is looked at twice at each place where it may come from. The first time, before any
 * other program's rules, it is known by its own header. The second time it is known by the
 * connection that it belongs to: an answer of a container says nothing of the port that the client
 * asked, nor does an error that ICMP reports. Where it ends it is looked at once more: by then nat
 * has done all that it does.
 */
final class TraceScript {
  static final String TRACING = "tracing";
  static final String TRACED = "traced";
  static final String PASSED_OVER = "passed-over";

  /** The last chains that a packet comes to, in which it is as its receiver gets it. */
  static final String DELIVERED = "delivered";

  static final String LEFT = "left";

  /**
   * Before all that iptables does (raw is at -300), and behind where fragments are put together
   * (NF_IP_PRI_CONNTRACK_DEFRAG is -400), so that each has its ports.
   */
  private static final int BEFORE_RAW = -399;

  /** The first place where the kernel knows connections (NF_IP_PRI_CONNTRACK is -200). */
  private static final int BEHIND_TRACKING = -199;

  /** Behind everybody's chains, and before the kernel takes up the connection (INT_MAX). */
  private static final int LAST = Integer.MAX_VALUE - 1;

  private static final String TRACE = " goto " + TRACING;

  private final TraceFilter filter;
  private final List<String> lines = new ArrayList<>();

  private TraceScript(TraceFilter filter) {
    this.filter = requireNonNull(filter, "filter");
  }

  /**
   * Writes the script.
   *
   * @param table its name
   */
  static String of(TraceFilter filter, String table) {
    TraceScript script = new TraceScript(filter);
    script.addTable("inet", table, script::addIpChains);
    switch (filter.layers()) {
      case IP -> {}
      case IP_AND_BRIDGE -> script.addTable("bridge", table, script::addBridgeChains);
    }
    return String.join("\n", script.lines) + "\n";
  }

  private void addTable(String family, String table, Runnable addChains) {
    lines.add("table " + family + " " + table + " {");
    // One more a day: nothing in nftables stops at a number of packets for good.
    lines.add("\tlimit most-packets {");
    lines.add("\t\trate 1/day burst " + filter.packets() + " packets");
    lines.add("\t}");
    for (String counter : List.of(TRACED, PASSED_OVER)) {
      lines.add("\tcounter " + counter + " {");
      lines.add("\t}");
    }
    lines.add("\tchain " + TRACING + " {");
    // No other table hears of an accept, and here it saves events about our own chains.
    lines.add(
        "\t\tlimit name \"most-packets\" counter name \""
            + TRACED
            + "\" meta nftrace set 1 accept");
    lines.add("\t\tcounter name \"" + PASSED_OVER + "\" accept");
    lines.add("\t}");
    addChains.run();
    lines.add("}");
  }

  private void addIpChains() {
    for (String hook : List.of("prerouting", "output")) {
      addChain(hook, hook, BEFORE_RAW, byHeader());
      addChain(hook + "-tracked", hook, BEHIND_TRACKING, byConnection());
    }
    // That of a chain without rules is told, too: its policy.
    addChain(DELIVERED, "input", LAST, Stream.of());
    addChain(LEFT, "postrouting", LAST, Stream.of());
  }

  /** A packet that comes by a port of a bridge is known before anything is done to it. */
  private void addBridgeChains() {
    for (BridgePlace place : BridgePlace.values()) {
      addChain(
          place.chain(),
          place.hook().name().toLowerCase(Locale.ROOT),
          place.priority(),
          place == BridgePlace.BROUTE_BROUTING ? byHeader() : Stream.of());
    }
  }

  private void addChain(String name, String hook, int priority, Stream<String> rules) {
    lines.add("\tchain " + name + " {");
    lines.add("\t\ttype filter hook " + hook + " priority " + priority + "; policy accept;");
    rules.forEach(rule -> lines.add("\t\t" + rule));
    lines.add("\t}");
  }

  private Stream<String> byHeader() {
    return allHeaders().map(match -> match + TRACE);
  }

  /** What was known by its header is traced already, and must not count twice. */
  private Stream<String> byConnection() {
    return Stream.concat(
        allHeaders().map(match -> match + " accept"),
        filter.flows().stream().flatMap(TraceScript::connections).map(match -> match + TRACE));
  }

  private Stream<String> allHeaders() {
    return filter.flows().stream().flatMap(TraceScript::headers);
  }

  /** What is true of a flow's packets from client to server, and of its answers. */
  private static Stream<String> headers(Flow flow) {
    return switch (flow.service()) {
      case Service.Ports(Protocol protocol, var ports) ->
          Stream.of(
              words(
                  Stream.of(
                      address("saddr", flow.client()),
                      address("daddr", flow.server()),
                      clientPort(flow, protocol.keyword() + " sport "),
                      Optional.of(protocol.keyword() + " dport " + ports))),
              words(
                  Stream.of(
                      address("saddr", flow.server()),
                      address("daddr", flow.client()),
                      clientPort(flow, protocol.keyword() + " dport "),
                      Optional.of(protocol.keyword() + " sport " + ports))));
      case Service.Ping() -> flow.families().stream().flatMap(family -> pings(flow, family));
    };
  }

  private static Stream<String> pings(Flow flow, Family family) {
    String icmp =
        switch (family) {
          case IPV4 -> "icmp";
          case IPV6 -> "icmpv6";
        };
    return Stream.of(
        words(
            Stream.of(
                address("saddr", flow.client()),
                address("daddr", flow.server()),
                Optional.of(icmp + " type echo-request"))),
        words(
            Stream.of(
                address("saddr", flow.server()),
                address("daddr", flow.client()),
                Optional.of(icmp + " type echo-reply"))));
  }

  /**
   * What is true of packets by the connection that they belong to, as its client made it: answers
   * of a server that the client doesn't know of, and ICMP's errors.
   */
  private static Stream<String> connections(Flow flow) {
    return switch (flow.service()) {
      case Service.Ports(Protocol protocol, var ports) ->
          Stream.concat(
              Stream.of(connection(flow, "meta l4proto " + protocol.keyword(), ports)),
              flow.families().stream()
                  .map(family ->
                      connection(
                          flow,
                          "meta l4proto " + icmp(family) + " ct protocol " + protocol.keyword(),
                          ports)));
      case Service.Ping() ->
          flow.families().stream()
              .map(family ->
                  words(
                      Stream.of(
                          original("saddr", flow.client()),
                          original("daddr", flow.server()),
                          Optional.of("ct protocol " + icmp(family)))));
    };
  }

  /**
   * What is true of a connection.
   *
   * @param protocol of the packet, and where it differs that of the connection: nft 1.0.6 takes a
   *     connection's port only behind a match for the packet's own protocol
   */
  private static String connection(Flow flow, String protocol, PortRange ports) {
    return words(
        Stream.of(
            original("saddr", flow.client()),
            original("daddr", flow.server()),
            Optional.of(protocol),
            clientPort(flow, "ct original proto-src "),
            Optional.of("ct original proto-dst " + ports)));
  }

  /** The protocol's own name, which in nft isn't that of its header. */
  private static String icmp(Family family) {
    return switch (family) {
      case IPV4 -> "icmp";
      case IPV6 -> "ipv6-icmp";
    };
  }

  private static Optional<String> clientPort(Flow flow, String field) {
    return flow.clientPort().stream().mapToObj(port -> field + port).findFirst();
  }

  private static Optional<String> original(String field, Optional<IpPrefix> prefix) {
    return address(field, prefix).map(match -> "ct original " + match);
  }

  /** A single address without a length, as nft prints it. */
  private static Optional<String> address(String field, Optional<IpPrefix> prefix) {
    return prefix.map(addresses -> {
      Family family = addresses.family();
      boolean isSingle = addresses.length() == family.addressBits();
      return family.keyword() + " " + field + " " + (isSingle ? addresses.first() : addresses);
    });
  }

  /** Those that are there. */
  private static String words(Stream<Optional<String>> parts) {
    return parts.flatMap(Optional::stream).collect(joining(" "));
  }
}
