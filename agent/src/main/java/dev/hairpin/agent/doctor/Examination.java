package dev.hairpin.agent.doctor;

import dev.hairpin.agent.doctor.Diagnosis.Checked;
import dev.hairpin.agent.doctor.Diagnosis.Reach;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyMode;
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
    boolean isTold =
        evidence.troubles().stream().map(Evidence.Trouble::section).anyMatch(Sections::isSockets);
    if (evidence.listeners().isEmpty() && !isTold) {
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
    author.state().bindings().parallelStream()
        .filter(isMeant)
        .flatMap(binding -> ways.of(binding).stream())
        .map(way -> Examined.of(way, present, ideal, authors))
        .toList()
        .forEach(this::note);
  }

  private void note(Examined examined) {
    Way way = examined.checked().way();
    checked.add(examined.checked());
    findings.add(way, examined.cures());
    doubts.add(way, examined.doubts());
    examined.lost().ifPresent(lost::add);
    examined.detour().ifPresent(detours::add);
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
}
