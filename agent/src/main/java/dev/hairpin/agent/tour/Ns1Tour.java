package dev.hairpin.agent.tour;

import static dev.hairpin.agent.tour.Act.change;
import static dev.hairpin.agent.tour.Act.run;
import static dev.hairpin.agent.tour.Claim.exits;
import static dev.hairpin.agent.tour.Claim.prints;
import static dev.hairpin.agent.tour.Claim.printsNot;

import java.util.List;

/**
 * A namespace's port is published by hand, as in "Day 32: opening the borders of our own
 * namespace": each rule lets one more client through, until what is left needs a proxy.
 */
final class Ns1Tour {
  private static final String HOST = "ip netns exec host ";
  private static final String NAT = HOST + "iptables -t nat ";
  private static final String DNAT = "-p tcp --dport 3000 -j DNAT --to-destination 172.18.0.2:3000";
  private static final String ARRIVING =
      "PREROUTING -m addrtype --dst-type LOCAL ! -i docker1 " + DNAT;
  private static final String SENT = "OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL " + DNAT;
  private static final String SENT_NOT_BY_DOCKER1 =
      "OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL ! -i docker1 " + DNAT;
  private static final String SENT_TO_LOCALHOST = "OUTPUT -d 127.0.0.1 " + DNAT;
  private static final String FROM_LOCALHOST =
      "POSTROUTING -s 127.0.0.0/8 -o docker1 -j MASQUERADE";
  private static final String ROUTE_LOCALNET =
      HOST + "sysctl -w net.ipv4.conf.docker1.route_localnet=";
  private static final String WALK = HOST + "hairpin walk localhost:3000 --from host";
  private static final String HOLDERS = HOST + "ss -Hltn sport = :3000";
  private static final String PROXY = "proxy";

  private static final Curl OUTSIDE = new Curl("outside", "http://192.0.2.1:3000/");
  private static final Curl BY_ADDRESS = new Curl("host", "http://192.0.2.1:3000/");
  private static final Curl LOCALHOST = new Curl("host", "http://127.0.0.1:3000/");
  private static final Curl ITSELF = new Curl("ns1", "http://192.0.2.1:3000/");

  private Ns1Tour() {}

  static Tour tour() {
    return new Tour(
        "ns1",
        List.of(
            Step.of("refused", 2, listensInside(), OUTSIDE.isRefused()),
            Step.of(
                    "prerouting",
                    3,
                    change(NAT + "-A " + ARRIVING),
                    OUTSIDE.isSeenFrom("192.0.2.2"))
                .undoneBy(change(NAT + "-D " + ARRIVING)),
            Step.of("host", 2, BY_ADDRESS.isRefused()),
            Step.of(
                    "output",
                    1,
                    run(NAT + "-A " + SENT_NOT_BY_DOCKER1, exits(2), prints("Can't use -i")),
                    change(NAT + "-A " + SENT),
                    BY_ADDRESS.isSeenFrom("192.0.2.1"))
                .undoneBy(change(NAT + "-D " + SENT)),
            Step.of("localhost", 2, LOCALHOST.isRefused()),
            Step.of(
                    "loopback",
                    3,
                    change(NAT + "-A " + SENT_TO_LOCALHOST),
                    LOCALHOST.waitsInVain(),
                    run(WALK, exits(0), prints("\\.route_localnet")))
                .undoneBy(change(NAT + "-D " + SENT_TO_LOCALHOST)),
            Step.of(
                    "route-localnet",
                    2,
                    change(ROUTE_LOCALNET + "1"),
                    LOCALHOST.waitsInVain(),
                    run(WALK, exits(0), prints("^=> .*docker1.* 127\\.0\\.0\\.1")))
                .undoneBy(change(ROUTE_LOCALNET + "0")),
            Step.of(
                    "masquerade",
                    3,
                    change(NAT + "-A " + FROM_LOCALHOST),
                    LOCALHOST.isSeenFrom("172.18.0.1"))
                .undoneBy(change(NAT + "-D " + FROM_LOCALHOST)),
            Step.of("holder", 3, run(HOLDERS, exits(0), printsNot("LISTEN"))),
            proxy()));
  }

  private static Act listensInside() {
    return run("ip netns exec ns1 ss -Hltn", exits(0), prints("^LISTEN .*:3000 "));
  }

  private static Step proxy() {
    return Step.of(
            "proxy",
            2,
            change(NAT + "-D " + FROM_LOCALHOST),
            change(NAT + "-D " + SENT_TO_LOCALHOST),
            new Act.Start(
                PROXY,
                Typed.of(
                    HOST
                        + "hairpin proxy -proto tcp -host-ip 0.0.0.0 -host-port 3000"
                        + " -container-ip 172.18.0.2 -container-port 3000"),
                Typed.of(HOLDERS),
                List.of(prints("LISTEN"))),
            run(HOLDERS, exits(0), prints("^LISTEN .*0\\.0\\.0\\.0:3000 ")),
            LOCALHOST.isSeenFrom("172.18.0.1"),
            ITSELF.isSeenFrom("172.18.0.1"),
            OUTSIDE.isSeenFrom("192.0.2.2"))
        .undoneBy(
            new Act.End(PROXY),
            change(NAT + "-A " + SENT_TO_LOCALHOST),
            change(NAT + "-A " + FROM_LOCALHOST));
  }
}
