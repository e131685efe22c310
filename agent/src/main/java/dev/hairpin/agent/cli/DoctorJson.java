package dev.hairpin.agent.cli;

import dev.hairpin.agent.doctor.Diagnosis;
import dev.hairpin.agent.doctor.Diagnosis.Checked;
import dev.hairpin.agent.doctor.Finding;
import dev.hairpin.agent.doctor.Remedy;
import dev.hairpin.agent.doctor.Way;
import dev.hairpin.agent.wording.Language;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A {@link Diagnosis} for programs, the same in every language:
 *
 * <pre>{@code
 * {
 *   "reached": false,            // whether no way is lost, and none unknown
 *   "ways": [{
 *     "port": "0.0.0.0:8080/tcp",  // as it is published
 *     "container": "web",          // or what the namespace is called
 *     "asker": "outside",          // host, localhost, itself, neighbour
 *     "family": "ipv4",            // ipv6
 *     "address": "192.0.2.1",      // that is asked
 *     "reach": "lost",             // reached, by-proxy, not-meant, unknown
 *     "sourceSeen": "192.0.2.2"    // by the container; not there unless it is reached
 *   }],
 *   "findings": [{
 *     "code": "rule-drops",        // see hairpin explain
 *     "chain": "filter FORWARD",   // not there unless it is about a rule
 *     "whose": "firewalld",        // docker, hairpin, user, unknown, ...; not there if nobody's
 *     "sentence": "...",           // in English
 *     "parts": [],                 // of the sentence
 *     "evidence": [],              // lines as the tools print them
 *     "ports": [],                 // that it spoils
 *     "askers": [],
 *     "remedies": [
 *       {"command": ["iptables", "..."], "safe": false},  // safe: --fix runs it
 *       {"putBack": ["iptables -t nat ..."]},             // --fix does it, in one transaction
 *       {"byHand": "..."}                                 // in English
 *     ]
 *   }],
 *   "notes": []                    // the same as findings, of what is no fault
 * }
 * }</pre>
 */
final class DoctorJson {
  private static final DoctorSentences SENTENCES = new DoctorSentences(Language.ENGLISH);

  private DoctorJson() {}

  static Map<String, Object> of(Diagnosis diagnosis) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put(
        "reached", PortsAlike.of(diagnosis.checked()).stream().allMatch(PortsAlike::areWell));
    object.put("ways", diagnosis.checked().stream().map(DoctorJson::json).toList());
    object.put("findings", diagnosis.findings().stream().map(DoctorJson::json).toList());
    object.put("notes", diagnosis.notes().stream().map(DoctorJson::json).toList());
    return object;
  }

  private static Map<String, Object> json(Checked checked) {
    Way way = checked.way();
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("port", way.binding().hostPort().toString());
    object.put("container", way.binding().publisher().name());
    object.put("asker", way.asker().keyword());
    object.put("family", keyword(way.family()));
    object.put("address", way.packet().destination().toString());
    object.put("reach", keyword(checked.reach()));
    if (!checked.sourceSeen().isEmpty()) {
      object.put("sourceSeen", checked.sourceSeen());
    }
    return object;
  }

  private static Map<String, Object> json(Finding finding) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("code", finding.code().keyword());
    finding.at().ifPresent(at -> object.put("chain", at.toString()));
    finding.whose().map(DoctorJson::keyword).ifPresent(whose -> object.put("whose", whose));
    object.put("sentence", SENTENCES.finding(finding));
    object.put("parts", finding.parts());
    object.put("evidence", finding.evidence());
    object.put("ports", ports(finding.ways()));
    object.put(
        "askers", finding.ways().stream().map(way -> way.asker().keyword()).distinct().toList());
    object.put("remedies", finding.remedies().stream().map(DoctorJson::json).toList());
    return object;
  }

  private static List<String> ports(List<Way> ways) {
    return ways.stream().map(way -> way.binding().hostPort().toString()).distinct().toList();
  }

  private static Map<String, Object> json(Remedy remedy) {
    return switch (remedy) {
      case Remedy.Run(List<String> argv, boolean isSafe) -> {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("command", argv);
        object.put("safe", isSafe);
        yield object;
      }
      case Remedy.PutBack putBack -> Map.of("putBack", PutBackLines.of(putBack).lines());
      case Remedy.ByHand byHand -> Map.of("byHand", SENTENCES.byHand(byHand));
    };
  }

  private static String keyword(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
