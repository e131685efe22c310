package dev.hairpin.agent.tour;

import static dev.hairpin.agent.tour.Act.change;
import static dev.hairpin.agent.tour.Act.run;
import static dev.hairpin.agent.tour.Claim.exits;
import static dev.hairpin.agent.tour.Claim.prints;
import static dev.hairpin.agent.tour.Claim.printsInOrder;
import static dev.hairpin.agent.tour.Claim.printsNot;

import java.util.ArrayList;
import java.util.List;

/** The two layers that a container's packet passes: the bridge, and IP above it. */
final class BridgeTour {
  private static final String HOST = "ip netns exec host ";
  private static final String CALLS_IPTABLES = "net.bridge.bridge-nf-call-iptables";
  private static final String HAS_BRIDGE_NETFILTER =
      "test -e /proc/sys/net/bridge/bridge-nf-call-iptables";

  /** Pings, and the hops of the question and the answer; not the rules. */
  private static final Excerpt HOPS = Excerpt.of("^\\S.*→ |^=> |^   \\S|^ {20,}");

  private BridgeTour() {}

  static Tour tour() {
    return new Tour(
        "bridge",
        List.of(
            Step.of(
                    "rules",
                    0,
                    AgentInLab.start("--userland-proxy=true"),
                    run(HOST + "hairpin publish ns1 3000:3000", exits(0), prints("3000")))
                .undoneBy(AgentInLab.takeAway()),
            neighbours(),
            neighboursByTheBridgeAlone(),
            Step.of(
                "host",
                3,
                ping(
                    "172.18.0.2",
                    "host",
                    printsInOrder(
                        List.of(
                            "^POSTROUTING +nat +→ docker1 ",
                            "^OUTPUT +bridge nat +→ veth1 ",
                            "^POSTROUTING +bridge nat +→ veth1 ",
                            "^PREROUTING +bridge nat +veth1 ",
                            "^INPUT +bridge filter +veth1 ")),
                    printsNot("^FORWARD"))),
            Step.of(
                "outside",
                2,
                ping(
                    "192.0.2.2",
                    "ns1",
                    printsInOrder(
                        List.of(
                            "^PREROUTING +bridge nat +veth1 ",
                            "^INPUT +bridge filter +veth1 ",
                            "^FORWARD +filter +docker1 +→ eth0 ",
                            "^POSTROUTING +nat +docker1 +→ eth0 ",
                            "192\\.0\\.2\\.2 → 192\\.0\\.2\\.1 ",
                            "^PREROUTING +conntrack +eth0 ",
                            "^FORWARD +filter +eth0 +→ docker1 ",
                            "^OUTPUT +bridge nat +→ veth1 ")))),
            Step.of(
                "published",
                1,
                run(
                    HOPS,
                    HOST + "hairpin trace 3000 --from outside --layers --packets 2",
                    exits(0),
                    printsInOrder(
                        List.of(
                            "^PREROUTING +nat +eth0 ",
                            "^FORWARD +filter +eth0 +→ docker1 ",
                            "^POSTROUTING +nat +eth0 +→ docker1 ",
                            "^OUTPUT +bridge nat +→ veth1 "))))));
  }

  private static Step neighbours() {
    return Step.of(
            "neighbours",
            2,
            run(HOST + "sysctl -w " + CALLS_IPTABLES + "=1", exits(0)),
            ping(
                "172.18.0.2",
                "ns2",
                printsInOrder(
                    List.of(
                        "^PREROUTING +bridge broute +veth2 ",
                        "^PREROUTING +bridge nat +veth2 ",
                        "^PREROUTING +nat +docker1 ",
                        "^FORWARD +bridge filter +veth2 +→ veth1 ",
                        "^FORWARD +filter +docker1 +→ docker1 ",
                        "^POSTROUTING +bridge nat +→ veth1 ",
                        "^POSTROUTING +nat +→ docker1 "))))
        .where(HAS_BRIDGE_NETFILTER);
  }

  private static Step neighboursByTheBridgeAlone() {
    return Step.of(
            "bridge-alone",
            3,
            run(HOST + "sysctl -w " + CALLS_IPTABLES + "=0", exits(0)),
            ping(
                "172.18.0.2",
                "ns2",
                prints("^FORWARD +bridge filter +veth2 +→ veth1 "),
                printsNot("^FORWARD +filter"),
                prints("^   .*" + CALLS_IPTABLES.replace(".", "\\."))),
            change(HOST + "sysctl -q -w " + CALLS_IPTABLES + "=1"))
        .where(HAS_BRIDGE_NETFILTER);
  }

  private static Act ping(String to, String from, Claim... claims) {
    List<Claim> all = new ArrayList<>(List.of(exits(0)));
    all.addAll(List.of(claims));
    return new Act.Run(
        Typed.of(HOST + "hairpin trace " + to + "/icmp --from " + from + " --layers --packets 2"),
        HOPS,
        all);
  }
}
