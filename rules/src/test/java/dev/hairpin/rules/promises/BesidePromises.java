package dev.hairpin.rules.promises;

import dev.hairpin.rules.Layout;
import dev.hairpin.rules.iptables.BesideLayout;
import dev.hairpin.rules.layouts.LayoutName;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * The table beside a dockerd of each generation that has the networks and leaves it to us to
 * publish. With a table of nftables' own packets fare as with rules in iptables alone, but for some
 * sentences, of which what the layout {@code hairpin} promises is true.
 */
public final class BesidePromises {
  private static final Set<String> TRANSLATED_AS_UNDER_HAIRPIN =
      Set.of(
          "a client with a link-local address is served by the proxy",
          "without a proxy a neighbour on the same network is seen itself",
          "without a proxy a neighbour gets its answer past the host, and can't place it");

  /** Where no table of dockerd's drops it. */
  private static final Set<String> LET_IN_AS_UNDER_HAIRPIN =
      Set.of(
          "without a proxy networks meet through published ports, too",
          "without a proxy members that may not talk to each other don't meet at all");

  private static final Map<String, Foretold> ALONE = new ConcurrentHashMap<>();

  private BesidePromises() {}

  /**
   * Everything that is to be asked.
   *
   * @param dockerds whose rules dockerd writes
   */
  public static Stream<Promises.Case> of(LayoutName dockerds) {
    return Promises.of(dockerds).map(BesidePromises::beside);
  }

  /** The same in one situation. */
  public static Stream<Promises.Case> of(LayoutName dockerds, Situation situation) {
    return Promises.of(dockerds, situation).map(BesidePromises::beside);
  }

  private static Promises.Case beside(Promises.Case row) {
    return new Promises.Case(
        row.layout(),
        row.situation(),
        row.family(),
        row.sentence(),
        row.question(),
        isAsUnderHairpin(row) ? underHairpin(row) : alone(row));
  }

  private static boolean isAsUnderHairpin(Promises.Case row) {
    String sentence = row.sentence().replace("it is not so that ", "");
    return TRANSLATED_AS_UNDER_HAIRPIN.contains(sentence)
        || (LET_IN_AS_UNDER_HAIRPIN.contains(sentence) && row.layout() != LayoutName.DOCKER29_NFT);
  }

  private static String underHairpin(Promises.Case row) {
    return Promises.of(LayoutName.HAIRPIN, row.situation())
        .filter(other -> other.family() == row.family() && other.question().equals(row.question()))
        .map(Promises.Case::expected)
        .findFirst()
        .orElseThrow();
  }

  private static String alone(Promises.Case row) {
    return ALONE
        .computeIfAbsent(key(row), any -> foretold(new BesideLayout(), row))
        .answer(row.question());
  }

  /** The model of our rules beside dockerd's where a row is asked. */
  static Foretold foretold(Layout ours, Promises.Case row) {
    return Foretold.beside(row.layout(), ours, row.situation(), row.family());
  }

  /** What rows with one model have in common. */
  static String key(Promises.Case row) {
    return row.layout() + " " + row.situation() + " " + row.family();
  }
}
