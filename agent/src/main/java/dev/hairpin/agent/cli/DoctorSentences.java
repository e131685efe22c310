package dev.hairpin.agent.cli;

import dev.hairpin.agent.doctor.Asker;
import dev.hairpin.agent.doctor.Code;
import dev.hairpin.agent.doctor.Diagnosis.Reach;
import dev.hairpin.agent.doctor.Finding;
import dev.hairpin.agent.doctor.Remedy;
import dev.hairpin.agent.walk.Whose;
import dev.hairpin.agent.wording.Language;
import dev.hairpin.agent.wording.Wording;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.Publisher;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What is said of a diagnosis in one language.
 *
 * <p>The keys of {@link Remedy.ByHand}, with the parts of their sentences:
 *
 * <ul>
 *   <li>{@code start-container(name)}, {@code restart-container(name)}
 *   <li>{@code listen-on-all(container, port)}: {@code 80/tcp}
 *   <li>{@code listen-on-family(container, family)}: {@code IPv6}
 *   <li>{@code publish(container, spec)}: {@code 8080:80/tcp}
 *   <li>{@code free-port(program)}: who holds it
 *   <li>{@code restart-docker()}
 *   <li>{@code attach-to-bridge(network)}: one to attach it to
 *   <li>{@code other-mtu(mtu)}: what the wire takes
 *   <li>{@code ask-firewalld(command)}
 *   <li>{@code ask-nearest(address)}: from which the answer comes
 *   <li>{@code change-at-owner(whose)}: the name of a {@link Whose}
 *   <li>{@code read-again(command)}
 *   <li>{@code way-back(container, client)}: the client's address
 *   <li>{@code other-address(address)}: the one that two have
 *   <li>{@code end-process(pid)}
 *   <li>{@code walk(target)}: as {@code hairpin walk} takes it
 * </ul>
 */
final class DoctorSentences {
  private final Wording wording;
  private final Wording walk;
  private final PacketSentences packets;

  DoctorSentences(Language language) {
    this.wording = Wording.of("doctor", language);
    this.walk = Wording.of("walk", language);
    this.packets = new PacketSentences(language);
  }

  /** A sentence or heading of its own. */
  String say(String key, Object... parts) {
    return wording.say(key, parts);
  }

  String finding(Finding finding) {
    return wording.say("finding." + finding.code().name(), parts(finding).toArray());
  }

  /** Who is whose is said in the reader's language. */
  private List<String> parts(Finding finding) {
    List<String> parts = new ArrayList<>(finding.parts());
    if (finding.code() == Code.RULES_GONE) {
      parts.set(0, whose(finding.whose().orElse(Whose.UNKNOWN)));
    }
    return parts;
  }

  String byHand(Remedy.ByHand remedy) {
    Object[] parts =
        remedy.key().equals(Remedy.ByHand.CHANGE_AT_OWNER)
            ? new Object[] {whose(Whose.valueOf(remedy.parts().getFirst()))}
            : remedy.parts().toArray();
    return wording.say("remedy." + remedy.key(), parts);
  }

  String reach(Reach reach) {
    return wording.say("reach." + reach.name());
  }

  /**
   * Who asks.
   *
   * @param families of the addresses that it asks; of IPv4 alone nothing is said
   */
  String asker(Asker asker, Set<Family> families) {
    String name = wording.say("ask." + asker.name());
    if (!families.contains(Family.IPV6)) {
      return name;
    }
    return wording.say(families.size() == 1 ? "ask.ipv6" : "ask.both", name);
  }

  String whose(Whose whose) {
    return walk.say("whose." + whose);
  }

  /** {@code container web}. */
  String publisher(Publisher publisher) {
    return packets.publisher(publisher);
  }

  /** One after the other. */
  String joined(List<String> names) {
    return names.stream().reduce((one, other) -> wording.say("join", one, other)).orElse("");
  }
}
