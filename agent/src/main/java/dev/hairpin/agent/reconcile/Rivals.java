package dev.hairpin.agent.reconcile;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.Problem;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.trace.Shadow;
import dev.hairpin.rules.trace.Shadows;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What other programs do to our rules: who changes them, which is put right, and what they put in
 * front of ours, which is only reported. Used by one pass at a time.
 */
public final class Rivals {
  private static final Logger log = LoggerFactory.getLogger(Rivals.class);

  private final RuleWriters writers;
  private final Supplier<dev.hairpin.rules.trace.Host> host;
  private List<Problem> reported = List.of();

  /**
   * @param host this host's interfaces and addresses; asked for only where rules of others are in
   *     front of ours
   */
  public Rivals(RuleWriters writers, Supplier<dev.hairpin.rules.trace.Host> host) {
    this.writers = requireNonNull(writers, "writers");
    this.host = requireNonNull(host, "host");
  }

  void beginPass() {
    writers.beginPass();
  }

  /** What a pass put right that nobody had asked for. */
  Repair repaired(List<Host.Written> written) {
    return new Repair(
        written.stream().flatMap(part -> part.damage().stream()).toList(), writers.sinceLastPass());
  }

  /**
   * What of others is in front of our rules; logged when it is new. A pass that changed rules is
   * followed by one that hears of it, and that looks.
   */
  List<Problem> inFront(List<Host.Written> written, DesiredState state) {
    if (written.stream().anyMatch(part -> part.changes() > 0)) {
      return reported;
    }
    List<Problem> problems =
        written.stream()
            .flatMap(part ->
                new Shadows(part.observed(), part.desired(), state)
                    .cast(host).stream().map(shadow -> problem(shadow, part.desired().family())))
            .toList();
    problems.stream()
        .filter(problem -> !reported.contains(problem))
        .forEach(problem -> log.warn("{}", problem));
    reported = problems;
    return problems;
  }

  private static Problem problem(Shadow shadow, Family family) {
    Table table = shadow.at().table();
    String tool =
        switch (family) {
          case IPV4 -> "iptables";
          case IPV6 -> "ip6tables";
        };
    String rule = shadow.at().chain() + " " + IptablesText.line(shadow.rule());
    return new Problem(
        "publish " + shadow.binding().hostPort() + " for " + shadow.binding().publisher(),
        "somebody's rule "
            + (shadow.certain() ? "decides" : "may decide")
            + " over "
            + (table == Table.RAW ? "what neighbours send" : "its packets")
            + " before ours are asked: "
            + tool
            + " -t "
            + table.keyword()
            + " -A "
            + rule
            + "; have it stand below ours, or delete it with "
            + tool
            + " -t "
            + table.keyword()
            + " -D "
            + rule);
  }
}
