package dev.hairpin.rules.promises;

import static dev.hairpin.rules.promises.Outcome.answer;
import static dev.hairpin.rules.promises.Promise.promise;
import static dev.hairpin.rules.promises.Situation.BRIDGED_UNSEEN;
import static dev.hairpin.rules.promises.Situation.FORWARDING_SWITCHED_ON;
import static dev.hairpin.rules.promises.Situation.WITHOUT_PROXY;
import static dev.hairpin.rules.promises.Situation.WITH_PROXY;
import static dev.hairpin.rules.promises.Station.HOST;
import static dev.hairpin.rules.promises.Station.INTERNAL;
import static dev.hairpin.rules.promises.Station.INTERNAL_PEER;
import static dev.hairpin.rules.promises.Station.ISOLATED;
import static dev.hairpin.rules.promises.Station.ISOLATED_PEER;
import static dev.hairpin.rules.promises.Station.OUTSIDE;
import static dev.hairpin.rules.promises.Station.SHY;
import static dev.hairpin.rules.promises.Station.SHY_FRIEND;
import static dev.hairpin.rules.promises.Station.SHY_PEER;
import static dev.hairpin.rules.promises.Station.STRANGER;
import static dev.hairpin.rules.promises.Station.WEB;
import static dev.hairpin.rules.promises.Station.WEB_PEER;
import static dev.hairpin.rules.promises.WantedState.OF_SHY;
import static dev.hairpin.rules.promises.WantedState.ON_ALL;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.layouts.LayoutName;
import dev.hairpin.rules.promises.Outcome.Silence;
import java.util.List;

/** Who meets whom on one network, and who is cut off. */
final class Isolation {
  private Isolation() {}

  static List<Promise> amongMembers() {
    return List.of(
        promise("members of a network meet on all ports")
            .in(WITH_PROXY, WITHOUT_PROXY, FORWARDING_SWITCHED_ON, BRIDGED_UNSEEN)
            .from(WEB_PEER)
            .to(WEB)
            .tcp(81)
            .always(answer(WEB, 81, WEB_PEER.spot())),
        promise("members that may not talk to each other don't meet")
            .in(WITH_PROXY, WITHOUT_PROXY, FORWARDING_SWITCHED_ON)
            .from(SHY_PEER)
            .to(SHY)
            .tcp(80)
            .always(new Silence()),
        promise("members that may not talk to each other do where bridged packets meet no rules")
            .in(BRIDGED_UNSEEN)
            .from(SHY_PEER)
            .to(SHY)
            .tcp(80)
            .always(answer(SHY, 80, SHY_PEER.spot())),
        promise("members that may not talk to each other meet through published ports")
            .in(WITH_PROXY, FORWARDING_SWITCHED_ON)
            .from(SHY_PEER)
            .to(HOST)
            .tcp(OF_SHY)
            .always(answer(SHY, 80, Network.SHY.gateway())),
        promise("without a proxy members that may not talk to each other don't meet at all")
            .in(WITHOUT_PROXY)
            .from(SHY_PEER)
            .to(HOST)
            .tcp(OF_SHY)
            .always(new Silence())
            // As with the proxy: what is published is everybody's.
            .except(LayoutName.HAIRPIN, answer(SHY, 80, Network.SHY.gateway())),
        promise("a link lets one member reach another's port")
            .in(WITH_PROXY, WITHOUT_PROXY, FORWARDING_SWITCHED_ON)
            .over(Family.IPV4)
            .from(SHY_FRIEND)
            .to(SHY)
            .tcp(81)
            .always(answer(SHY, 81, SHY_FRIEND.spot())),
        promise("a link opens no other port")
            .in(WITH_PROXY)
            .from(SHY_FRIEND)
            .to(SHY)
            .tcp(80)
            .always(new Silence()),
        promise("others reach the published ports of a network whose members may not talk")
            .in(WITH_PROXY, WITHOUT_PROXY)
            .from(OUTSIDE)
            .to(HOST)
            .tcp(OF_SHY)
            .always(answer(SHY, 80, OUTSIDE.spot())),
        promise("members that may not talk to each other call out")
            .in(WITH_PROXY, FORWARDING_SWITCHED_ON)
            .from(SHY)
            .to(OUTSIDE)
            .tcp(80)
            .always(answer(OUTSIDE, 80, HOST.spot())));
  }

  static List<Promise> ofInternalNetworks() {
    return List.of(
        promise("members of an internal network meet")
            .in(WITH_PROXY, WITHOUT_PROXY, FORWARDING_SWITCHED_ON)
            .from(INTERNAL_PEER)
            .to(INTERNAL)
            .tcp(80)
            .always(answer(INTERNAL, 80, INTERNAL_PEER.spot())),
        promise("an internal network reaches nobody outside")
            .in(WITH_PROXY, WITHOUT_PROXY, FORWARDING_SWITCHED_ON)
            .from(INTERNAL)
            .to(OUTSIDE)
            .tcp(80)
            .always(new Silence()),
        promise("an internal network reaches no port that another network published")
            .in(WITH_PROXY, WITHOUT_PROXY)
            .from(INTERNAL)
            .to(HOST)
            .tcp(ON_ALL)
            .always(new Silence())
            // There the network that a packet goes to decides, and doesn't ask where it is from.
            .except(LayoutName.DOCKER29_NFT, answer(WEB, 80, INTERNAL.spot())),
        promise("an internal network reaches no such port at its own bridge's address either")
            .in(WITH_PROXY, WITHOUT_PROXY)
            .from(INTERNAL)
            .to(Network.INTERNAL.gateway())
            .tcp(ON_ALL)
            .always(new Silence())
            .except(LayoutName.DOCKER29_NFT, answer(WEB, 80, INTERNAL.spot())),
        promise("nobody outside reaches an internal network")
            .in(WITH_PROXY, WITHOUT_PROXY, FORWARDING_SWITCHED_ON)
            .from(OUTSIDE)
            .to(INTERNAL)
            .tcp(80)
            .always(new Silence()),
        promise("no other network reaches an internal one")
            .in(WITH_PROXY, WITHOUT_PROXY)
            .from(STRANGER)
            .to(INTERNAL)
            .tcp(80)
            .always(new Silence()),
        promise("an internal network reaches no other")
            .in(WITH_PROXY)
            .from(INTERNAL)
            .to(WEB)
            .tcp(81)
            .always(new Silence()),
        promise("the host reaches an internal network")
            .in(WITH_PROXY, WITHOUT_PROXY)
            .from(HOST)
            .to(INTERNAL)
            .tcp(80)
            .always(answer(INTERNAL, 80, Network.INTERNAL.gateway())),
        promise("members meet where the bridge has no address")
            .in(WITH_PROXY, FORWARDING_SWITCHED_ON)
            .from(ISOLATED_PEER)
            .to(ISOLATED)
            .tcp(80)
            .always(answer(ISOLATED, 80, ISOLATED_PEER.spot())));
  }
}
