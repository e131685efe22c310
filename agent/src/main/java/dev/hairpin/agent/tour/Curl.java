package dev.hairpin.agent.tour;

import static dev.hairpin.agent.tour.Claim.exits;
import static dev.hairpin.agent.tour.Claim.prints;

/**
 * Somebody who asks the lab's web server.
 *
 * @param from the namespace that asks
 * @param url what is asked
 */
record Curl(String from, String url) {
  private static final int COULD_NOT_CONNECT = 7;
  private static final int TIMED_OUT = 28;

  private String command() {
    return "ip netns exec " + from + " curl -sS --max-time 2 " + url;
  }

  /** Gets the answer of the server, which sees it ask from an address. */
  Act isSeenFrom(String address) {
    return Act.run(
        command(),
        exits(0),
        prints("^Hello container!$"),
        prints("^you came from " + address.replace(".", "\\.") + "$"));
  }

  /** Is told that nobody listens there. */
  Act isRefused() {
    return Act.run(command(), exits(COULD_NOT_CONNECT));
  }

  /** Gets no answer at all. */
  Act waitsInVain() {
    return Act.run(command(), exits(TIMED_OUT));
  }
}
