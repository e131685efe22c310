package dev.hairpin.rules.promises;

import static dev.hairpin.rules.promises.Outcome.answer;
import static dev.hairpin.rules.promises.Promise.promise;
import static dev.hairpin.rules.promises.Situation.FOREIGN_DROP;
import static dev.hairpin.rules.promises.Situation.FOREIGN_TABLE;
import static dev.hairpin.rules.promises.Situation.USER_RULE;
import static dev.hairpin.rules.promises.Station.BEYOND;
import static dev.hairpin.rules.promises.Station.FOUR;
import static dev.hairpin.rules.promises.Station.HOST;
import static dev.hairpin.rules.promises.Station.OUTSIDE;
import static dev.hairpin.rules.promises.Station.WEB;
import static dev.hairpin.rules.promises.Station.WEB_PEER;
import static dev.hairpin.rules.promises.WantedState.OF_FOUR;
import static dev.hairpin.rules.promises.WantedState.ON_ALL;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.layouts.LayoutName;
import dev.hairpin.rules.promises.Outcome.Silence;
import java.util.List;

/** What others' rules change. */
final class OthersRules {
  private OthersRules() {}

  static List<Promise> inForward() {
    return List.of(
        promise("a foreign DROP at the end of FORWARD does not break published ports")
            .in(FOREIGN_DROP)
            .from(OUTSIDE)
            .to(HOST)
            .tcp(ON_ALL)
            .always(answer(WEB, 80, OUTSIDE.spot()))
            // Accepting ends the way through our own table only.
            .until(LayoutName.DOCKER29_NFT, new Silence()),
        promise("a foreign DROP at the end of FORWARD does not keep containers from calling out")
            .in(FOREIGN_DROP)
            .from(WEB)
            .to(OUTSIDE)
            .tcp(80)
            .always(answer(OUTSIDE, 80, HOST.spot()))
            // Accepting ends the way through our own table only.
            .until(LayoutName.DOCKER29_NFT, new Silence()),
        promise("a foreign DROP at the end of FORWARD does not part members of a network")
            .in(FOREIGN_DROP)
            .from(WEB_PEER)
            .to(WEB)
            .tcp(81)
            .always(answer(WEB, 81, WEB_PEER.spot()))
            // Accepting ends the way through our own table only.
            .until(LayoutName.DOCKER29_NFT, new Silence()),
        promise("a foreign DROP at the end of FORWARD drops what only passes through")
            .in(FOREIGN_DROP)
            .from(OUTSIDE)
            .to(BEYOND)
            .tcp(ON_ALL)
            .always(new Silence()));
  }

  /** iptables' tables don't know of it, so accepting there is no help. */
  static List<Promise> inATableOfItsOwn() {
    return List.of(
        promise("a DROP in somebody's own table breaks published ports, whoever accepts")
            .in(FOREIGN_TABLE)
            .from(OUTSIDE)
            .to(HOST)
            .tcp(ON_ALL)
            .always(new Silence()),
        promise("a DROP in somebody's own table does not touch what the proxy serves")
            .in(FOREIGN_TABLE)
            .over(Family.IPV6)
            .from(OUTSIDE)
            .to(HOST)
            .tcp(OF_FOUR)
            .always(answer(FOUR, 80, Network.FOUR.gateway())),
        promise("a DROP in somebody's own table does not touch what the host sends")
            .in(FOREIGN_TABLE)
            .from(HOST)
            .to(HOST)
            .tcp(ON_ALL)
            .always(answer(WEB, 80, HOST.spot())));
  }

  static List<Promise> ofTheUser() {
    return List.of(
        promise("the user's rules are asked first")
            .in(USER_RULE)
            .from(OUTSIDE)
            .to(HOST)
            .tcp(ON_ALL)
            .always(new Silence()),
        promise("whom the user's rules let pass is let in")
            .in(USER_RULE)
            .from(BEYOND)
            .to(HOST)
            .tcp(ON_ALL)
            .always(answer(WEB, 80, BEYOND.spot())),
        promise("the user's rules are not asked where the proxy answers")
            .in(USER_RULE)
            .over(Family.IPV6)
            .from(OUTSIDE)
            .to(HOST)
            .tcp(OF_FOUR)
            .always(answer(FOUR, 80, Network.FOUR.gateway())));
  }
}
