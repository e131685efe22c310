package dev.hairpin.agent.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.iptables.IptablesText;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Each rule that a real engine wrote taken away, and rules of somebody else's put at each place:
 * either everybody is served as before, or what was done is what is found, and nothing else.
 */
class EveryRuleTest {
  private static final List<String> FOREIGN = List.of("ACCEPT", "RETURN", "DROP", "REJECT", "DNAT");
  private static final int PAIRS = 60;

  /** A text that somebody has edited, and the rules that he has added or taken away. */
  private record Edit(List<String> lines, Set<String> rules) {}

  @ParameterizedTest
  @CsvSource({
    "20.10.24,one-tcp",
    "20.10.24,noproxy-tcp",
    "28.5.2,v6-net",
    "29.7.2,noproxy-tcp",
    "29.7.2,two-nets"
  })
  void aRuleThatIsMissingIsNamedWhereItIsMissed(String engine, String scenario) throws Exception {
    for (Family family : Family.values()) {
      List<String> lines = lines(RecordedHost.of(engine, scenario), family);
      for (int at = 0; at < lines.size(); at++) {
        if (isRule(lines.get(at))) {
          assertFound(engine, scenario, family, without(lines, at));
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"20.10.24,one-tcp", "20.10.24,noproxy-tcp", "28.5.2,one-tcp", "29.7.2,v6-net"})
  void aForeignRuleIsNamedWhereItDoesHarm(String engine, String scenario) throws Exception {
    for (Family family : Family.values()) {
      for (Edit edit : withForeign(lines(RecordedHost.of(engine, scenario), family), family)) {
        assertFound(engine, scenario, family, edit);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"20.10.24,one-tcp", "29.7.2,noproxy-tcp"})
  void ofTwoFaultsNobodyElseIsBlamed(String engine, String scenario) throws Exception {
    Random random = new Random(20_10_24);
    for (int pair = 0; pair < PAIRS; pair++) {
      List<String> lines = lines(RecordedHost.of(engine, scenario), Family.IPV4);
      Edit first = pick(withForeign(lines, Family.IPV4), random);
      List<Integer> rules =
          IntStream.range(0, first.lines().size())
              .filter(at -> isRule(first.lines().get(at)))
              .filter(at -> !first.rules().contains(first.lines().get(at)))
              .boxed()
              .toList();
      Edit second =
          random.nextBoolean()
              ? without(first.lines(), pick(rules, random))
              : pick(withForeign(first.lines(), Family.IPV4), random);
      Set<String> both = new LinkedHashSet<>(first.rules());
      both.addAll(second.rules());
      assertBlamed(engine, scenario, new Edit(second.lines(), both));
    }
  }

  private static <T> T pick(List<T> all, Random random) {
    return all.get(random.nextInt(all.size()));
  }

  // ---- what is edited

  private static List<String> lines(RecordedHost host, Family family) {
    return IptablesText.print(host.tables(family)).lines().toList();
  }

  private static boolean isRule(String line) {
    return line.startsWith("-A ");
  }

  private static Edit without(List<String> lines, int at) {
    List<String> fewer = new ArrayList<>(lines);
    return new Edit(fewer, Set.of(fewer.remove(at)));
  }

  /** In front of each rule of a chain that is not the engine's own. */
  private static List<Edit> withForeign(List<String> lines, Family family) {
    List<Edit> edits = new ArrayList<>();
    String table = "";
    for (int at = 0; at < lines.size(); at++) {
      String line = lines.get(at);
      table = line.startsWith("*") ? line.substring(1) : table;
      String chain = isRule(line) ? line.split(" ", -1)[1] : "DOCKER";
      if (chain.equals("DOCKER-USER") || !chain.startsWith("DOCKER")) {
        int place = at;
        foreign(table, chain, family).forEach(rule -> edits.add(with(lines, place, rule)));
      }
    }
    return edits;
  }

  private static Edit with(List<String> lines, int at, String rule) {
    List<String> more = new ArrayList<>(lines);
    more.add(at, rule);
    return new Edit(more, Set.of(rule));
  }

  private static Stream<String> foreign(String table, String chain, Family family) {
    boolean isNat = table.equals("nat");
    boolean isBeforeRouting = chain.equals("PREROUTING") || chain.equals("OUTPUT");
    return FOREIGN.stream()
        .filter(target ->
            switch (target) {
              case "DROP" -> !isNat;
              case "REJECT" -> table.equals("filter");
              case "DNAT" -> isNat && isBeforeRouting;
              default -> true;
            })
        .map(target -> "-A " + chain + " -p tcp -j " + target + options(target, family));
  }

  private static String options(String target, Family family) {
    boolean isFour = family == Family.IPV4;
    return switch (target) {
      case "REJECT" ->
          " --reject-with " + (isFour ? "icmp-port-unreachable" : "icmp6-port-unreachable");
      case "DNAT" -> " --to-destination " + (isFour ? "198.51.100.9" : "2001:db8:9::9");
      default -> "";
    };
  }

  // ---- what is found

  private static void assertFound(String engine, String scenario, Family family, Edit edit)
      throws Exception {
    Diagnosis before = RecordedHost.of(engine, scenario).diagnosis();
    Diagnosis after = edited(engine, scenario, family, edit);
    if (after.findings().isEmpty()) {
      assertThat(reached(after)).as("%s", edit.rules()).isEqualTo(reached(before));
    } else {
      assertThat(after.findings()).as("%s", edit.rules()).hasSize(1);
      assertThat(blamed(after)).as("%s", edit.rules()).isEqualTo(edit.rules());
    }
  }

  private static void assertBlamed(String engine, String scenario, Edit edit) throws Exception {
    Diagnosis before = RecordedHost.of(engine, scenario).diagnosis();
    Diagnosis after = edited(engine, scenario, Family.IPV4, edit);
    assertThat(edit.rules()).as("%s", edit.rules()).containsAll(blamed(after));
    if (after.findings().isEmpty()) {
      assertThat(reached(after)).as("%s", edit.rules()).isEqualTo(reached(before));
    }
  }

  private static Diagnosis edited(String engine, String scenario, Family family, Edit edit)
      throws Exception {
    String text = edit.lines().stream().collect(Collectors.joining("\n", "", "\n"));
    return RecordedHost.of(engine, scenario).rules(family, same -> text).diagnosis();
  }

  /** The rules of the evidence, as iptables-save has them. */
  private static Set<String> blamed(Diagnosis diagnosis) {
    return diagnosis.findings().stream()
        .map(Finding::evidence)
        .flatMap(Collection::stream)
        .map(line -> line.replaceFirst("^ip6?tables -t \\w+ ", ""))
        .collect(Collectors.toSet());
  }

  private static Map<String, Diagnosis.Reach> reached(Diagnosis diagnosis) {
    Map<String, Diagnosis.Reach> reached = new HashMap<>();
    diagnosis
        .checked()
        .forEach(each -> reached.put(each.way() + " " + each.way().binding(), each.reach()));
    return reached;
  }
}
