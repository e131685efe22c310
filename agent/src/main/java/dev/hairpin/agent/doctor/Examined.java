package dev.hairpin.agent.doctor;

import dev.hairpin.agent.doctor.Diagnosis.Checked;
import dev.hairpin.agent.doctor.Diagnosis.Reach;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.trace.Place;
import dev.hairpin.rules.trace.Trace;
import java.util.List;
import java.util.Optional;

/**
 * What came out about one way.
 *
 * @param cures without any of which the packet does not arrive
 * @param doubts rules that it hangs on, and that are not understood
 * @param lost that nothing would save it
 * @param detour that the proxy has it, and nothing tells why rules have not
 */
record Examined(
    Checked checked,
    List<? extends Cure> cures,
    List<? extends Cure> doubts,
    Optional<Finding> lost,
    Optional<Finding> detour) {
  Examined {
    cures = List.copyOf(cures);
    doubts = List.copyOf(doubts);
  }

  /**
   * Leads a packet by a way. Safe for use by several threads at once.
   *
   * @param present the host as it is
   * @param ideal the host as the port's publisher meant it
   */
  static Examined of(Way way, Situation present, Situation ideal, List<Author> authors) {
    Outcome outcome = Course.of(present, way);
    if (outcome instanceof Outcome.Served served && !served.byProxy()) {
      return well(new Checked(way, Reach.REACHED, served.seen().toString()));
    }
    Outcome meant = Course.of(ideal, way);
    if (!(meant instanceof Outcome.Served goal)) {
      return well(
          outcome instanceof Outcome.Served served
              ? new Checked(way, Reach.BY_PROXY, served.seen().toString())
              : new Checked(way, Reach.NOT_MEANT, ""));
    }
    Treatment treatment = new Treatment(way, authors, !goal.byProxy());
    if (treatment.isWell(outcome)) {
      return well(served(way, outcome));
    }
    Prospect prospect = Prospect.of(present, way, treatment::isWell);
    return switch (prospect.fate()) {
      case WELL -> well(served(way, Course.of(prospect.situation(), way)));
      case UNSURE -> unsure(way, prospect, treatment.of(present).cures());
      case LOST -> treated(way, prospect.situation(), treatment, goal.byProxy());
    };
  }

  private static Examined well(Checked checked) {
    return found(checked, List.of(), List.of());
  }

  private static Examined found(
      Checked checked, List<? extends Cure> cures, List<? extends Cure> doubts) {
    return new Examined(checked, cures, doubts, Optional.empty(), Optional.empty());
  }

  private static Checked served(Way way, Outcome outcome) {
    return outcome instanceof Outcome.Served served
        ? new Checked(
            way, served.byProxy() ? Reach.BY_PROXY : Reach.REACHED, served.seen().toString())
        : new Checked(way, Reach.LOST, "");
  }

  /** Unless there is a cure for it: a rule of the publisher's may look up what is gone. */
  private static Examined unsure(Way way, Prospect prospect, List<Cure> cures) {
    return cures.isEmpty() || cures.stream().anyMatch(Examined::isDoubt)
        ? found(new Checked(way, Reach.UNKNOWN, ""), List.of(), prospect.doubts())
        : found(new Checked(way, Reach.LOST, ""), cures, List.of());
  }

  private static Examined treated(Way way, Situation start, Treatment treatment, boolean byProxy) {
    Outcome outcome = Course.of(start, way);
    boolean isUnseen = byProxy && outcome instanceof Outcome.Unheard unheard && !unheard.known();
    if (isUnseen || outcome instanceof Outcome.Untold) {
      return well(new Checked(way, Reach.UNKNOWN, ""));
    }
    List<Cure> cures = treatment.of(start).cures();
    List<Cure> sure = cures.stream().filter(cure -> !isDoubt(cure)).toList();
    List<Cure> doubts = cures.stream().filter(Examined::isDoubt).toList();
    if (sure.isEmpty() && !doubts.isEmpty()) {
      return found(new Checked(way, Reach.UNKNOWN, ""), List.of(), doubts);
    }
    if (!cures.isEmpty()) {
      return found(served(way, outcome), sure, doubts);
    }
    return outcome instanceof Outcome.Served served
        ? new Examined(
            served(way, outcome),
            List.of(),
            List.of(),
            Optional.empty(),
            Optional.of(detour(way, served)))
        : new Examined(
            served(way, outcome),
            List.of(),
            List.of(),
            Optional.of(lost(way, outcome)),
            Optional.empty());
  }

  private static boolean isDoubt(Cure cure) {
    return cure instanceof Cure.TakeOut out && out.isDoubt();
  }

  /** Rules should have sent it on, and nothing tells why they don't. */
  private static Finding detour(Way way, Outcome.Served served) {
    return Finding.of(
        Code.BY_PROXY,
        List.of(way),
        List.of(way.binding().hostPort().toString(), served.seen().toString()),
        List.of(),
        List.of(Remedies.byHand("walk", way.target())));
  }

  private static Finding lost(Way way, Outcome outcome) {
    return Finding.of(
        Code.LOST,
        List.of(way),
        List.of(end(outcome.last().verdict()), way.toString()),
        List.of(),
        List.of());
  }

  private static String end(Trace.Verdict verdict) {
    return switch (verdict) {
      case Trace.Verdict.Dropped(Place at, var rule) -> at.toString();
      case Trace.Verdict.Rejected(Place at, var rule) -> at.toString();
      case Trace.Verdict.Unknown(Place at, var rule) -> at.toString();
      case Trace.Verdict.Delivered(IpAddress address, int port) -> address.withPort(port);
      case Trace.Verdict.Forwarded(IpAddress address, int port, String by) ->
          address.withPort(port) + " (" + by + ")";
      case Trace.Verdict.Unroutable(IpAddress address) -> address.toString();
    };
  }
}
