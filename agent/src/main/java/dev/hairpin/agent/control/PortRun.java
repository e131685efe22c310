package dev.hairpin.agent.control;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Published ports that follow each other, on the host and at the backend, and fare alike. A wide
 * range takes no more of an answer than a single port.
 *
 * @param first the lowest
 * @param ports how many, from 1
 */
public record PortRun(PortLine first, int ports) {
  public PortRun {
    requireNonNull(first, "first");
    if (ports < 1) {
      throw new IllegalArgumentException("a run of " + ports + " ports");
    }
  }

  /**
   * In the order of the first port of each that comes. Those of a run may come from either end, and
   * alternate with those of others.
   */
  public static List<PortRun> of(List<PortLine> lines) {
    List<Growing> runs = new ArrayList<>();
    Map<PortLine, Growing> awaited = new HashMap<>();
    for (PortLine line : lines) {
      Growing run = awaited.remove(line);
      if (run == null) {
        runs.add(new Growing(line, awaited));
      } else {
        run.grow(line, awaited);
      }
    }
    return runs.stream().map(Growing::run).toList();
  }

  /** A run, and what would make it longer. */
  private static final class Growing {
    private PortLine first;
    private PortLine below;
    private PortLine above;
    private int ports = 1;

    Growing(PortLine only, Map<PortLine, Growing> awaited) {
      first = only;
      below = only.further(-1);
      above = only.further(1);
      awaited.put(below, this);
      awaited.put(above, this);
    }

    void grow(PortLine line, Map<PortLine, Growing> awaited) {
      ports++;
      if (line.equals(above)) {
        above = line.further(1);
        awaited.put(above, this);
      } else {
        first = line;
        below = line.further(-1);
        awaited.put(below, this);
      }
    }

    PortRun run() {
      return new PortRun(first, ports);
    }
  }

  /** Each port for itself. */
  public Stream<PortLine> lines() {
    return IntStream.range(0, ports).mapToObj(first::further);
  }
}
