package dev.hairpin.agent.sighting;

import dev.hairpin.agent.sighting.Sighting.Event;
import dev.hairpin.agent.sighting.Sighting.Layer;
import dev.hairpin.rules.address.IpAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Reads what netfilter writes into the kernel's log: lines of the targets LOG and TRACE, and of
 * ebtables' --log (net/ipv4/netfilter/nf_log_ipv4.c, net/bridge/netfilter/ebt_log.c). Pure.
 */
public final class KernelLog {
  /** {@code TRACE: nat:PREROUTING:rule:1 IN=...}; TRACE itself writes the number behind. */
  private static final Pattern TRACE =
      Pattern.compile("TRACE: (\\w+):([^:\\s]+):(rule|return|policy):(\\d+) (?=IN=)");

  /** {@code TRACE: eb:broute:BROUTING IN=...}. */
  private static final Pattern BRIDGE_TRACE = Pattern.compile("TRACE: eb:(\\w+):(\\S+) (?=IN=)");

  /** What people write into --log-prefix: {@code [debug]-nat-PREROUTING:}. */
  private static final Pattern PREFIX =
      Pattern.compile(
          "\\b(raw|mangle|nat|filter|security)\\W(PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING"
              + "|[A-Z][A-Z0-9-]*)\\b.*?(?=IN=)",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern TIME =
      Pattern.compile("^(?:<\\d+>)?(?:\\w{3} +\\d+ )?\\[? *([\\d:.]+)]? ");

  private static final Pattern FIELD = Pattern.compile("(\\w+)=(\\S*)");
  private static final Pattern BRIDGE_ADDRESSES =
      Pattern.compile("IP(?:v6)? SRC=([^\\s,]+),? IP(?:v6)? DST=([^\\s,]+),");

  /** Fields that a packet keeps on its way: only its lifetime and addresses change. */
  private static final List<String> MARKS =
      List.of("LEN", "ID", "SEQ", "ACK", "WINDOW", "TYPE", "CODE");

  private static final Set<String> FLAGS = Set.of("SYN", "FIN", "RST", "PSH", "URG", "ACK");

  private KernelLog() {}

  /** The packets that lines tell of, in their order. Lines of others are passed over. */
  public static List<Sighting> sightings(Stream<String> lines) {
    return lines.map(KernelLog::sighting).flatMap(Optional::stream).toList();
  }

  private static Optional<Sighting> sighting(String line) {
    Matcher trace = TRACE.matcher(line);
    if (trace.find()) {
      return sighting(
          line, Layer.IP, trace, event(trace.group(3), Integer.parseInt(trace.group(4))));
    }
    Matcher bridge = BRIDGE_TRACE.matcher(line);
    if (bridge.find()) {
      return sighting(line, Layer.BRIDGE, bridge, new Event.Passed());
    }
    Matcher prefix = PREFIX.matcher(line);
    return prefix.find() ? sighting(line, Layer.IP, prefix, new Event.Logged()) : Optional.empty();
  }

  private static Event event(String kind, int number) {
    return switch (kind) {
      case "rule" -> new Event.Matched(number);
      case "return" -> new Event.Returned();
      case String policy -> new Event.Policy();
    };
  }

  private static Optional<Sighting> sighting(String line, Layer layer, Matcher where, Event event) {
    String said = line.substring(where.end());
    Map<String, String> fields = fields(said);
    Optional<Header> header =
        switch (layer) {
          case BRIDGE -> bridged(said);
          case IP -> header(said, fields);
        };
    return header.map(known ->
        new Sighting(
            time(line),
            layer,
            where.group(1),
            where.group(2),
            event,
            fields.getOrDefault("IN", ""),
            fields.getOrDefault("OUT", ""),
            fields.getOrDefault("PHYSIN", ""),
            fields.getOrDefault("PHYSOUT", ""),
            known));
  }

  private static String time(String line) {
    Matcher time = TIME.matcher(line);
    return time.find() ? time.group(1) : "";
  }

  /** The first of each name: an ICMP error has those of the packet that it is about behind. */
  private static Map<String, String> fields(String said) {
    Map<String, String> fields = new HashMap<>();
    Matcher field = FIELD.matcher(said);
    while (field.find()) {
      fields.putIfAbsent(field.group(1), field.group(2));
    }
    return fields;
  }

  private static Optional<Header> bridged(String said) {
    Matcher addresses = BRIDGE_ADDRESSES.matcher(said);
    return addresses.find()
        ? header(addresses.group(1), addresses.group(2), Map.of(), Set.of(), "")
        : Optional.empty();
  }

  private static Optional<Header> header(String said, Map<String, String> fields) {
    Set<String> flags = new HashSet<>();
    for (String word : said.split(" ", -1)) {
      if (FLAGS.contains(word)) {
        flags.add(word);
      }
    }
    return header(
        fields.getOrDefault("SRC", ""), fields.getOrDefault("DST", ""), fields, flags, marks(said));
  }

  private static String marks(String said) {
    List<String> marks = new ArrayList<>();
    Matcher field = FIELD.matcher(said);
    while (field.find()) {
      if (MARKS.contains(field.group(1))) {
        marks.add(field.group());
      }
    }
    return String.join(" ", marks);
  }

  private static Optional<Header> header(
      String source,
      String destination,
      Map<String, String> fields,
      Set<String> flags,
      String marks) {
    try {
      return Optional.of(
          new Header(
              IpAddress.parse(source),
              IpAddress.parse(destination),
              fields.getOrDefault("PROTO", ""),
              number(fields, "SPT")
                  .flatMap(from -> number(fields, "DPT").map(to -> new Header.Ports(from, to))),
              flags,
              number(fields, "TYPE"),
              marks));
    } catch (IllegalArgumentException notOfIp) {
      return Optional.empty();
    }
  }

  private static Optional<Integer> number(Map<String, String> fields, String name) {
    String text = fields.getOrDefault(name, "");
    return text.matches("\\d{1,5}") ? Optional.of(Integer.valueOf(text)) : Optional.empty();
  }
}
