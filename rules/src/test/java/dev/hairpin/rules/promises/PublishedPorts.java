package dev.hairpin.rules.promises;

import static dev.hairpin.rules.layouts.LayoutName.DOCKER28;
import static dev.hairpin.rules.layouts.LayoutName.DOCKER29;
import static dev.hairpin.rules.layouts.LayoutName.HAIRPIN;
import static dev.hairpin.rules.promises.Outcome.answer;
import static dev.hairpin.rules.promises.Promise.promise;
import static dev.hairpin.rules.promises.Situation.BRIDGED_UNSEEN;
import static dev.hairpin.rules.promises.Situation.DIRECT_ROUTING;
import static dev.hairpin.rules.promises.Situation.FOREIGN_DROP;
import static dev.hairpin.rules.promises.Situation.FORWARDING_SWITCHED_ON;
import static dev.hairpin.rules.promises.Situation.USER_RULE;
import static dev.hairpin.rules.promises.Situation.WITHOUT_PROXY;
import static dev.hairpin.rules.promises.Situation.WITHOUT_PROXY_UNSEEN;
import static dev.hairpin.rules.promises.Situation.WITHOUT_RAW;
import static dev.hairpin.rules.promises.Situation.WITH_PROXY;
import static dev.hairpin.rules.promises.Station.BEYOND;
import static dev.hairpin.rules.promises.Station.FOUR;
import static dev.hairpin.rules.promises.Station.HOST;
import static dev.hairpin.rules.promises.Station.LINK_LOCAL;
import static dev.hairpin.rules.promises.Station.OPEN;
import static dev.hairpin.rules.promises.Station.OUTSIDE;
import static dev.hairpin.rules.promises.Station.STRANGER;
import static dev.hairpin.rules.promises.Station.TRUSTING;
import static dev.hairpin.rules.promises.Station.WEB;
import static dev.hairpin.rules.promises.Station.WEB_PEER;
import static dev.hairpin.rules.promises.WantedState.ANNOUNCED;
import static dev.hairpin.rules.promises.WantedState.ANNOUNCED_ON_LOOPBACK;
import static dev.hairpin.rules.promises.WantedState.OF_FOUR;
import static dev.hairpin.rules.promises.WantedState.OF_OPEN;
import static dev.hairpin.rules.promises.WantedState.OF_STRANGER;
import static dev.hairpin.rules.promises.WantedState.OF_TRUSTING;
import static dev.hairpin.rules.promises.WantedState.ON_ALL;
import static dev.hairpin.rules.promises.WantedState.ON_ALL_UDP;
import static dev.hairpin.rules.promises.WantedState.ON_HOST_ADDRESS;
import static dev.hairpin.rules.promises.WantedState.ON_LOOPBACK;
import static dev.hairpin.rules.promises.WantedState.ON_LOOPBACK_UDP;
import static dev.hairpin.rules.promises.WantedState.ON_TWO_LOOPBACKS;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.promises.Outcome.Refusal;
import dev.hairpin.rules.promises.Outcome.Silence;
import java.util.List;

/** Who reaches a published port at the host's addresses, and whom the container sees. */
final class PublishedPorts {
  private static final Spot WEB_GATEWAY = Network.WEB.gateway();

  private PublishedPorts() {}

  static List<Promise> onAllAddresses() {
    return List.of(
        promise("a port published on all addresses is reached from outside")
            .in(WITH_PROXY, WITHOUT_PROXY, FORWARDING_SWITCHED_ON, DIRECT_ROUTING, WITHOUT_RAW)
            .from(OUTSIDE)
            .to(HOST)
            .tcp(ON_ALL)
            .always(answer(WEB, 80, OUTSIDE.spot())),
        promise("a port published on all addresses is reached at the bridge's address")
            .in(WITH_PROXY, WITHOUT_PROXY)
            .from(OUTSIDE)
            .to(WEB_GATEWAY)
            .tcp(ON_ALL)
            .always(answer(WEB, 80, OUTSIDE.spot())),
        promise("a port published on all addresses is reached by whichever interface one comes")
            .in(WITH_PROXY, WITHOUT_PROXY)
            .from(BEYOND)
            .to(HOST)
            .tcp(ON_ALL)
            .always(answer(WEB, 80, BEYOND.spot())),
        promise("a published UDP port is reached from outside")
            .in(WITH_PROXY, WITHOUT_PROXY, FORWARDING_SWITCHED_ON)
            .from(OUTSIDE)
            .to(HOST)
            .udp(ON_ALL_UDP)
            .always(answer(WEB, 53, OUTSIDE.spot())),
        promise("a port that nobody published is refused")
            .in(WITH_PROXY, WITHOUT_PROXY)
            .from(OUTSIDE)
            .to(HOST)
            .tcp(9999)
            .always(new Refusal()),
        promise("a port published from an unprotected network is reached like others")
            .in(WITH_PROXY, WITHOUT_PROXY)
            .from(OUTSIDE)
            .to(HOST)
            .tcp(OF_OPEN)
            .since(DOCKER28, answer(OPEN, 80, OUTSIDE.spot())),
        promise("a port published from a network that trusts others is reached by everybody")
            .in(WITH_PROXY)
            .from(OUTSIDE)
            .to(HOST)
            .tcp(OF_TRUSTING)
            .since(DOCKER28, answer(TRUSTING, 80, OUTSIDE.spot())));
  }

  static List<Promise> fromTheHost() {
    return List.of(
        promise("the host reaches a published port at its own address")
            .in(WITH_PROXY, FORWARDING_SWITCHED_ON)
            .from(HOST)
            .to(HOST)
            .tcp(ON_ALL)
            .always(answer(WEB, 80, HOST.spot())),
        promise("without a proxy the container sees the bridge, not the host's other address")
            .in(WITHOUT_PROXY)
            .from(HOST)
            .to(HOST)
            .tcp(ON_ALL)
            .always(answer(WEB, 80, WEB_GATEWAY)),
        promise("the host reaches a published UDP port at its own address")
            .in(WITH_PROXY)
            .from(HOST)
            .to(HOST)
            .udp(ON_ALL_UDP)
            .always(answer(WEB, 53, HOST.spot())),
        promise("the host reaches a published port on its loopback address")
            .in(WITH_PROXY, FORWARDING_SWITCHED_ON)
            .from(HOST)
            .to(Spot.LOOPBACK)
            .tcp(ON_ALL)
            .always(answer(WEB, 80, WEB_GATEWAY)),
        promise("without a proxy 127.0.0.1 is let out to the container")
            .in(WITHOUT_PROXY)
            .over(Family.IPV4)
            .from(HOST)
            .to(Spot.LOOPBACK)
            .tcp(ON_ALL)
            .always(answer(WEB, 80, WEB_GATEWAY)),
        promise("without a proxy nobody is reached at ::1, which can't be let out")
            .in(WITHOUT_PROXY)
            .over(Family.IPV6)
            .from(HOST)
            .to(Spot.LOOPBACK)
            .tcp(ON_ALL)
            .always(new Silence()),
        promise("the host reaches every port of a container by its address, published or not")
            .in(WITH_PROXY, WITHOUT_PROXY, FORWARDING_SWITCHED_ON)
            .from(HOST)
            .to(WEB)
            .tcp(81)
            .always(answer(WEB, 81, WEB_GATEWAY)));
  }

  static List<Promise> fromContainers() {
    return List.of(
        promise("a neighbour on the same network reaches a published port by way of the proxy")
            .in(WITH_PROXY, FORWARDING_SWITCHED_ON, BRIDGED_UNSEEN)
            .from(WEB_PEER)
            .to(HOST)
            .tcp(ON_ALL)
            .always(answer(WEB, 80, WEB_GATEWAY)),
        promise("without a proxy a neighbour on the same network is seen itself")
            .in(WITHOUT_PROXY)
            .from(WEB_PEER)
            .to(HOST)
            .tcp(ON_ALL)
            .always(answer(WEB, 80, WEB_PEER.spot()))
            // It can't be known whether the answer would come back by this host otherwise.
            .except(HAIRPIN, answer(WEB, 80, WEB_GATEWAY)),
        promise("without a proxy a neighbour gets its answer past the host, and can't place it")
            .in(WITHOUT_PROXY_UNSEEN)
            .from(WEB_PEER)
            .to(HOST)
            .tcp(ON_ALL)
            .always(new Silence())
            .except(HAIRPIN, answer(WEB, 80, WEB_GATEWAY)),
        promise("a neighbour reaches a published UDP port, and is answered from where it asked")
            .in(WITH_PROXY)
            .from(WEB_PEER)
            .to(HOST)
            .udp(ON_ALL_UDP)
            .always(answer(WEB, 53, WEB_GATEWAY)),
        promise("a container reaches its own published port by way of the host")
            .in(WITH_PROXY, WITHOUT_PROXY, FORWARDING_SWITCHED_ON, WITHOUT_PROXY_UNSEEN)
            .from(WEB)
            .to(HOST)
            .tcp(ON_ALL)
            .always(answer(WEB, 80, WEB_GATEWAY)),
        promise("a container on another network reaches a published port, as the bridge's address")
            .in(WITH_PROXY, FORWARDING_SWITCHED_ON)
            .from(STRANGER)
            .to(HOST)
            .tcp(ON_ALL)
            .always(answer(WEB, 80, WEB_GATEWAY)),
        promise("a container on another network reaches a published port at its own gateway")
            .in(WITH_PROXY)
            .from(STRANGER)
            .to(Network.OTHER.gateway())
            .tcp(ON_ALL)
            .always(answer(WEB, 80, WEB_GATEWAY)),
        promise("networks meet through published ports in both directions")
            .in(WITH_PROXY)
            .from(WEB)
            .to(HOST)
            .tcp(OF_STRANGER)
            .always(answer(STRANGER, 80, Network.OTHER.gateway())),
        promise("without a proxy networks meet through published ports, too")
            .in(WITHOUT_PROXY)
            .from(STRANGER)
            .to(HOST)
            .tcp(ON_ALL)
            .since(DOCKER29, answer(WEB, 80, WEB_GATEWAY), new Silence()));
  }

  static List<Promise> onOneAddress() {
    return List.of(
        promise("a port published on loopback is reached by the host")
            .in(WITH_PROXY, FORWARDING_SWITCHED_ON)
            .from(HOST)
            .to(Spot.LOOPBACK)
            .tcp(ON_LOOPBACK)
            .always(answer(WEB, 80, WEB_GATEWAY)),
        promise("without a proxy a port published on 127.0.0.1 is reached by the host")
            .in(WITHOUT_PROXY)
            .over(Family.IPV4)
            .from(HOST)
            .to(Spot.LOOPBACK)
            .tcp(ON_LOOPBACK)
            .always(answer(WEB, 80, WEB_GATEWAY)),
        promise("a port published on loopback is not there at the host's other addresses")
            .in(WITH_PROXY, WITHOUT_PROXY)
            .from(OUTSIDE)
            .to(HOST)
            .tcp(ON_LOOPBACK)
            .always(new Refusal()),
        promise("a neighbour that sends to 127.0.0.1 over the wire reaches no port published there")
            .in(WITH_PROXY, WITHOUT_PROXY, FORWARDING_SWITCHED_ON, DIRECT_ROUTING)
            .over(Family.IPV4)
            .from(OUTSIDE)
            .to(Spot.LOOPBACK)
            .tcp(ON_LOOPBACK)
            .since(DOCKER28, new Silence(), answer(WEB, 80, OUTSIDE.spot())),
        promise("a neighbour that sends to 127.0.0.1 over the wire reaches no UDP port either")
            .in(WITH_PROXY, WITHOUT_PROXY, FORWARDING_SWITCHED_ON)
            .over(Family.IPV4)
            .from(OUTSIDE)
            .to(Spot.LOOPBACK)
            .udp(ON_LOOPBACK_UDP)
            .since(DOCKER28, new Silence(), answer(WEB, 53, OUTSIDE.spot())),
        promise("a UDP port published on loopback is reached by the host")
            .in(WITH_PROXY)
            .from(HOST)
            .to(Spot.LOOPBACK)
            .udp(ON_LOOPBACK_UDP)
            .always(answer(WEB, 53, WEB_GATEWAY)),
        promise("without the raw table a neighbour reaches ports published on 127.0.0.1")
            .in(WITHOUT_RAW)
            .over(Family.IPV4)
            .from(OUTSIDE)
            .to(Spot.LOOPBACK)
            .tcp(ON_LOOPBACK)
            .since(DOCKER28, answer(WEB, 80, OUTSIDE.spot())),
        promise("the host reaches each of two loopback addresses that share a port, the first")
            .in(WITH_PROXY, WITHOUT_PROXY)
            .over(Family.IPV4)
            .from(HOST)
            .to(WantedState.FIRST_LOOPBACK)
            .tcp(ON_TWO_LOOPBACKS)
            .always(answer(WEB, 80, WEB_GATEWAY)),
        promise("the host reaches each of two loopback addresses that share a port, the second")
            .in(WITH_PROXY, WITHOUT_PROXY)
            .over(Family.IPV4)
            .from(HOST)
            .to(WantedState.SECOND_LOOPBACK)
            .tcp(ON_TWO_LOOPBACKS)
            .always(answer(STRANGER, 80, Network.OTHER.gateway())),
        promise("a port published on all addresses answers a neighbour at 127.0.0.1")
            .in(WITH_PROXY, WITHOUT_PROXY)
            .over(Family.IPV4)
            .from(OUTSIDE)
            .to(Spot.LOOPBACK)
            .tcp(ON_ALL)
            .always(answer(WEB, 80, OUTSIDE.spot())),
        promise("a port published on one address of the host is reached there")
            .in(WITH_PROXY, WITHOUT_PROXY)
            .from(OUTSIDE)
            .to(HOST)
            .tcp(ON_HOST_ADDRESS)
            .always(answer(WEB, 80, OUTSIDE.spot())),
        promise("a port published on one address is not there on another")
            .in(WITH_PROXY, WITHOUT_PROXY)
            .from(OUTSIDE)
            .to(WEB_GATEWAY)
            .tcp(ON_HOST_ADDRESS)
            .always(new Refusal()));
  }

  /** With the PROXY protocol, which only the proxy speaks. */
  static List<Promise> announced() {
    return List.of(
        promise("a port with the PROXY protocol is carried by the proxy also from outside")
            .in(WITH_PROXY, FORWARDING_SWITCHED_ON, DIRECT_ROUTING, WITHOUT_RAW)
            .from(OUTSIDE)
            .to(HOST)
            .tcp(ANNOUNCED)
            .always(answer(WEB, 80, WEB_GATEWAY)),
        promise("a port with the PROXY protocol passes INPUT, not what the user dropped in FORWARD")
            .in(USER_RULE, FOREIGN_DROP)
            .from(OUTSIDE)
            .to(HOST)
            .tcp(ANNOUNCED)
            .always(answer(WEB, 80, WEB_GATEWAY)),
        promise("the host reaches a port with the PROXY protocol by way of the proxy")
            .in(WITH_PROXY)
            .from(HOST)
            .to(HOST)
            .tcp(ANNOUNCED)
            .always(answer(WEB, 80, WEB_GATEWAY)),
        promise("a neighbour on the same network reaches a port with the PROXY protocol")
            .in(WITH_PROXY)
            .from(WEB_PEER)
            .to(HOST)
            .tcp(ANNOUNCED)
            .always(answer(WEB, 80, WEB_GATEWAY)),
        promise("a container on another network reaches a port with the PROXY protocol")
            .in(WITH_PROXY)
            .from(STRANGER)
            .to(HOST)
            .tcp(ANNOUNCED)
            .always(answer(WEB, 80, WEB_GATEWAY)),
        promise("without a proxy nobody reaches a port with the PROXY protocol")
            .in(WITHOUT_PROXY)
            .from(OUTSIDE)
            .to(HOST)
            .tcp(ANNOUNCED)
            .always(new Refusal()),
        promise("the host reaches a port with the PROXY protocol on loopback")
            .in(WITH_PROXY)
            .from(HOST)
            .to(Spot.LOOPBACK)
            .tcp(ANNOUNCED_ON_LOOPBACK)
            .always(answer(WEB, 80, WEB_GATEWAY)),
        promise("a neighbour that sends to 127.0.0.1 reaches no port with the PROXY protocol there")
            .in(WITH_PROXY, DIRECT_ROUTING, WITHOUT_RAW)
            .over(Family.IPV4)
            .from(OUTSIDE)
            .to(Spot.LOOPBACK)
            .tcp(ANNOUNCED_ON_LOOPBACK)
            .always(new Silence()));
  }

  /** Where only the proxy can serve. */
  static List<Promise> acrossFamilies() {
    return List.of(
        promise("a container without IPv6 is reached over IPv6 by way of the proxy")
            .in(WITH_PROXY, FORWARDING_SWITCHED_ON)
            .over(Family.IPV6)
            .from(OUTSIDE)
            .to(HOST)
            .tcp(OF_FOUR)
            .always(answer(FOUR, 80, Network.FOUR.gateway())),
        promise("without a proxy a container without IPv6 is not reached over IPv6")
            .in(WITHOUT_PROXY)
            .over(Family.IPV6)
            .from(OUTSIDE)
            .to(HOST)
            .tcp(OF_FOUR)
            .always(new Refusal()),
        promise("a container without IPv6 is reached over IPv4 as others are")
            .in(WITH_PROXY, WITHOUT_PROXY)
            .over(Family.IPV4)
            .from(OUTSIDE)
            .to(HOST)
            .tcp(OF_FOUR)
            .always(answer(FOUR, 80, OUTSIDE.spot())),
        promise("a client with a link-local address is served by the proxy")
            .in(WITH_PROXY)
            .over(Family.IPV6)
            .from(LINK_LOCAL)
            .to(Station.HOST_LINK_LOCAL)
            .tcp(ON_ALL)
            .since(DOCKER28, answer(WEB, 80, WEB_GATEWAY), new Silence()));
  }
}
