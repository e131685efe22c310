package dev.hairpin.agent.doctor;

import dev.hairpin.agent.doctor.Diagnosis.Checked;
import dev.hairpin.agent.doctor.Diagnosis.Reach;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.trace.Place;
import dev.hairpin.rules.trace.Trace;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Leads a packet by each way to each port, through the host as it is. One that gets lost, and would
 * not on a host as it was meant to be, is led again and again with one difference put right, until
 * it arrives: what it needed is what is wrong. Pure.
 */
public final class Examination {
  private final Evidence evidence;
  private final List<Author> authors;
  private final Wanted wanted;
  private final Situation present;
  private final Findings findings;
  private final Findings doubts;
  private final List<Finding> lost = new ArrayList<>();
  private final List<Finding> detours = new ArrayList<>();
  private final List<Checked> checked = new ArrayList<>();

  private Examination(Evidence evidence, List<Author> authors) {
    this.evidence = evidence;
    this.authors = authors;
    this.wanted = Wanted.of(evidence.tables(), authors);
    this.present = Situation.of(evidence, wanted);
    this.findings = new Findings(evidence, authors);
    this.doubts = new Findings(evidence, authors);
  }

  /**
   * Examines published ports.
   *
   * @param targets which of them; none for all
   * @throws IllegalArgumentException if somebody is named that nothing is known of
   */
  public static Diagnosis of(Evidence looked, List<Target> targets) {
    Authors.Found found = Authors.of(looked);
    Evidence evidence = MadeUpNetwork.whereUnknown(looked, found.all());
    Examination examination = new Examination(evidence, found.all());
    List<Target> asked = targets.isEmpty() ? List.of(new Target.Everything()) : targets;
    for (Author author : found.all()) {
      examination.examine(
          author, binding -> asked.stream().anyMatch(target -> target.isAbout(binding)));
    }
    return examination.diagnosis(asked, found.troubles());
  }

  private Diagnosis diagnosis(List<Target> asked, List<Evidence.Trouble> others) {
    List<Finding> all = new ArrayList<>(findings.all());
    all.addAll(lost);
    Unpublished unpublished =
        new Unpublished(
            evidence,
            authors.stream().flatMap(author -> author.state().bindings().stream()).toList());
    for (Target target : asked) {
      if (target instanceof Target.Named(String name) && !unpublished.isKnown(name)) {
        throw new IllegalArgumentException(
            "no container or namespace "
                + target
                + " is known; hairpin ps and docker ps show those that publish something");
      }
      all.addAll(unpublished.about(target));
    }
    all.addAll(new Connections(evidence).findings(checked));
    all.addAll(
        new Wires(evidence)
            .findings(checked.stream().map(each -> each.way().binding()).distinct().toList()));
    Stream.concat(evidence.troubles().stream(), others.stream())
        .filter(trouble -> !trouble.isOfPart())
        .map(Examination::unread)
        .forEach(all::add);
    Optional<FullTable> full = FullTable.of(evidence);
    full.map(table -> table.finding(checked)).ifPresent(all::add);
    return new Diagnosis(
        full.map(table -> checked.stream().map(table::hampered).toList()).orElse(checked),
        all,
        notes());
  }

  private List<Finding> notes() {
    List<Finding> notes = new ArrayList<>(doubts.all());
    notes.addAll(detours);
    Map<List<String>, Finding> surprises = new LinkedHashMap<>();
    Stream.concat(
            checked.stream()
                .filter(
                    each -> each.way().asker() == Asker.OUTSIDE && each.reach() == Reach.REACHED)
                .flatMap(each -> InputRules.passedBy(present, each.way()).stream()),
            checked.stream().flatMap(each -> NearestAnswers.on(present, each).stream()))
        .forEach(note -> surprises.merge(note.parts(), note, Finding::joined));
    notes.addAll(surprises.values());
    evidence.troubles().stream()
        .filter(Evidence.Trouble::isOfPart)
        .map(Examination::unread)
        .forEach(notes::add);
    if (evidence.listeners().isEmpty()) {
      notes.add(unread(new Evidence.Trouble(Sections.SOCKETS, "it is not there")));
    }
    return notes;
  }

  private static Finding unread(Evidence.Trouble trouble) {
    return Finding.of(
        Code.COULD_NOT_READ,
        List.of(),
        List.of(trouble.section(), trouble.why()),
        List.of(),
        List.of(Remedies.byHand("read-again", trouble.section())));
  }

  private void examine(Author author, Predicate<PortBinding> isMeant) {
    Ways ways =
        new Ways(
            ConnectedNetwork.of(evidence.networks(), author.state().networks()), author.state());
    Situation ideal = ideal(author);
    for (PortBinding binding : author.state().bindings()) {
      if (isMeant.test(binding)) {
        ways.of(binding).forEach(way -> checked.add(examine(way, ideal)));
      }
    }
  }

  private Situation ideal(Author author) {
    ProxyMode mode = author.state().options().proxyMode();
    Set<String> loopback = new HashSet<>();
    if (mode == ProxyMode.HAIRPIN) {
      author.state().networks().stream().map(BridgeNetwork::bridge).forEach(loopback::add);
    }
    return Situation.ideal(
        evidence,
        wanted,
        Set.copyOf(author.state().proxied()),
        author.state().networks(),
        loopback);
  }

  private Checked examine(Way way, Situation ideal) {
    Outcome outcome = Course.of(present, way);
    if (outcome instanceof Outcome.Served served && !served.byProxy()) {
      return new Checked(way, Reach.REACHED, served.seen().toString());
    }
    Outcome meant = Course.of(ideal, way);
    if (!(meant instanceof Outcome.Served goal)) {
      return outcome instanceof Outcome.Served served
          ? new Checked(way, Reach.BY_PROXY, served.seen().toString())
          : new Checked(way, Reach.NOT_MEANT, "");
    }
    Treatment treatment = new Treatment(way, authors, !goal.byProxy());
    Prospect prospect = Prospect.of(present, way, treatment::isWell);
    return switch (prospect.fate()) {
      case WELL -> served(way, Course.of(prospect.situation(), way));
      case UNSURE -> unsure(way, prospect, treatment);
      case LOST -> treated(way, prospect.situation(), treatment, goal.byProxy());
    };
  }

  private static Checked served(Way way, Outcome outcome) {
    return outcome instanceof Outcome.Served served
        ? new Checked(
            way, served.byProxy() ? Reach.BY_PROXY : Reach.REACHED, served.seen().toString())
        : new Checked(way, Reach.LOST, "");
  }

  /** Unless there is a cure for it: a rule of the publisher's may look up what is gone. */
  private Checked unsure(Way way, Prospect prospect, Treatment treatment) {
    List<Cure> cures = treatment.of(present).cures();
    if (cures.isEmpty() || cures.stream().anyMatch(Examination::isDoubt)) {
      doubts.add(way, prospect.doubts());
      return new Checked(way, Reach.UNKNOWN, "");
    }
    findings.add(way, cures);
    return new Checked(way, Reach.LOST, "");
  }

  private Checked treated(Way way, Situation start, Treatment treatment, boolean byProxy) {
    Outcome outcome = Course.of(start, way);
    boolean isUnseen = byProxy && outcome instanceof Outcome.Unheard unheard && !unheard.known();
    if (isUnseen || outcome instanceof Outcome.Untold) {
      return new Checked(way, Reach.UNKNOWN, "");
    }
    List<Cure> cures = treatment.of(start).cures();
    List<Cure> sure = cures.stream().filter(cure -> !isDoubt(cure)).toList();
    findings.add(way, sure);
    doubts.add(way, cures.stream().filter(Examination::isDoubt).toList());
    if (sure.isEmpty() && !cures.isEmpty()) {
      return new Checked(way, Reach.UNKNOWN, "");
    }
    if (cures.isEmpty()) {
      if (outcome instanceof Outcome.Served served) {
        detours.add(detour(way, served));
      } else {
        lost.add(lost(way, outcome));
      }
    }
    return served(way, outcome);
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
