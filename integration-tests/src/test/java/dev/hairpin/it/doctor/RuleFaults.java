package dev.hairpin.it.doctor;

import static dev.hairpin.agent.doctor.Asker.HOST;
import static dev.hairpin.agent.doctor.Asker.ITSELF;
import static dev.hairpin.agent.doctor.Asker.NEIGHBOUR;
import static dev.hairpin.agent.doctor.Asker.OUTSIDE;

import dev.hairpin.agent.doctor.Code;
import dev.hairpin.agent.walk.Whose;
import java.util.List;

/** What other people's rules do to a published port, and what is missing of the publisher's. */
final class RuleFaults {
  private static final String JUMP = "-m addrtype --dst-type LOCAL -j DOCKER";
  private static final String ACCEPTS =
      "! -i p1p1 -p tcp -m multiport --dports 80,443,8080 -j ACCEPT";
  private static final String DIVERTS = "! -i p1p1 -j DNAT --to-destination 192.168.200.2";
  private static final String OPENS =
      "-d {address}/32 ! -i {bridge} -o {bridge} -p tcp -m tcp --dport 80 -j ACCEPT";

  private RuleFaults() {}

  /** Those of a host whose publisher writes Docker's iptables rules, and has no userland proxy. */
  static List<Fault> ofDockersLayout() {
    return List.of(
        accepted(),
        diverted(),
        jumpGone(),
        seed000(),
        droppedByUser(),
        rejectedBeforeDocker(),
        rejectedByFail2ban(),
        droppedByForeignTable(),
        acceptGone(),
        flushed(),
        stale(),
        notTracked());
  }

  static Fault accepted() {
    return Fault.named("nat PREROUTING accepts before Docker's rules")
        .host("iptables -t nat -I PREROUTING " + ACCEPTS)
        .losing(OUTSIDE, ITSELF, NEIGHBOUR)
        .found(Code.RULE_HIDES, Whose.UNKNOWN, ACCEPTS);
  }

  static Fault diverted() {
    return Fault.named("nat PREROUTING sends all elsewhere")
        .host("iptables -t nat -I PREROUTING " + DIVERTS)
        .losing(OUTSIDE, ITSELF, NEIGHBOUR)
        .losingDatagrams(OUTSIDE)
        .found(Code.RULE_DIVERTS, Whose.UNKNOWN, DIVERTS);
  }

  static Fault jumpGone() {
    return Fault.named("jump PREROUTING -> DOCKER deleted")
        .host("iptables -t nat -D PREROUTING " + JUMP)
        .losing(OUTSIDE, ITSELF, NEIGHBOUR)
        .losingDatagrams(OUTSIDE)
        .found(Code.RULE_MISSING, JUMP);
  }

  /** All of them at once: a partner who "limited port traffic", of the text of seed 000. */
  static Fault seed000() {
    return diverted().and(accepted()).and(jumpGone());
  }

  static Fault droppedByUser() {
    return Fault.named("DOCKER-USER drops a client")
        .host("iptables -I DOCKER-USER -s 192.0.2.2 -j DROP")
        .losing(OUTSIDE)
        .losingDatagrams(OUTSIDE)
        .found(Code.RULE_DROPS, Whose.USER, "-s 192.0.2.2/32 -j DROP");
  }

  static Fault rejectedBeforeDocker() {
    return Fault.named("FORWARD rejects before Docker's rules")
        .host("iptables -I FORWARD -i eth0 -p tcp -m tcp --dport 80 -j REJECT")
        .losing(OUTSIDE)
        .found(Code.RULE_DROPS, Whose.UNKNOWN, "-i eth0 -p tcp -m tcp --dport 80 -j REJECT");
  }

  static Fault rejectedByFail2ban() {
    return Fault.named("fail2ban rejects a client")
        .host(
            "iptables -N f2b-web",
            "iptables -A f2b-web -s 192.0.2.2/32 -j REJECT",
            "iptables -I FORWARD -p tcp -j f2b-web")
        .losing(OUTSIDE)
        .found(Code.RULE_DROPS, Whose.FAIL2BAN, "-s 192.0.2.2/32 -j REJECT");
  }

  static Fault droppedByForeignTable() {
    return Fault.named("somebody's nft table drops at another priority")
        .host(
            "nft add table inet strangers",
            "nft add chain inet strangers late { type filter hook forward priority 10 ; }",
            "nft add rule inet strangers late tcp dport 80 counter drop")
        .losing(OUTSIDE)
        .found(Code.RULE_DROPS, Whose.UNKNOWN, "tcp dport 80 counter");
  }

  static Fault acceptGone() {
    return Fault.named("Docker's accept deleted, policy DROP")
        .host("iptables -P FORWARD DROP", "iptables -D DOCKER " + OPENS)
        .losing(OUTSIDE)
        .found(Code.RULE_MISSING, OPENS);
  }

  static Fault flushed() {
    return Fault.named("nat and filter flushed")
        .host("iptables -t nat -F", "iptables -F")
        .losing(OUTSIDE, ITSELF)
        .losingDatagrams(OUTSIDE)
        .found(Code.RULES_GONE, "");
  }

  static Fault stale() {
    return Fault.named("DNAT to a dead container's address first")
        .host(
            "iptables -t nat -I DOCKER -p tcp -m tcp --dport 8080 -j DNAT --to-destination"
                + " {net}.0.99:80")
        .losing(OUTSIDE, HOST)
        .found(Code.RULE_STALE, "--dport 8080 -j DNAT --to-destination {net}.0.99:80");
  }

  static Fault notTracked() {
    return Fault.named("raw PREROUTING has the port not tracked")
        .host("iptables -t raw -I PREROUTING -p tcp -m tcp --dport 8080 -j CT --notrack")
        .losing(OUTSIDE)
        .found(Code.NOT_TRACKED, Whose.UNKNOWN, "-p tcp -m tcp --dport 8080 -j CT --notrack");
  }

  /** Its tables stay, so whatever comes after it has them as well. */
  static Fault droppedByLegacy() {
    return Fault.named("iptables-legacy drops beside the other iptables")
        .host("iptables-legacy -I FORWARD -p tcp -m tcp --dport 80 -j DROP")
        .losing(OUTSIDE)
        .found(Code.LEGACY_RULE, "-p tcp -m tcp --dport 80 -j DROP")
        .undoneBy(patient -> patient.onHost("iptables-legacy -F FORWARD").run());
  }

  /** For layouts that need no accept of their own in iptables' FORWARD. */
  static Fault policyDrops() {
    return Fault.named("policy of filter FORWARD is DROP")
        .host("iptables -P FORWARD DROP")
        .losing(OUTSIDE)
        .losingDatagrams(OUTSIDE)
        .found(Code.POLICY_DROPS, "filter FORWARD");
  }
}
