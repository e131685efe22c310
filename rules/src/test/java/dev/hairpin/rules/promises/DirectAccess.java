package dev.hairpin.rules.promises;

import static dev.hairpin.rules.layouts.LayoutName.DOCKER28;
import static dev.hairpin.rules.layouts.LayoutName.DOCKER29;
import static dev.hairpin.rules.promises.Outcome.answer;
import static dev.hairpin.rules.promises.Promise.promise;
import static dev.hairpin.rules.promises.Situation.DIRECT_ROUTING;
import static dev.hairpin.rules.promises.Situation.FORWARDING_SWITCHED_ON;
import static dev.hairpin.rules.promises.Situation.MARK_ACCEPTED;
import static dev.hairpin.rules.promises.Situation.WITHOUT_PROXY;
import static dev.hairpin.rules.promises.Situation.WITHOUT_RAW;
import static dev.hairpin.rules.promises.Situation.WITH_PROXY;
import static dev.hairpin.rules.promises.Station.BEYOND;
import static dev.hairpin.rules.promises.Station.OPEN;
import static dev.hairpin.rules.promises.Station.OUTSIDE;
import static dev.hairpin.rules.promises.Station.ROUTED;
import static dev.hairpin.rules.promises.Station.STRANGER;
import static dev.hairpin.rules.promises.Station.TRUSTING;
import static dev.hairpin.rules.promises.Station.WEB;

import dev.hairpin.rules.promises.Outcome.Echo;
import dev.hairpin.rules.promises.Outcome.Silence;
import java.util.List;

/** Who reaches a container by its own address, with a route to it. */
final class DirectAccess {
  private DirectAccess() {}

  static List<Promise> fromOutside() {
    return List.of(
        promise("a published container port is not reached directly from outside")
            .in(WITH_PROXY, WITHOUT_PROXY, FORWARDING_SWITCHED_ON)
            .from(OUTSIDE)
            .to(WEB)
            .tcp(80)
            .since(DOCKER28, new Silence(), answer(WEB, 80, OUTSIDE.spot())),
        promise("a published container port is reached directly where nothing in raw forbids it")
            .in(DIRECT_ROUTING, WITHOUT_RAW)
            .from(OUTSIDE)
            .to(WEB)
            .tcp(80)
            .since(DOCKER28, answer(WEB, 80, OUTSIDE.spot())),
        promise("an unpublished port is not reached directly from outside")
            .in(WITH_PROXY, WITHOUT_PROXY)
            .from(OUTSIDE)
            .to(WEB)
            .tcp(81)
            .since(DOCKER28, new Silence(), answer(WEB, 81, OUTSIDE.spot())),
        promise("an unpublished port is closed wherever FORWARD drops what nobody accepts")
            .in(FORWARDING_SWITCHED_ON)
            .from(OUTSIDE)
            .to(WEB)
            .tcp(81)
            .always(new Silence()),
        promise("an unpublished port stays closed where direct routing is allowed")
            .in(DIRECT_ROUTING, WITHOUT_RAW)
            .from(OUTSIDE)
            .to(WEB)
            .tcp(81)
            .since(DOCKER28, new Silence()),
        promise("a container is not pinged from outside")
            .in(WITH_PROXY)
            .from(OUTSIDE)
            .to(WEB)
            .ping()
            .since(DOCKER28, new Silence(), new Echo()),
        promise("a trusted interface lets others reach published ports directly")
            .in(WITH_PROXY, WITHOUT_PROXY)
            .from(BEYOND)
            .to(TRUSTING)
            .tcp(80)
            .since(DOCKER28, answer(TRUSTING, 80, BEYOND.spot())),
        promise("a trusted interface opens no unpublished port")
            .in(WITH_PROXY)
            .from(BEYOND)
            .to(TRUSTING)
            .tcp(81)
            .since(DOCKER28, new Silence()),
        promise("who comes by another interface than a trusted one reaches no port directly")
            .in(WITH_PROXY)
            .from(OUTSIDE)
            .to(TRUSTING)
            .tcp(80)
            .since(DOCKER28, new Silence()));
  }

  /** Networks whose members may be addressed. */
  static List<Promise> ofOpenNetworks() {
    return List.of(
        promise("a published port on a routed network is reached at the container's address")
            .in(WITH_PROXY, WITHOUT_PROXY, FORWARDING_SWITCHED_ON)
            .from(OUTSIDE)
            .to(ROUTED)
            .tcp(80)
            .always(answer(ROUTED, 80, OUTSIDE.spot())),
        promise("an unpublished port on a routed network is not reached")
            .in(WITH_PROXY)
            .from(OUTSIDE)
            .to(ROUTED)
            .tcp(81)
            .since(DOCKER28, new Silence(), answer(ROUTED, 81, OUTSIDE.spot())),
        promise("containers on a routed network are pinged")
            .in(WITH_PROXY, FORWARDING_SWITCHED_ON)
            .from(OUTSIDE)
            .to(ROUTED)
            .ping()
            .since(DOCKER28, new Echo()),
        promise("a mark that lets packets in opens an unpublished port to whoever has it")
            .in(MARK_ACCEPTED)
            .from(OUTSIDE)
            .to(ROUTED)
            .tcp(81)
            .since(DOCKER29, answer(ROUTED, 81, OUTSIDE.spot())),
        promise("packets without the mark reach no unpublished port")
            .in(MARK_ACCEPTED)
            .from(BEYOND)
            .to(ROUTED)
            .tcp(81)
            .since(DOCKER29, new Silence()),
        promise("a published port on an unprotected network is reached at the container's address")
            .in(WITH_PROXY, FORWARDING_SWITCHED_ON)
            .from(OUTSIDE)
            .to(OPEN)
            .tcp(80)
            .since(DOCKER28, answer(OPEN, 80, OUTSIDE.spot())),
        promise("an unpublished port on an unprotected network is reached as well")
            .in(WITH_PROXY, FORWARDING_SWITCHED_ON)
            .from(OUTSIDE)
            .to(OPEN)
            .tcp(81)
            .since(DOCKER28, answer(OPEN, 81, OUTSIDE.spot())),
        promise("containers on an unprotected network are pinged")
            .in(WITH_PROXY)
            .from(OUTSIDE)
            .to(OPEN)
            .ping()
            .since(DOCKER28, new Echo()));
  }

  static List<Promise> fromOtherNetworks() {
    return List.of(
        promise("neighbours on other networks don't meet at a container's own address")
            .in(WITH_PROXY, WITHOUT_PROXY, FORWARDING_SWITCHED_ON, WITHOUT_RAW)
            .from(STRANGER)
            .to(WEB)
            .tcp(81)
            .always(new Silence()),
        promise("neighbours on other networks don't meet at a published port's own address")
            .in(WITH_PROXY, WITHOUT_PROXY, FORWARDING_SWITCHED_ON)
            .from(STRANGER)
            .to(WEB)
            .tcp(80)
            .always(new Silence()),
        promise(
                "neighbours on other networks reach a published port directly where that is allowed")
            .in(DIRECT_ROUTING)
            .from(STRANGER)
            .to(WEB)
            .tcp(80)
            .since(DOCKER28, answer(WEB, 80, Network.WEB.gateway()))
            .except(DOCKER28, new Silence()),
        promise("neighbours on other networks can't ping each other")
            .in(WITH_PROXY)
            .from(STRANGER)
            .to(WEB)
            .ping()
            .always(new Silence()),
        promise("a container reaches a published port of a routed network at its address")
            .in(WITH_PROXY, WITHOUT_PROXY)
            .from(STRANGER)
            .to(ROUTED)
            .tcp(80)
            .since(DOCKER28, answer(ROUTED, 80, Network.ROUTED.gateway()), new Silence()),
        promise("a container reaches no unpublished port of a routed network")
            .in(WITH_PROXY)
            .from(STRANGER)
            .to(ROUTED)
            .tcp(81)
            .always(new Silence()),
        promise("a routed network's container doesn't reach others directly")
            .in(WITH_PROXY)
            .from(ROUTED)
            .to(WEB)
            .tcp(80)
            .always(new Silence()),
        promise("a container reaches every port of an unprotected network, published or not")
            .in(WITH_PROXY, WITHOUT_PROXY)
            .from(STRANGER)
            .to(OPEN)
            .tcp(81)
            .since(DOCKER29, answer(OPEN, 81, Network.OPEN.gateway()), new Silence()));
  }
}
