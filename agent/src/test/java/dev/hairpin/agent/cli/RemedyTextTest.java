package dev.hairpin.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.wording.Language;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Action;
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
import java.io.StringWriter;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A packet to a container is stopped, by whoever it may be. */
class RemedyTextTest {
  private static final Tables TABLES =
      IptablesText.parse(
          Family.IPV4,
          """
          *filter
          :INPUT ACCEPT
          :FORWARD DROP
          :OUTPUT ACCEPT
          :DOCKER-USER -
          -A FORWARD -j DOCKER-USER
          -A DOCKER-USER -s 192.0.2.2/32 -j DROP
          COMMIT
          """);
  private static final Packet PACKET =
      Packet.arriving(
          "eth0", Protocol.TCP, IpAddress.parse("192.0.2.2"), IpAddress.parse("172.17.0.2"), 80);
  private static final Rule DROP = Rule.of(List.of(), Action.drop());

  @Test
  void anOwnRuleIsTakenAwayOrPassedOver() {
    assertThat(
            stopped(
                Hook.FORWARD,
                iptables("DOCKER-USER"),
                Optional.of(TABLES.rules(Table.FILTER, "DOCKER-USER").getFirst())))
        .isEqualTo(
            """
               To let this in all the same:
                  iptables -I DOCKER-USER -d 172.17.0.2 -p tcp --dport 80 -j ACCEPT
               To take the rule away:
                  iptables -D DOCKER-USER -s 192.0.2.2/32 -j DROP
            """);
  }

  @Test
  void whatAPolicyDropsIsLetInByAnOwnRule() {
    assertThat(stopped(Hook.FORWARD, iptables("FORWARD"), Optional.empty()))
        .isEqualTo(
            """
               To let this in:
                  iptables -I DOCKER-USER -d 172.17.0.2 -p tcp --dport 80 -j ACCEPT
            """);
  }

  @Test
  void whatIsClosedOnPurposeIsPublished() {
    Rule ours = Rule.rule(Reason.of("it is so")).then(Action.drop());

    assertThat(stopped(Hook.FORWARD, iptables("DOCKER-ISOLATION-STAGE-2"), Optional.of(ours)))
        .isEqualTo(
            """
               Unpublished ports and other networks are closed on purpose: publish the port,
               or attach both to one network.
               An exception of your own:
                  iptables -I DOCKER-USER -d 172.17.0.2 -p tcp --dport 80 -j ACCEPT
            """);
    assertThat(
            stopped(
                Hook.PREROUTING, new Place.Iptables(Table.RAW, "PREROUTING"), Optional.of(ours)))
        .isEqualTo(
            """
               DOCKER-USER is not asked before this. Ask for a published port at an address
               of this host.
            """);
  }

  @Test
  void anotherTableIsChangedItself() {
    assertThat(stopped(Hook.FORWARD, new Place.Nftables("mine", "forward"), Optional.of(DROP)))
        .isEqualTo(
            """
               Each table decides for itself, and one that drops is enough: accepting it
               elsewhere, such as in DOCKER-USER, does not help.
               To let this in:
                  nft insert rule inet mine forward ip daddr 172.17.0.2 tcp dport 80 accept
               And answers:
                  nft insert rule inet mine forward ct state established,related accept
            """);
  }

  @Test
  void otherProgramsAreAskedInTheirOwnWords() {
    assertThat(stopped(Hook.FORWARD, iptables("ufw-reject-forward"), Optional.of(DROP)))
        .isEqualTo(
            """
               To let this in:
                  ufw route allow proto tcp to 172.17.0.2 port 80
            """);
    assertThat(
            stopped(
                Hook.FORWARD, new Place.Nftables("firewalld", "filter_FORWARD"), Optional.empty()))
        .endsWith("      firewall-cmd --zone=trusted --change-interface=docker0\n");
    assertThat(
            stopped(Hook.INPUT, new Place.Nftables("firewalld", "filter_INPUT"), Optional.empty()))
        .endsWith(
            "      firewall-cmd --zone=$(firewall-cmd --get-zone-of-interface=eth0)"
                + " --add-port=80/tcp\n");
  }

  @Test
  void legacyTablesHaveAToolOfTheirOwn() {
    assertThat(stopped(Hook.FORWARD, new Place.Legacy(Table.FILTER, "FORWARD"), Optional.empty()))
        .startsWith(
            """
               To let this in:
                  iptables-legacy -I FORWARD -d 172.17.0.2 -p tcp --dport 80 -j ACCEPT
            """);
  }

  @Test
  void ofABridgeItIsNftThatHasTheWords() {
    assertThat(stopped(Hook.FORWARD, new Place.Bridge("filter", "FORWARD"), Optional.of(DROP)))
        .isEqualTo(
            """
               To let this in:
                  nft insert rule bridge filter FORWARD ip daddr 172.17.0.2 tcp dport 80 accept
            """);
  }

  @Test
  void whatGetsThroughNeedsNothing() {
    assertThat(
            printed(new Trace(List.of(), new Trace.Verdict.Delivered(PACKET.source(), 1), PACKET)))
        .isEmpty();
  }

  private static Place iptables(String chain) {
    return new Place.Iptables(Table.FILTER, chain);
  }

  private static String stopped(Hook hook, Place at, Optional<Rule> rule) {
    Hop hop = new Hop(hook, Optional.of(at), "eth0", "docker0", PACKET, PACKET, List.of());
    return printed(new Trace(List.of(hop), new Trace.Verdict.Dropped(at, rule), PACKET));
  }

  private static String printed(Trace trace) {
    StringWriter text = new StringWriter();
    new RemedyText(new PrintWriter(text), Language.ENGLISH, TABLES).print(trace);
    return text.toString();
  }
}
