package dev.hairpin.agent.cli;

import dev.hairpin.agent.doctor.Asker;
import dev.hairpin.agent.doctor.Diagnosis.Checked;
import dev.hairpin.agent.doctor.Diagnosis.Reach;
import dev.hairpin.agent.doctor.Way;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.Publisher;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Published ports of one publisher that fare alike, whoever asks.
 *
 * @param ranges in rising order, none next to another
 * @param fares by how they fare: who asks, by which families
 */
record PortsAlike(
    Publisher publisher, List<Range> ranges, Map<Reach, Map<Asker, Set<Family>>> fares) {
  /** The most ranges that are named. */
  private static final int MOST_NAMED = 10;

  /** Of one address, or of all: {@code 127.0.0.1:}, or nothing. */
  record Range(String address, Protocol protocol, int first, int last) {
    int count() {
      return last - first + 1;
    }

    private String text(DoctorSentences sentences) {
      String text = address + first + (first == last ? "" : "-" + last) + "/" + protocol;
      return first == last ? text : sentences.say("port.count", text, count());
    }
  }

  private record Port(Publisher publisher, String address, Protocol protocol, int number) {
    static Port of(Way way) {
      HostPort host = way.binding().hostPort();
      // "address:", however addresses of its family are written.
      String withPort = host.address().withPort(host.port());
      String address =
          host.address().isWildcard() ? "" : withPort.substring(0, withPort.lastIndexOf(':') + 1);
      return new Port(way.binding().publisher(), address, host.protocol(), host.port());
    }
  }

  private record Likeness(
      Publisher publisher,
      String address,
      Protocol protocol,
      Map<Reach, Map<Asker, Set<Family>>> fares) {}

  /** In the order of the first port of each. */
  static List<PortsAlike> of(List<Checked> ways) {
    Map<Port, Map<Reach, Map<Asker, Set<Family>>>> ports = new LinkedHashMap<>();
    for (Checked checked : ways) {
      ports
          .computeIfAbsent(Port.of(checked.way()), port -> new TreeMap<>())
          .computeIfAbsent(checked.reach(), reach -> new TreeMap<>())
          .computeIfAbsent(checked.way().asker(), asker -> new TreeSet<>())
          .add(checked.way().family());
    }
    Map<Likeness, Set<Integer>> alike = new LinkedHashMap<>();
    ports.forEach((port, fares) ->
        alike
            .computeIfAbsent(
                new Likeness(port.publisher(), port.address(), port.protocol(), fares),
                likeness -> new TreeSet<>())
            .add(port.number()));
    List<PortsAlike> all = new ArrayList<>();
    alike.forEach((likeness, numbers) ->
        all.add(new PortsAlike(likeness.publisher(), ranges(likeness, numbers), likeness.fares())));
    return all;
  }

  /** As if all of them fared alike, for who only wants to know which they are. */
  static List<PortsAlike> ofWays(List<Way> ways) {
    return of(ways.stream().map(way -> new Checked(way, Reach.LOST, "")).toList());
  }

  private static List<Range> ranges(Likeness likeness, Set<Integer> numbers) {
    List<Range> ranges = new ArrayList<>();
    for (int number : numbers) {
      boolean follows = !ranges.isEmpty() && ranges.getLast().last() + 1 == number;
      int first = follows ? ranges.removeLast().first() : number;
      ranges.add(new Range(likeness.address(), likeness.protocol(), first, number));
    }
    return ranges;
  }

  int count() {
    return ranges.stream().mapToInt(Range::count).sum();
  }

  /** Whether they are reached by everybody whom they are meant for. */
  boolean areWell() {
    return !fares.containsKey(Reach.LOST) && !fares.containsKey(Reach.UNKNOWN);
  }

  /** {@code 8000-8999/tcp (1000 ports), container web}. */
  String text(DoctorSentences sentences) {
    List<String> named =
        new ArrayList<>(
            ranges.stream().limit(MOST_NAMED).map(range -> range.text(sentences)).toList());
    if (ranges.size() > MOST_NAMED) {
      named.add(sentences.say("port.more", ranges.size() - MOST_NAMED));
    }
    return sentences.say(
        "port", sentences.joined(named), Printable.line(sentences.publisher(publisher)));
  }

  /** {@code from outside, at localhost (IPv6)}. */
  static String askers(Map<Asker, Set<Family>> askers, DoctorSentences sentences) {
    return sentences.joined(
        askers.entrySet().stream()
            .map(asker -> sentences.asker(asker.getKey(), asker.getValue()))
            .toList());
  }
}
