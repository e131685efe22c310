package dev.hairpin.agent.doctor;

import dev.hairpin.agent.doctor.Diagnosis.Checked;
import dev.hairpin.agent.doctor.Diagnosis.Reach;
import java.util.List;
import java.util.Optional;

/**
 * Conntrack's table, with no room for one more connection. The kernel then throws out an entry that
 * is not assured, if it comes upon one, and else drops what would begin a connection, before any
 * chain of nat is asked (early_drop() and __nf_conntrack_alloc() in nf_conntrack_core.c). Pure.
 *
 * @param count of the entries in this host's own network
 * @param most that may be in each network
 * @param isStuck whether no entry is known that could be thrown out
 */
record FullTable(long count, long most, boolean isStuck) {
  private static final String COUNT = "net.netfilter.nf_conntrack_count";
  private static final String MOST = "net.netfilter.nf_conntrack_max";
  private static final String ASSURED = "[ASSURED]";

  /** Empty where there is room, or nothing tells. A limit of 0 is none. */
  static Optional<FullTable> of(Evidence evidence) {
    long count = number(evidence, COUNT);
    long most = number(evidence, MOST);
    return most > 0 && count >= most
        ? Optional.of(new FullTable(count, most, isStuck(evidence)))
        : Optional.empty();
  }

  private static boolean isStuck(Evidence evidence) {
    return evidence.connections().stream()
        .anyMatch(
            lines -> !lines.isEmpty() && lines.stream().allMatch(line -> line.contains(ASSURED)));
  }

  private static long number(Evidence evidence, String setting) {
    String text = evidence.sysctls().getOrDefault(setting, "");
    return text.matches("\\d{1,18}") ? Long.parseLong(text) : 0;
  }

  /** What becomes of a way, now that it takes luck to begin a connection. */
  Checked hampered(Checked checked) {
    return switch (checked.reach()) {
      case REACHED, BY_PROXY, UNKNOWN ->
          new Checked(checked.way(), isStuck ? Reach.LOST : Reach.UNKNOWN, "");
      case LOST, NOT_MEANT -> checked;
    };
  }

  /**
   * Says so.
   *
   * @param checked as they would be if there were room
   */
  Finding finding(List<Checked> checked) {
    List<Way> ways =
        checked.stream()
            .filter(each -> isStuck && !hampered(each).equals(each))
            .map(Checked::way)
            .toList();
    return Finding.of(
        Code.CONNECTIONS_FULL,
        ways,
        List.of(Long.toString(count), Long.toString(most)),
        List.of(COUNT + " = " + count, MOST + " = " + most),
        List.of(Remedies.run("sysctl", "-w", MOST + "=" + 2 * most)));
  }
}
