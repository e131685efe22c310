package dev.hairpin.agent.cli;

import dev.hairpin.agent.control.PortLine;
import dev.hairpin.agent.control.PortRun;
import dev.hairpin.proxy.Traffic;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What people read of a published port, or of those of one range that follow each other and fare
 * alike: {@code 0.0.0.0:8000-8009/tcp}.
 *
 * @param proxied of all of them
 */
record PortRow(
    String hostPort, String backend, String publisher, String spec, String state, Traffic proxied) {
  private static final Pattern HOST_PORT = Pattern.compile("(.*):(\\d+)/(\\w+)");
  private static final Pattern BACKEND = Pattern.compile("(.*):(\\d+)");

  /** In the order of the first port of each. */
  static List<PortRow> of(List<PortRun> ports) {
    Map<Likeness, List<Pair>> alike = new LinkedHashMap<>();
    for (PortRun run : ports) {
      PortLine line = run.first();
      Matcher host = matched(HOST_PORT, line.hostPort());
      Matcher backend = matched(BACKEND, line.backend());
      Likeness likeness =
          new Likeness(
              host.group(1),
              host.group(3),
              backend.group(1),
              line.publisher(),
              line.spec(),
              line.stateAndNote());
      alike
          .computeIfAbsent(likeness, any -> new ArrayList<>())
          .add(
              new Pair(
                  Integer.parseInt(host.group(2)),
                  Integer.parseInt(backend.group(2)),
                  run.ports(),
                  line.proxied()));
    }
    List<PortRow> rows = new ArrayList<>();
    alike.forEach((likeness, pairs) -> runs(pairs).forEach(run -> rows.add(likeness.row(run))));
    return rows;
  }

  private static Matcher matched(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("\"" + text + "\" is no address with a port");
    }
    return matcher;
  }

  private static List<List<Pair>> runs(List<Pair> pairs) {
    List<List<Pair>> runs = new ArrayList<>();
    pairs.stream()
        .sorted((one, other) -> Integer.compare(one.hostPort, other.hostPort))
        .forEach(pair -> {
          if (runs.isEmpty() || !pair.follows(runs.getLast().getLast())) {
            runs.add(new ArrayList<>());
          }
          runs.getLast().add(pair);
        });
    return runs;
  }

  /**
   * Ports in a row, from the lowest of either side on.
   *
   * @param proxied of each of them
   */
  private record Pair(int hostPort, int backendPort, int ports, Traffic proxied) {
    boolean follows(Pair last) {
      return hostPort == last.hostPort + last.ports && backendPort == last.backendPort + last.ports;
    }

    int lastHostPort() {
      return hostPort + ports - 1;
    }

    int lastBackendPort() {
      return backendPort + ports - 1;
    }
  }

  /** What ports of one row have in common. */
  private record Likeness(
      String hostAddress,
      String protocol,
      String backendAddress,
      String publisher,
      String spec,
      String state) {
    PortRow row(List<Pair> run) {
      Pair first = run.getFirst();
      Pair last = run.getLast();
      return new PortRow(
          hostAddress + ":" + range(first.hostPort, last.lastHostPort()) + "/" + protocol,
          backendAddress + ":" + range(first.backendPort, last.lastBackendPort()),
          publisher,
          spec,
          state,
          run.stream()
              .map(pair -> pair.proxied().times(pair.ports()))
              .reduce(Traffic.NONE, Traffic::plus));
    }

    private static String range(int first, int last) {
      return first == last ? Integer.toString(first) : first + "-" + last;
    }
  }
}
