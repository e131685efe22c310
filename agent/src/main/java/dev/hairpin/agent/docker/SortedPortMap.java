package dev.hairpin.agent.docker;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingInt;
import static java.util.Comparator.reverseOrder;

import dev.hairpin.agent.docker.InspectedContainer.Wish;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The order in which dockerd before 27 publishes a container's ports (go-connections,
 * nat.SortPortMap). It wants the highest host port first, and the highest container port first; a
 * port for which the one holds goes before one for which the other holds, and the other way round,
 * so its sort depends on the order of its input. That is a Go map's, which is left to chance: most
 * often, but not always, the order in which the ports were put in.
 */
final class SortedPortMap {
  /** Longer lists are not sorted by insertion (sort.Sort, from Go 1.19 on). */
  private static final int SORTED_BY_INSERTION = 12;

  /** The order where container and host ports agree. */
  private static final Comparator<Entry> AGREED =
      comparingInt((Entry entry) -> entry.port().port())
          .reversed()
          .thenComparing(Entry::isTcp, reverseOrder())
          .thenComparing(Entry::hostPort, reverseOrder());

  private SortedPortMap() {}

  private record Entry(ContainerPort port, int hostPort) {
    boolean isTcp() {
      return port.protocol() == Protocol.TCP;
    }

    /** portMapSorter.Less. */
    boolean goesBefore(Entry other) {
      return hostPort > other.hostPort
          || port.port() > other.port.port()
          || (port.port() == other.port.port() && isTcp());
    }
  }

  /** The container's ports, in that order. */
  static List<ContainerPort> of(InspectedContainer container) {
    List<Entry> entries = new ArrayList<>(entries(container));
    if (entries.size() > SORTED_BY_INSERTION) {
      entries.sort(AGREED);
    } else {
      sortByInsertion(entries);
    }
    return entries.stream().map(Entry::port).distinct().toList();
  }

  private static void sortByInsertion(List<Entry> entries) {
    for (int i = 1; i < entries.size(); i++) {
      for (int j = i; j > 0 && entries.get(j).goesBefore(entries.get(j - 1)); j--) {
        Collections.swap(entries, j, j - 1);
      }
    }
  }

  /** The user's ports are put in first, then those that only the image exposes. */
  private static List<Entry> entries(InspectedContainer container) {
    Set<ContainerPort> ports = new LinkedHashSet<>(byName(container.wished().keySet()));
    ports.addAll(byName(container.exposed()));
    ports.addAll(byName(container.published().keySet()));
    List<Entry> entries = new ArrayList<>();
    for (ContainerPort port : ports) {
      List<Wish> wishes = container.wished().getOrDefault(port, List.of());
      wishes.forEach(
          wish -> entries.add(new Entry(port, wish.ports().map(PortRange::first).orElse(0))));
      if (wishes.isEmpty()) {
        entries.add(new Entry(port, 0));
      }
    }
    return entries;
  }

  private static List<ContainerPort> byName(Set<ContainerPort> ports) {
    return ports.stream().sorted(comparing(ContainerPort::toString)).toList();
  }
}
