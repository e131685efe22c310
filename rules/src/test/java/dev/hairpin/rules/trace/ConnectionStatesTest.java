package dev.hairpin.rules.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.trace.Trace.Verdict;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What rules know of a packet's connection, and where they don't yet. */
class ConnectionStatesTest {
  private static final IpAddress CLIENT = IpAddress.parse("203.0.113.7");
  private static final IpAddress HOST = IpAddress.parse("198.51.100.1");
  private static final Host WORLD =
      new Host(
          List.of(new Host.Interface("eth0", List.of(HOST))),
          List.of(new Host.Route(IpPrefix.parse("0.0.0.0/0"), "eth0")));
  private static final Packet PACKET = Packet.arriving("eth0", Protocol.TCP, CLIENT, HOST, 80);
  private static final Verdict DELIVERED = new Verdict.Delivered(HOST, 80);

  @Test
  void beforeConnectionsAreTrackedNoPacketIsNew() {
    assertThat(verdict("raw", "PREROUTING", "-m conntrack --ctstate NEW -j DROP"))
        .isEqualTo(DELIVERED);
    assertThat(verdict("mangle", "PREROUTING", "-m conntrack --ctstate NEW -j DROP"))
        .isInstanceOf(Verdict.Dropped.class);
  }

  @Test
  void beforeConnectionsAreTrackedEveryPacketIsInvalid() {
    assertThat(verdict("raw", "PREROUTING", "-m conntrack --ctstate INVALID -j DROP"))
        .isInstanceOf(Verdict.Dropped.class);
    assertThat(verdict("mangle", "PREROUTING", "-m conntrack --ctstate INVALID -j DROP"))
        .isEqualTo(DELIVERED);
  }

  @Test
  void whatComesAroundByLoopbackIsTrackedAlready() {
    Packet own = Packet.sent(Protocol.TCP, HOST, HOST, 80);

    assertThat(trace("raw", "PREROUTING", "-m conntrack --ctstate NEW -j DROP", own).verdict())
        .isInstanceOf(Verdict.Dropped.class);
  }

  @Test
  void aLabelNeedsAConnectionToBePutOn() {
    assertThat(labelledAt(NftChain.Base.RAW)).isEqualTo(DELIVERED);
    assertThat(labelledAt(NftChain.Base.DSTNAT)).isInstanceOf(Verdict.Dropped.class);
  }

  @Test
  void whereThereIsNoConnectionItsLabelIsNotEvenAnotherOne() {
    assertThat(unlabelledAt(NftChain.Base.RAW)).isEqualTo(DELIVERED);
    assertThat(unlabelledAt(NftChain.Base.DSTNAT)).isInstanceOf(Verdict.Dropped.class);
  }

  @Test
  void aConnectionThatIsBoundToTheAddressesItHasWasNotTranslated() {
    assertThat(whenSentOnTo("198.51.100.1:80")).isEqualTo(DELIVERED);
    assertThat(whenSentOnTo("198.51.100.1:81")).isInstanceOf(Verdict.Dropped.class);
  }

  private static Verdict whenSentOnTo(String destination) {
    String rules =
        """
        *nat
        :PREROUTING ACCEPT
        -A PREROUTING -p tcp -j DNAT --to-destination %s
        COMMIT
        *filter
        :INPUT ACCEPT
        -A INPUT -m conntrack --ctstate DNAT -j DROP
        COMMIT
        """
            .formatted(destination);
    return trace(IptablesText.parse(Family.IPV4, rules), PACKET).verdict();
  }

  private static Verdict labelledAt(int priority) {
    return verdict(
        chain(
            "early",
            new NftChain.Base(NftChain.Type.FILTER, Hook.PREROUTING, priority, Policy.ACCEPT),
            Rule.of(List.of(), new Action.LabelConnection(1))),
        chain(
            "late",
            new NftChain.Base(NftChain.Type.FILTER, Hook.INPUT, 0, Policy.ACCEPT),
            Rule.of(List.of(new Match.ConnectionLabel(1)), Action.drop())));
  }

  private static Verdict unlabelledAt(int priority) {
    return verdict(
        chain(
            "early",
            new NftChain.Base(NftChain.Type.FILTER, Hook.PREROUTING, priority, Policy.ACCEPT),
            Rule.of(List.of(Match.not(new Match.ConnectionLabel(1))), Action.drop())));
  }

  private static Verdict verdict(NftChain... chains) {
    NftTable table = new NftTable(Family.IPV4, "t", List.of(), List.of(chains));
    return trace(new Tables(Family.IPV4, List.of(), List.of(table)), PACKET).verdict();
  }

  private static NftChain chain(String name, NftChain.Base base, Rule rule) {
    return new NftChain(name, Optional.of(base), List.of(rule));
  }

  private static Verdict verdict(String table, String chain, String rule) {
    return trace(table, chain, rule, PACKET).verdict();
  }

  private static Trace trace(String table, String chain, String rule, Packet packet) {
    String text = "*%s\n:%s ACCEPT\n-A %s %s\nCOMMIT\n".formatted(table, chain, chain, rule);
    return trace(IptablesText.parse(Family.IPV4, text), packet);
  }

  private static Trace trace(Tables tables, Packet packet) {
    return new PacketTracer(tables, WORLD).trace(packet);
  }
}
