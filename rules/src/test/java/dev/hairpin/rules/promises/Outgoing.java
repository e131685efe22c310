package dev.hairpin.rules.promises;

import static dev.hairpin.rules.layouts.LayoutName.DOCKER28;
import static dev.hairpin.rules.layouts.LayoutName.HAIRPIN;
import static dev.hairpin.rules.promises.Outcome.answer;
import static dev.hairpin.rules.promises.Promise.promise;
import static dev.hairpin.rules.promises.Situation.DIRECT_ROUTING;
import static dev.hairpin.rules.promises.Situation.FORWARDING_SWITCHED_ON;
import static dev.hairpin.rules.promises.Situation.WITHOUT_PROXY;
import static dev.hairpin.rules.promises.Situation.WITHOUT_RAW;
import static dev.hairpin.rules.promises.Situation.WITH_PROXY;
import static dev.hairpin.rules.promises.Station.ALIAS;
import static dev.hairpin.rules.promises.Station.BEYOND;
import static dev.hairpin.rules.promises.Station.HOST;
import static dev.hairpin.rules.promises.Station.HOST_BEYOND;
import static dev.hairpin.rules.promises.Station.OUTSIDE;
import static dev.hairpin.rules.promises.Station.PLAIN;
import static dev.hairpin.rules.promises.Station.ROUTED;
import static dev.hairpin.rules.promises.Station.WEB;
import static dev.hairpin.rules.promises.WantedState.ON_ALL;

import dev.hairpin.rules.promises.Outcome.Silence;
import java.util.List;

/** Under which address containers call out, and what only passes through the host. */
final class Outgoing {
  private Outgoing() {}

  static List<Promise> fromContainers() {
    return List.of(
        promise("containers call out under the host's address")
            .in(WITH_PROXY, WITHOUT_PROXY, FORWARDING_SWITCHED_ON)
            .from(WEB)
            .to(OUTSIDE)
            .tcp(80)
            .always(answer(OUTSIDE, 80, HOST.spot())),
        promise("containers call out under the address of the interface that they leave by")
            .in(WITH_PROXY, WITHOUT_PROXY)
            .from(WEB)
            .to(BEYOND)
            .udp(53)
            .always(answer(BEYOND, 53, HOST_BEYOND)),
        promise("without masquerading containers talk to others under their own address")
            .in(WITH_PROXY, WITHOUT_PROXY, FORWARDING_SWITCHED_ON)
            .from(PLAIN)
            .to(OUTSIDE)
            .tcp(80)
            .always(answer(OUTSIDE, 80, PLAIN.spot()))
            // What is answered to that address is direct access to a container.
            .until(DOCKER28, new Silence())
            // What was let in or out, and not where it is sent to, decides there.
            .again(HAIRPIN, answer(OUTSIDE, 80, PLAIN.spot())),
        promise(
                "without masquerading containers talk to others where they may be addressed directly")
            .in(DIRECT_ROUTING, WITHOUT_RAW)
            .from(PLAIN)
            .to(OUTSIDE)
            .tcp(80)
            .since(DOCKER28, answer(OUTSIDE, 80, PLAIN.spot())),
        promise("containers call out under the address that their network was given")
            .in(WITH_PROXY, WITHOUT_PROXY)
            .from(ALIAS)
            .to(OUTSIDE)
            .tcp(80)
            .always(answer(OUTSIDE, 80, Network.ALIAS_ADDRESS)),
        promise("containers on a routed network keep their own address")
            .in(WITH_PROXY, FORWARDING_SWITCHED_ON)
            .from(ROUTED)
            .to(OUTSIDE)
            .tcp(80)
            .always(answer(OUTSIDE, 80, ROUTED.spot())));
  }

  /** The host publishes 8080 too. */
  static List<Promise> inTransit() {
    return List.of(
        promise("what passes through to another host's port is not redirected to ours")
            .in(WITH_PROXY, WITHOUT_PROXY)
            .from(OUTSIDE)
            .to(BEYOND)
            .tcp(ON_ALL)
            .always(answer(BEYOND, ON_ALL, OUTSIDE.spot())),
        promise("what containers send to another host's port is not redirected to ours")
            .in(WITH_PROXY, WITHOUT_PROXY, FORWARDING_SWITCHED_ON)
            .from(WEB)
            .to(OUTSIDE)
            .tcp(ON_ALL)
            .always(answer(OUTSIDE, ON_ALL, HOST.spot())),
        promise("what the host sends to another host's port is not redirected to ours")
            .in(WITH_PROXY, WITHOUT_PROXY)
            .from(HOST)
            .to(OUTSIDE)
            .tcp(ON_ALL)
            .always(answer(OUTSIDE, ON_ALL, HOST.spot())),
        promise("where forwarding was switched on for us, nobody else's packets pass")
            .in(FORWARDING_SWITCHED_ON)
            .from(OUTSIDE)
            .to(BEYOND)
            .tcp(ON_ALL)
            .always(new Silence()));
  }
}
