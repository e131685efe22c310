package dev.hairpin.agent.tour;

import static dev.hairpin.agent.tour.Act.change;
import static dev.hairpin.agent.tour.Act.run;
import static dev.hairpin.agent.tour.Claim.exits;
import static dev.hairpin.agent.tour.Claim.prints;

import java.util.List;

/**
 * A port that could not be reached from outside, because a partner's rule stood before Docker's;
 * and containers that could not reach anybody, because firewalld knew nothing of their bridge.
 */
final class UnreachableTour {
  private static final String HOST = "ip netns exec host ";
  private static final String NAT = HOST + "iptables -t nat ";
  private static final String JUMP = "PREROUTING -m addrtype --dst-type LOCAL -j DOCKER";
  private static final String PARTNERS =
      "PREROUTING ! -i p1p1 -p tcp -m multiport --dports 80,443,2238,7788,7799 -j ACCEPT";
  private static final String NFT = HOST + "nft ";
  private static final String FIREWALLD = "inet firewalld filter_FORWARD ";
  private static final Act LETS_ANSWERS_IN =
      change(NFT + "add rule " + FIREWALLD + "ct state { established, related } accept");
  private static final Act LETS_DNAT_IN =
      change(NFT + "add rule " + FIREWALLD + "ct status dnat accept");
  private static final Act DROPS = change(NFT + "add rule " + FIREWALLD + "drop");
  private static final String LOOK_OUT = HOST + "hairpin trace 192.0.2.2:80 --from ns1 --packets 2";
  private static final Excerpt HOPS_AND_ITS_RULE = Excerpt.of("^\\S|^  firewalld ");

  private static final Curl OUTSIDE = new Curl("outside", "http://192.0.2.1:7788/");
  private static final Curl NS1_OUT = new Curl("ns1", "http://192.0.2.2/");

  private UnreachableTour() {}

  static Tour tour() {
    return new Tour(
        "unreachable",
        List.of(
            published(),
            stolen(),
            Step.of(
                "find",
                3,
                run(
                    HOST + "hairpin walk 7788",
                    exits(0),
                    prints("^  nat PREROUTING 1: .*--dports 80,443,2238,7788,7799 -j ACCEPT$"),
                    answersItself("192.0.2.1:7788"))),
            Step.of("appended", 2, change(NAT + "-A " + JUMP), OUTSIDE.isRefused())
                .undoneBy(change(NAT + "-D " + JUMP)),
            Step.of(
                    "mended",
                    0,
                    change(NAT + "-D " + JUMP),
                    change(NAT + "-I " + JUMP),
                    OUTSIDE.isSeenFrom("192.0.2.2"))
                .undoneBy(change(NAT + "-D " + JUMP), change(NAT + "-A " + JUMP)),
            firewalld(),
            Step.of(
                "find-firewalld",
                1,
                run(
                    HOPS_AND_ITS_RULE,
                    LOOK_OUT,
                    exits(0),
                    prints("^  firewalld filter_FORWARD 3: "),
                    prints("^=> .*firewalld filter_FORWARD"))),
            Step.of(
                    "mend-firewalld",
                    3,
                    change(NFT + "insert rule " + FIREWALLD + "iifname docker1 accept"),
                    NS1_OUT.isRefused())
                .undoneBy(
                    change(NFT + "flush chain " + FIREWALLD),
                    LETS_ANSWERS_IN,
                    LETS_DNAT_IN,
                    DROPS)));
  }

  /** An answer to the packet would be the host's own: conntrack has nothing to translate. */
  private static Claim answersItself(String address) {
    String asked = address.replace(".", "\\.");
    return prints("^ {11}\\S+ +" + asked + " → 192\\.0\\.2\\.2:\\d+$");
  }

  private static Step published() {
    return Step.of(
            "published",
            1,
            AgentInLab.start("--userland-proxy=false"),
            run(Excerpt.first(0), HOST + "hairpin publish ns1 7788:3000", exits(0)),
            OUTSIDE.isSeenFrom("192.0.2.2"),
            new Act.End(AgentInLab.ROLE))
        .undoneBy(AgentInLab.takeAway());
  }

  private static Step stolen() {
    return Step.of(
            "stolen",
            2,
            change(NAT + "-D " + JUMP),
            change(NAT + "-A " + PARTNERS),
            OUTSIDE.isRefused(),
            new Curl("host", "http://172.18.0.2:3000/").isSeenFrom("172.18.0.1"))
        .undoneBy(change(NAT + "-D " + PARTNERS), change(NAT + "-I " + JUMP));
  }

  /** In the chains and the order of firewalld's own (nftables.py), as far as a packet needs. */
  private static Step firewalld() {
    return Step.of(
            "firewalld",
            1,
            NS1_OUT.isRefused(),
            change(NFT + "add table inet firewalld"),
            change(
                NFT
                    + "add chain "
                    + FIREWALLD
                    + "{ type filter hook forward priority 10 ; policy accept ; }"),
            LETS_ANSWERS_IN,
            LETS_DNAT_IN,
            DROPS,
            NS1_OUT.waitsInVain(),
            OUTSIDE.isSeenFrom("192.0.2.2"))
        .undoneBy(change(NFT + "delete table inet firewalld"));
  }
}
