package dev.hairpin.agent.tour;

import static dev.hairpin.agent.tour.Act.change;
import static dev.hairpin.agent.tour.Act.run;
import static dev.hairpin.agent.tour.Claim.exits;
import static dev.hairpin.agent.tour.Claim.prints;
import static dev.hairpin.agent.tour.Claim.printsInOrder;
import static dev.hairpin.agent.tour.Claim.printsNot;

import java.util.List;
import java.util.stream.Stream;

/**
 * What {@code docker run -p} writes, and the 22 steps of one connection that somebody wrote into
 * every chain a LOG rule to see.
 */
final class DockerRunTour {
  private static final String HOST = "ip netns exec host ";
  private static final String NAT_TABLE = HOST + "iptables -t nat -S";
  private static final String DOCKER_COUNTERS = HOST + "iptables -t nat -nvL DOCKER";
  private static final String PUBLISH = HOST + "hairpin publish ns1 8080:3000";
  private static final String UNPUBLISH = HOST + "hairpin unpublish ns1 8080:3000";
  private static final String FOLLOWER = "trace";
  private static final Curl OUTSIDE = new Curl("outside", "http://192.0.2.1:8080/");

  /** The tables that have chains at these hooks and that nobody has put a rule into. */
  private static final List<String> OTHER_CHAINS =
      List.of(
          "-t raw %s PREROUTING",
          "-t mangle %s PREROUTING", "-t mangle %s FORWARD", "-t mangle %s POSTROUTING");

  private static final List<String> ASKED =
      List.of(
          "PREROUTING +raw +eth0 ", "PREROUTING +mangle +eth0 ",
          "FORWARD +mangle +eth0 +→ docker1 ", "POSTROUTING +mangle +eth0 +→ docker1 ");
  private static final List<String> ANSWERED =
      List.of(
          "PREROUTING +raw +docker1 ", "PREROUTING +mangle +docker1 ",
          "FORWARD +mangle +docker1 +→ eth0 ", "POSTROUTING +mangle +docker1 +→ eth0 ");

  /** As in the kernel's log that the story was told from, and nat twice for the first packet. */
  private static final List<String> TWENTY_TWO_STEPS =
      Stream.of(
              List.of(
                  "SYN  192\\.0\\.2\\.2:",
                  "PREROUTING +raw +eth0 ",
                  "PREROUTING +mangle +eth0 ",
                  "PREROUTING +nat +eth0 ",
                  "FORWARD +mangle +eth0 +→ docker1 ",
                  "POSTROUTING +mangle +eth0 +→ docker1 ",
                  "POSTROUTING +nat +eth0 +→ docker1 "),
              List.of("SYN\\+ACK  172\\.18\\.0\\.2:3000 "),
              ANSWERED,
              List.of("ACK  192\\.0\\.2\\.2:"),
              ASKED,
              List.of("PSH\\+ACK  192\\.0\\.2\\.2:"),
              ASKED,
              List.of("ACK  172\\.18\\.0\\.2:3000 "),
              ANSWERED)
          .flatMap(List::stream)
          .toList();

  private DockerRunTour() {}

  static Tour tour() {
    return new Tour(
        "docker-run",
        List.of(
            Step.of(
                    "before",
                    1,
                    AgentInLab.start("--userland-proxy=true"),
                    run(NAT_TABLE, exits(0), printsNot("^-A")))
                .undoneBy(AgentInLab.takeAway()),
            Step.of(
                    "publish",
                    2,
                    run(PUBLISH, exits(0), prints("8080")),
                    run(
                        NAT_TABLE,
                        prints("^-A PREROUTING .*-j DOCKER$"),
                        prints("^-A OUTPUT ! -d 127\\.0\\.0\\.0/8 .*-j DOCKER$"),
                        prints("^-A DOCKER ! -i docker1 .*--dport 8080 -j DNAT")))
                .undoneBy(run(Excerpt.first(0), UNPUBLISH, exits(0))),
            Step.of(
                "counters",
                2,
                OUTSIDE.isSeenFrom("192.0.2.2"),
                run(DOCKER_COUNTERS, prints("^ +1 +60 DNAT "))),
            everyChain(),
            followed(),
            Step.of(
                "localhost",
                3,
                run(
                    Excerpt.of("^SYN  |^OUTPUT"),
                    HOST + "hairpin trace localhost:8080 --from host",
                    exits(0),
                    prints("^SYN  127\\.0\\.0\\.1:\\d+ → 127\\.0\\.0\\.1:8080 "),
                    prints("^SYN  172\\.18\\.0\\.1:\\d+ → 172\\.18\\.0\\.2:3000 "))),
            Step.of(
                    "after",
                    1,
                    run(Excerpt.first(0), UNPUBLISH, exits(0)),
                    run(NAT_TABLE, printsNot("8080")))
                .undoneBy(run(Excerpt.first(0), PUBLISH, exits(0)))));
  }

  /** A chain without a rule is not there, and no packet is seen to pass it. */
  private static Step everyChain() {
    return Step.of("every-chain", 0, inOtherChains("-A")).undoneBy(inOtherChains("-D"));
  }

  private static Act[] inOtherChains(String command) {
    return OTHER_CHAINS.stream()
        .map(chain -> change(HOST + "iptables " + chain.formatted(command)))
        .toArray(Act[]::new);
  }

  private static Step followed() {
    return Step.of(
        "followed",
        1,
        new Act.Start(
            FOLLOWER,
            Typed.of(HOST + "hairpin trace 8080 --packets 5"),
            Typed.of(HOST + "nft list tables"),
            List.of(prints("hairpin-trace"))),
        OUTSIDE.isSeenFrom("192.0.2.2"),
        new Act.Await(
            FOLLOWER,
            Excerpt.of("^\\S.*(  \\+[0-9.]+ ms|→ )|^ {20,}"),
            List.of(printsInOrder(TWENTY_TWO_STEPS))));
  }
}
