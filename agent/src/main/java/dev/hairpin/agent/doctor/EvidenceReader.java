package dev.hairpin.agent.doctor;

import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static java.util.concurrent.CompletableFuture.supplyAsync;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.Longs;
import dev.hairpin.agent.doctor.Evidence.OfDocker;
import dev.hairpin.agent.reconcile.AppliedText;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.UserText;
import dev.hairpin.rules.netfilter.Tables;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/** Understands a {@link Bundle}. Pure. */
public final class EvidenceReader {
  private static final Splitter WORDS = Splitter.on(CharMatcher.whitespace()).omitEmptyStrings();

  private final Reading reading;

  private EvidenceReader(Bundle bundle) {
    this.reading = new Reading(bundle);
  }

  /**
   * Reads each section on its own. What can't be understood is among the troubles, and all the rest
   * is there.
   */
  public static Evidence read(Bundle bundle) {
    return new EvidenceReader(bundle).read();
  }

  private Evidence read() {
    reading.bundle().section(Sections.TROUBLES).ifPresent(this::noteTroubles);
    reading.bundle().sections().keySet().stream()
        .filter(section -> !Sections.isKnown(section))
        .forEach(section -> reading.note(section, "no such section is known, and nobody read it"));
    CompletableFuture<Map<Family, Tables>> tables = supplyAsync(new TablesReader(reading)::read);
    CompletableFuture<Optional<OfDocker>> docker = supplyAsync(new DockerReader(reading)::read);
    Inside host = new InsideReader(reading, "").read();
    Map<String, Inside> insides = insides();
    return new Evidence(
        tables.join(),
        host.networks(),
        host.wires(),
        reading.read(Sections.NEIGHBOURS, LinkJson::neighbours).orElse(Map.of()),
        host.sysctls(),
        host.listeners(),
        reading.read(Sections.PROXIES, EvidenceReader::proxies).orElse(Map.of()),
        docker.join(),
        reading.read(Sections.RECORD, AppliedText::read),
        agent(),
        reading.read(Sections.REFUSED, EvidenceReader::refused).orElse(List.of()),
        insides,
        reading.read(Sections.CONNECTIONS, this::connections),
        reading.troubles());
  }

  private void noteTroubles(String text) {
    for (String line : text.lines().filter(each -> !each.isBlank()).toList()) {
      int tab = line.indexOf('\t');
      reading.note(
          tab < 0 ? Sections.TROUBLES : line.substring(0, tab), line.substring(tab + 1).strip());
    }
  }

  private Map<String, Inside> insides() {
    List<String> names =
        reading.bundle().sections().keySet().stream()
            .flatMap(section -> Sections.insideOf(section).stream())
            .distinct()
            .toList();
    return names.parallelStream()
        .collect(
            toImmutableMap(
                name -> name, name -> new InsideReader(reading, Sections.inside(name, "")).read()));
  }

  private OptionalLong agent() {
    return reading
        .read(
            Sections.AGENT,
            text ->
                number(text.strip())
                    .orElseThrow(() ->
                        new IllegalArgumentException(
                            UserText.quoted(text.strip()) + " is not the number of a process")))
        .map(OptionalLong::of)
        .orElse(OptionalLong.empty());
  }

  private static List<Evidence.Refused> refused(String text) {
    return text.lines()
        .filter(line -> !line.isBlank())
        .map(line -> List.of(line.split("\t", -1)))
        .map(columns -> {
          if (columns.size() != 3) {
            throw new IllegalArgumentException(
                UserText.quoted(columns.getFirst())
                    + " is not followed by whose port it is, and why");
          }
          return new Evidence.Refused(columns.get(0), columns.get(1), columns.get(2));
        })
        .toList();
  }

  private static Optional<Long> number(String text) {
    return Optional.ofNullable(Longs.tryParse(text)).filter(number -> number > 0);
  }

  /** ps may have been asked by hand, and show its heading and others. */
  private static Map<Long, List<String>> proxies(String text) {
    Map<Long, List<String>> proxies = new LinkedHashMap<>();
    for (String line : text.lines().filter(each -> !each.isBlank()).toList()) {
      List<String> words = WORDS.splitToList(line);
      Optional<Long> pid = number(words.getFirst());
      if (pid.isEmpty() && !words.getFirst().equals("PID")) {
        throw new IllegalArgumentException(
            UserText.quoted(line) + " does not begin with the number of a process");
      }
      List<String> command = words.subList(1, words.size());
      if (pid.isPresent() && !command.isEmpty() && isProxy(command.getFirst())) {
        proxies.put(pid.get(), List.copyOf(command));
      }
    }
    return ImmutableMap.copyOf(proxies);
  }

  private static boolean isProxy(String program) {
    return program.substring(program.lastIndexOf('/') + 1).equals("docker-proxy");
  }

  private List<String> connections(String text) {
    List<String> lines =
        text.lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty() && !line.startsWith("conntrack v"))
            .toList();
    lines.stream()
        .filter(line -> line.startsWith("#"))
        .forEach(line -> reading.notePart(Sections.CONNECTIONS, line.substring(1).strip()));
    List<String> connections = lines.stream().filter(line -> !line.startsWith("#")).toList();
    connections.stream()
        .filter(line -> !line.contains("src=") || !line.contains("dst="))
        .findFirst()
        .ifPresent(line -> {
          throw new IllegalArgumentException(
              UserText.quoted(line) + " is not a line that conntrack -L prints");
        });
    return connections;
  }
}
