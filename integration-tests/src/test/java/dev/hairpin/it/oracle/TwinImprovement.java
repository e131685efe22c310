package dev.hairpin.it.oracle;

import dev.hairpin.rules.address.Protocol;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Where we are meant to differ from an engine that does the same beside us: which question, what
 * the engine answers, what we answer, and why.
 *
 * @param mendedIn the first number of the version from which the engine does as we do
 * @param from who asks, with what may follow
 * @param target what is asked, with what may follow
 */
public record TwinImprovement(
    int mendedIn,
    Protocol protocol,
    Pattern from,
    Pattern target,
    String engine,
    Pattern ours,
    String reason) {

  /** All of them. */
  public static final List<TwinImprovement> KNOWN =
      List.of(
          new TwinImprovement(
              28,
              Protocol.UDP,
              Pattern.compile("self|peer:.*|stranger"),
              Pattern.compile("host[46]|gw[46]:.*"),
              "timeout",
              Pattern.compile(
                  "open (?<v4>[0-9.]+\\.)\\d+:53 sees \\k<v4>1"
                      + "|open \\[(?<v6>[0-9a-f:]+::)\\w+\\]:53 sees \\k<v6>1"),
              "docker-proxy before 28 answers UDP from the address that is nearest to the asker, who"
                  + " throws an answer from an address that it did not ask away; ours leaves from"
                  + " the address that was asked"));

  /** Those over the engines with that first number of the version. */
  static List<TwinImprovement> over(int majorVersion) {
    return KNOWN.stream().filter(each -> majorVersion < each.mendedIn()).toList();
  }

  /** Whether the two answers to one question differ as they are meant to. */
  boolean isMeant(Reach original, Reach answered) {
    return original.protocol() == protocol
        && from.matcher(original.from()).matches()
        && target.matcher(original.target()).matches()
        && original.result().equals(engine)
        && ours.matcher(answered.result()).matches();
  }
}
