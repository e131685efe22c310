package dev.hairpin.agent.cli;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.doctor.Asker;
import dev.hairpin.agent.doctor.Code;
import dev.hairpin.agent.doctor.Diagnosis;
import dev.hairpin.agent.doctor.Diagnosis.Checked;
import dev.hairpin.agent.doctor.Diagnosis.Reach;
import dev.hairpin.agent.doctor.Finding;
import dev.hairpin.agent.doctor.Remedy;
import dev.hairpin.agent.wording.Columns;
import dev.hairpin.agent.wording.Language;
import dev.hairpin.rules.address.Family;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Prints a {@link Diagnosis} for people. */
final class DoctorText {
  private static final int WIDTH = 80;
  private static final String INDENT = "   ";
  private static final String COMMAND = "      ";

  /** With more, those that are well are counted and not named. */
  private static final int MOST_WELL = 8;

  private final PrintWriter out;
  private final DoctorSentences sentences;
  private final Paint paint;
  private final RemedyLines remedies;

  DoctorText(PrintWriter out, Language language, Paint paint) {
    this.out = requireNonNull(out, "out");
    this.sentences = new DoctorSentences(language);
    this.paint = requireNonNull(paint, "paint");
    this.remedies = new RemedyLines(sentences);
  }

  void print(Diagnosis diagnosis) {
    List<PortsAlike> ports = PortsAlike.of(diagnosis.checked());
    boolean areWell = ports.stream().allMatch(PortsAlike::areWell);
    if (diagnosis.findings().isEmpty() && areWell) {
      clean(diagnosis, ports);
    } else {
      ports(ports);
      if (diagnosis.findings().isEmpty()) {
        say(sentences.say("clean.unknown"), "");
      }
    }
    numbered(diagnosis.findings());
    if (!diagnosis.notes().isEmpty()) {
      out.println();
      say(sentences.say("notes"), "");
      diagnosis.notes().forEach(note -> finding("-", note));
    }
    explain(diagnosis);
  }

  /** Each code once. */
  private void explain(Diagnosis diagnosis) {
    List<Code> codes =
        Stream.concat(diagnosis.findings().stream(), diagnosis.notes().stream())
            .map(Finding::code)
            .distinct()
            .toList();
    if (!codes.isEmpty()) {
      out.println();
      say(sentences.say("explain"), "");
      codes.forEach(code -> out.println(INDENT + "hairpin explain " + code));
    }
  }

  private void clean(Diagnosis diagnosis, List<PortsAlike> ports) {
    int count = ports.stream().mapToInt(PortsAlike::count).sum();
    if (count == 0) {
      say(sentences.say("clean.none"), "");
      return;
    }
    say(count == 1 ? sentences.say("clean.one") : sentences.say("clean", count), "");
    say(sentences.say("clean.ways", askers(diagnosis, any -> true)), INDENT);
    String proxied = askers(diagnosis, Reach.BY_PROXY::equals);
    if (!proxied.isEmpty()) {
      say(sentences.say("clean.proxy", proxied), INDENT);
    }
  }

  private String askers(Diagnosis diagnosis, Predicate<Reach> reaches) {
    Map<Asker, Set<Family>> askers = new TreeMap<>();
    diagnosis.checked().stream()
        .filter(checked -> reaches.test(checked.reach()))
        .map(Checked::way)
        .forEach(
            way -> askers.computeIfAbsent(way.asker(), asker -> new TreeSet<>()).add(way.family()));
    return PortsAlike.askers(askers, sentences);
  }

  private void ports(List<PortsAlike> ports) {
    List<PortsAlike> well = ports.stream().filter(PortsAlike::areWell).toList();
    boolean areCounted = well.size() > MOST_WELL;
    ports.stream().filter(alike -> !areCounted || !alike.areWell()).forEach(this::port);
    if (areCounted) {
      int count = well.stream().mapToInt(PortsAlike::count).sum();
      say(sentences.say("port.well", count), "");
    }
  }

  private void port(PortsAlike ports) {
    String name = ports.text(sentences);
    if (ports.fares().size() == 1) {
      String reach = sentences.reach(ports.fares().keySet().iterator().next());
      say(sentences.say("port.how", name, reach), "");
      return;
    }
    say(name, "");
    int width =
        ports.fares().keySet().stream()
            .mapToInt(reach -> Columns.of(sentences.reach(reach)))
            .max()
            .orElse(0);
    ports
        .fares()
        .forEach((reach, askers) -> fare(reach, width, PortsAlike.askers(askers, sentences)));
  }

  /** Colours take no columns. */
  private void fare(Reach reach, int width, String askers) {
    String name = sentences.reach(reach);
    String gap = " ".repeat(width - Columns.of(name)) + "  ";
    List<String> lines = Wrapped.lines(askers, WIDTH - INDENT.length() - width - 2);
    out.println(
        INDENT + (reach == Reach.LOST ? paint.changed(name) : name) + gap + lines.getFirst());
    String under = " ".repeat(INDENT.length() + width + 2);
    lines.stream().skip(1).forEach(line -> out.println(under + line));
  }

  private void numbered(List<Finding> findings) {
    for (int i = 0; i < findings.size(); i++) {
      finding((i + 1) + ".", findings.get(i));
    }
  }

  private void finding(String number, Finding finding) {
    out.println();
    out.println(paint.changed(number + " " + finding.code()));
    say(sentences.finding(finding), INDENT);
    where(finding);
    if (!finding.ways().isEmpty()) {
      say(sentences.say("spoils", spoiled(finding)), INDENT);
    }
    if (!finding.evidence().isEmpty()) {
      say(sentences.say("evidence"), INDENT);
      finding.evidence().forEach(line -> out.println(COMMAND + Printable.line(line)));
    }
    mend(finding.remedies());
  }

  private void where(Finding finding) {
    finding
        .at()
        .map(at ->
            finding
                .whose()
                .map(whose -> sentences.say("at.whose", at, sentences.whose(whose)))
                .orElseGet(() -> sentences.say("at", at)))
        .or(() -> finding.whose().map(whose -> sentences.say("whose", sentences.whose(whose))))
        .ifPresent(text -> say(text, INDENT));
  }

  private String spoiled(Finding finding) {
    List<PortsAlike> ports = PortsAlike.ofWays(finding.ways());
    List<String> named =
        new ArrayList<>(ports.stream().limit(MOST_WELL).map(this::spoiledPort).toList());
    if (ports.size() > MOST_WELL) {
      named.add(sentences.say("port.more", ports.size() - MOST_WELL));
    }
    return String.join("; ", named);
  }

  private String spoiledPort(PortsAlike ports) {
    return sentences.say(
        "spoils.port",
        ports.text(sentences),
        PortsAlike.askers(ports.fares().get(Reach.LOST), sentences));
  }

  private void mend(List<Remedy> all) {
    if (all.isEmpty()) {
      return;
    }
    boolean areSteps = all.size() > 1 && all.stream().allMatch(Remedy.Run.class::isInstance);
    say(sentences.say(areSteps ? "mend.in-order" : "mend"), INDENT);
    for (int i = 0; i < all.size(); i++) {
      if (i > 0 && !areSteps) {
        say(sentences.say("mend.or"), INDENT);
      }
      remedy(all.get(i));
    }
    if (all.stream().allMatch(each -> each instanceof Remedy.Run && each.isSafe())) {
      say(sentences.say("fix.run"), COMMAND);
    }
  }

  private void remedy(Remedy remedy) {
    for (RemedyLines.Line line : remedies.of(remedy)) {
      if (line.isForCopying()) {
        out.println(COMMAND + line.text());
      } else {
        say(line.text(), COMMAND);
      }
    }
  }

  private void say(String text, String indent) {
    Wrapped.print(out, text, indent, WIDTH);
  }
}
