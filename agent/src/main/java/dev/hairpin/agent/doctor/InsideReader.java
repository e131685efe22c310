package dev.hairpin.agent.doctor;

import dev.hairpin.agent.walk.Link;
import dev.hairpin.agent.walk.Surveyed;
import dev.hairpin.rules.address.Family;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads what a network namespace looks like from within, be it the host's own. Pure. */
final class InsideReader {
  private final Reading reading;
  private final String prefix;

  /**
   * @param prefix of the sections' names; empty for the host's own
   */
  InsideReader(Reading reading, String prefix) {
    this.reading = reading;
    this.prefix = prefix;
  }

  Inside read() {
    Map<String, String> sysctls =
        reading.read(prefix + Sections.SYSCTL, SysctlText::read).orElse(Map.of());
    Optional<List<Listener>> listeners =
        Sections.sockets(reading.bundle(), prefix)
            .flatMap(section -> reading.read(section, SocketText::read));
    return new Inside(
        reading.bundle().section(prefix + Sections.NAMESPACE).map(String::strip),
        listeners,
        networks(sysctls),
        reading.read(prefix + Sections.ADDRESSES, LinkJson::wires).orElse(Map.of()),
        sysctls);
  }

  private Map<Family, Surveyed> networks(Map<String, String> sysctls) {
    Map<Family, Surveyed> networks = new EnumMap<>(Family.class);
    reading
        .read(prefix + Sections.ADDRESSES, Surveyed::links)
        .ifPresent(links -> {
          for (Family family : Family.values()) {
            network(family, links, sysctls).ifPresent(read -> networks.put(family, read));
          }
        });
    return networks;
  }

  private Optional<Surveyed> network(Family family, List<Link> links, Map<String, String> sysctls) {
    return reading.read(
        prefix + Sections.routes(family),
        text ->
            sysctls.isEmpty()
                ? Surveyed.of(family, links, text)
                : Surveyed.of(family, links, text, sysctls));
  }
}
