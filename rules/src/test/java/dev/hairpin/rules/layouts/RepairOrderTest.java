package dev.hairpin.rules.layouts;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.Layout;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.FirewallOptions;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.Member;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.plan.Change;
import dev.hairpin.rules.plan.NftChange;
import dev.hairpin.rules.plan.Plan;
import dev.hairpin.rules.trace.Host;
import dev.hairpin.rules.trace.Packet;
import dev.hairpin.rules.trace.PacketTracer;
import dev.hairpin.rules.trace.Trace.Verdict;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * All rules are lost and come back, one transaction after the other: each of iptables' tables is
 * one. A neighbour on the host's own network tries what only the host should reach.
 *
 * <p>Address plan: container c1 is 172.17.0.2 on docker0, the host 198.51.100.1, its neighbour
 * 198.51.100.7.
 */
class RepairOrderTest {
  private static final IpAddress C1 = IpAddress.parse("172.17.0.2");
  private static final IpAddress HOST = IpAddress.parse("198.51.100.1");
  private static final IpAddress NEIGHBOUR = IpAddress.parse("198.51.100.7");
  private static final IpAddress LOOPBACK = IpAddress.parse("127.0.0.1");
  private static final Host WORLD =
      new Host(
              List.of(
                  new Host.Interface("eth0", List.of(HOST)),
                  new Host.Interface("docker0", List.of(IpAddress.parse("172.17.0.1")))),
              List.of(
                  new Host.Route(IpPrefix.parse("198.51.100.0/24"), "eth0"),
                  new Host.Route(IpPrefix.parse("172.17.0.0/16"), "docker0")))
          .withLoopbackPassing(Set.of("docker0"));

  private static final Packet TO_PUBLISHED =
      Packet.arriving("eth0", Protocol.TCP, NEIGHBOUR, HOST, 8080);
  private static final Packet TO_LOOPBACK =
      Packet.arriving("eth0", Protocol.TCP, NEIGHBOUR, LOOPBACK, 8081);
  private static final Packet TO_CONTAINER =
      Packet.arriving("eth0", Protocol.TCP, NEIGHBOUR, C1, 80);

  /** Whose rules keep a neighbour out of what is published on 127.0.0.1. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "DOCKER20")
  void whatIsPublishedOnLoopbackIsNeverOpenToANeighbourMeanwhile(LayoutName layout) {
    for (ProxyMode mode : ProxyMode.values()) {
      List<Tables> states = repairOf(layout.layout(), mode);

      assertThat(states).as("transactions of %s", layout).hasSizeGreaterThan(1);
      assertThat(states).allMatch(tables -> !isSentOn(tables, TO_LOOPBACK));
    }
  }

  /** Before that it is open because the rules are lost, and not because we come. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "DOCKER20")
  void oncePublishedPortsAreSentOnNoContainerIsReachedDirectly(LayoutName layout) {
    for (ProxyMode mode : ProxyMode.values()) {
      List<Tables> states = repairOf(layout.layout(), mode);

      assertThat(isSentOn(states.getFirst(), TO_PUBLISHED)).isFalse();
      assertThat(isSentOn(states.getLast(), TO_PUBLISHED)).isTrue();
      assertThat(states)
          .filteredOn(tables -> isSentOn(tables, TO_PUBLISHED))
          .allMatch(tables -> !isSentOn(tables, TO_CONTAINER));
    }
  }

  /** What is in force at first, and after each transaction. */
  private static List<Tables> repairOf(Layout layout, ProxyMode mode) {
    Ruleset rules = layout.rulesFor(state(mode), Family.IPV4);
    Tables lost = Tables.empty(Family.IPV4);
    Plan repair = Plan.between(lost, rules, rules);
    List<Tables> states = new ArrayList<>(List.of(lost));
    List<Change> done = new ArrayList<>();
    for (List<Change> transaction : transactions(repair)) {
      done.addAll(transaction);
      states.add(new Plan(done).appliedTo(lost));
    }
    return states;
  }

  private static List<List<Change>> transactions(Plan plan) {
    return List.copyOf(
        plan.changes().stream()
            .collect(
                groupingBy(
                    change ->
                        switch (change) {
                          case Change.OfIptables iptables -> iptables.table().keyword();
                          case NftChange nftables -> "nftables";
                        },
                    LinkedHashMap::new,
                    toList()))
            .values());
  }

  private static boolean isSentOn(Tables tables, Packet packet) {
    return new PacketTracer(tables, WORLD).trace(packet).verdict()
            instanceof Verdict.Forwarded(IpAddress to, int port, String by)
        && to.equals(C1);
  }

  private static DesiredState state(ProxyMode mode) {
    BridgeNetwork network = BridgeNetwork.of("bridge", "docker0", IpPrefix.parse("172.17.0.0/16"));
    Publisher publisher = new Publisher.Container("1111", "c1");
    return new DesiredState(
        List.of(network),
        List.of(new Member(publisher, "docker0", List.of(C1))),
        List.of(
            published(IpAddress.parse("0.0.0.0"), 8080, publisher),
            published(LOOPBACK, 8081, publisher)),
        List.of(),
        List.of(),
        FirewallOptions.of(mode, Set.of(Family.IPV4), Set.of()));
  }

  private static PortBinding published(IpAddress address, int port, Publisher publisher) {
    return new PortBinding(
        new HostPort(Protocol.TCP, address, port), C1, 80, publisher, port + ":80");
  }
}
