package dev.hairpin.agent.tour;

import static dev.hairpin.agent.tour.Act.change;
import static dev.hairpin.agent.tour.Act.run;
import static dev.hairpin.agent.tour.Claim.exits;
import static dev.hairpin.agent.tour.Claim.prints;
import static dev.hairpin.agent.tour.Claim.printsNot;

import java.util.List;

/**
 * How packets are followed: TRACE that prints nothing, the monitor that does, the filter that is
 * too wide for it, and the one that is not.
 */
final class TraceTour {
  private static final String HOST = "ip netns exec host ";
  private static final String RAW = HOST + "iptables -t raw ";
  private static final String NARROW = "PREROUTING -p tcp --dport 3000 -j TRACE";
  private static final String WIDE = "PREROUTING -j TRACE";
  private static final String DNAT =
      "PREROUTING -p tcp --dport 3000 -j DNAT --to-destination 172.18.0.2:3000";
  private static final String MONITOR = "monitor";
  private static final Curl OUTSIDE = new Curl("outside", "http://192.0.2.1:3000/");

  /** Somebody listens to NFNLGRP_NFTRACE (netlink protocol 12, group 9), see proc(5). */
  private static final Claim IS_LISTENED_TO = prints(" 12 +\\d+ +00000100 ");

  private TraceTour() {}

  static Tour tour() {
    return new Tour(
        "trace",
        List.of(
            Step.of(
                    "silent",
                    2,
                    change(HOST + "iptables -t nat -A " + DNAT),
                    change(RAW + "-A " + NARROW),
                    OUTSIDE.isSeenFrom("192.0.2.2"),
                    run(
                        HOST + "nft list chain ip raw PREROUTING",
                        prints("tcp dport 3000 counter packets [1-9].* meta nftrace set 1$")))
                .undoneBy(
                    change(RAW + "-D " + NARROW), change(HOST + "iptables -t nat -D " + DNAT)),
            Step.of(
                "monitor",
                3,
                listen("timeout 3 xtables-monitor --trace"),
                OUTSIDE.isSeenFrom("192.0.2.2"),
                new Act.Await(
                    MONITOR,
                    Excerpt.first(5),
                    List.of(
                        prints("^ TRACE: 2 \\S+ raw:PREROUTING:rule:0x\\S+:CONTINUE "),
                        prints("^ TRACE: 2 \\S+ nat:PREROUTING:rule:0x\\S+:ACCEPT ")))),
            Step.of(
                    "overflow",
                    1,
                    change(RAW + "-A " + WIDE),
                    change(RAW + "-A " + WIDE.replace("PREROUTING", "OUTPUT")),
                    listen("nice -n 19 timeout 20 xtables-monitor --trace"),
                    change(
                        "ip netns exec outside curl -sS --no-progress-meter -Z -o /dev/null"
                            + " http://192.0.2.1:3000/?[1-3000]"),
                    new Act.Await(
                        MONITOR,
                        Excerpt.of("No buffer space available"),
                        List.of(prints("No buffer space available"))),
                    change(RAW + "-F"))
                .undoneBy(change(RAW + "-A " + NARROW)),
            Step.of(
                "narrow",
                2,
                run(
                    Excerpt.of("^\\S.*→ |^ {20,}|^=>|--packets"),
                    HOST + "hairpin trace 3000 --from outside --packets 3",
                    exits(0),
                    prints("^PREROUTING +nat +eth0 "),
                    prints("\\b[1-9]\\d* .*--packets")),
                run(HOST + "nft list tables", printsNot("hairpin-trace"))),
            legacy()));
  }

  private static Act listen(String monitor) {
    return new Act.Start(
        MONITOR,
        Typed.of(HOST + monitor),
        Typed.of(HOST + "cat /proc/net/netlink"),
        List.of(IS_LISTENED_TO));
  }

  /** iptables-legacy has rules of its own in the kernel, which nftables does not trace. */
  private static Step legacy() {
    return Step.of(
            "legacy",
            1,
            change(HOST + "iptables -t nat -D " + DNAT),
            change(HOST + "iptables-legacy -t nat -A " + DNAT),
            run(
                Excerpt.of("^\\S.*→ |^ {20,}|^=>|^  nat"),
                HOST + "hairpin trace 3000 --from outside --packets 3",
                exits(0),
                prints("^PREROUTING +.*nat +eth0 "),
                prints("^  .*nat PREROUTING 1: -p tcp -m tcp --dport 3000 -j DNAT")),
            run(HOST + "iptables-legacy -t raw -S", printsNot("TRACE")))
        .undoneBy(
            change(HOST + "iptables-legacy -t nat -D " + DNAT),
            change(HOST + "iptables -t nat -A " + DNAT))
        .where(HOST + "test -e /proc/net/ip_tables_names");
  }
}
