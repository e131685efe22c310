package dev.hairpin.it.bench;

import dev.hairpin.it.world.Command;
import dev.hairpin.proxy.UserlandProxy;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/**
 * {@code integration-tests/bench ports}: what many published ports cost, beside dockerd. No number
 * makes it fail.
 */
@CommandLine.Command(
    name = "bench ports",
    mixinStandardHelpOptions = true,
    description = "Measure the publishing of many ports, beside dockerd.")
final class PortsBenchmark implements Callable<Integer> {
  static final String ONE_PORT = "one port";

  private static final String OURS = "hairpin";
  private static final String DOCKERD = "dockerd";
  private static final String WITHOUT_PROXY = "dockerd, no proxy";
  private static final String ITS_RULES = "dockerd's rules";

  private static final int WIDEST = 30_000;
  private static final int CLIENTS = 16;

  /** Of each of many containers. */
  private static final int PORTS_EACH = 10;

  /** Of the doctor in each round: dockerd's rounds take minutes. */
  private static final int LOOKS = 5;

  /** Below what clients choose their own ports from. */
  private static final int SINGLE = 7000;

  @Option(
      names = "--rounds",
      defaultValue = "5",
      description = "How often all take turns; medians are printed (${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--seconds",
      defaultValue = "2",
      description = "How long connections are counted (${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--quick",
      description = "One round, and a tenth of the ports, to see that it works.")
  private boolean quick;

  @Option(
      names = "--only",
      paramLabel = "PART",
      split = ",",
      defaultValue = "RANGE,CONTAINERS,ONE_MORE,CONNECTIONS,WIDE,REPAIR,START",
      description = "Of ${COMPLETION-CANDIDATES} (all).")
  private List<Part> parts;

  /** What can be measured alone. */
  enum Part {
    RANGE,
    CONTAINERS,
    ONE_MORE,
    CONNECTIONS,
    WIDE,
    REPAIR,
    START
  }

  private final Readings readings = new Readings();
  private int thousand;

  private PortsBenchmark() {}

  /** The arguments are {@code --help}'s. */
  public static void main(String[] arguments) {
    System.exit(
        new CommandLine(new PortsBenchmark())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .execute(arguments));
  }

  @Override
  public Integer call() {
    if (rounds < 1 || seconds < 1) {
      say("--rounds and --seconds are at least 1");
      return CommandLine.ExitCode.USAGE;
    }
    rounds = quick ? 1 : rounds;
    thousand = quick ? 100 : 1000;
    try {
      parts.stream().sorted().distinct().forEach(this::measure);
    } finally {
      // What was measured before a failure may be worth reading.
      System.out.print(
          new ResultTable(
                  readings, OURS, List.of(DOCKERD, WITHOUT_PROXY), List.of(ONE_PORT, ITS_RULES))
              .text());
    }
    return 0;
  }

  private void measure(Part part) {
    switch (part) {
      case RANGE -> range();
      case CONTAINERS -> containers();
      case ONE_MORE -> oneMore();
      case CONNECTIONS -> connections();
      case WIDE -> wide();
      case REPAIR -> repair();
      case START -> start();
    }
  }

  private void range() {
    try (ContainerPorts ours = ContainerPorts.ofHairpin(1, thousand);
        ContainerPorts dockerd = ContainerPorts.ofDockerd(1, thousand);
        ContainerPorts withoutProxy =
            ContainerPorts.ofDockerd(1, thousand, "--userland-proxy=false")) {
      for (int round = 1; round <= rounds; round++) {
        say("a container's range", round);
        range(ours, OURS);
        range(dockerd, DOCKERD);
        range(withoutProxy, WITHOUT_PROXY);
      }
    }
  }

  private void range(ContainerPorts ports, String whose) {
    readings.add(Row.published(thousand), whose, ports.publish());
    if (!whose.equals(WITHOUT_PROXY)) {
      readings.add(Row.memoryOfPublished(thousand), whose, ports.pssMiB());
    }
    examine(ports, Row.examined(1, thousand), whose);
    readings.add(Row.removed(thousand), whose, ports.remove());
  }

  private void examine(ContainerPorts ports, Row row, String whose) {
    ports.serve();
    for (int look = 0; look < LOOKS; look++) {
      readings.add(row, whose, ports.examine());
    }
  }

  private void containers() {
    int many = thousand / PORTS_EACH;
    try (ContainerPorts ours = ContainerPorts.ofHairpin(many, thousand);
        ContainerPorts dockerd = ContainerPorts.ofDockerd(many, thousand);
        ContainerPorts withoutProxy =
            ContainerPorts.ofDockerd(many, thousand, "--userland-proxy=false")) {
      for (int round = 1; round <= rounds; round++) {
        say("many containers", round);
        containers(ours, many, OURS);
        containers(dockerd, many, DOCKERD);
        containers(withoutProxy, many, WITHOUT_PROXY);
      }
    }
  }

  private void containers(ContainerPorts ports, int many, String whose) {
    ports.publish();
    examine(ports, Row.examined(many, thousand), whose);
    ports.remove();
  }

  private void oneMore() {
    try (NamespacePorts host = NamespacePorts.make(OURS)) {
      host.publish(SINGLE + ":" + Course.HTTP);
      for (int round = 1; round <= rounds; round++) {
        say("one more port", round);
        double alone = oneMore(host, round);
        for (int published : List.of(thousand, 10 * thousand)) {
          String range = shifted(published);
          host.publish(range);
          readings.add(Row.oneMore(published), ONE_PORT, alone);
          readings.add(Row.oneMore(published), OURS, oneMore(host, round));
          host.unpublish(range);
        }
      }
    }
  }

  private static double oneMore(NamespacePorts host, int round) {
    String port = "0.0.0.0:" + (SINGLE + round) + ":" + Course.HTTP;
    double taken = host.publish(port);
    host.unpublish(port);
    return taken;
  }

  private void connections() {
    int many = 10 * thousand;
    try (NamespacePorts one = NamespacePorts.make(OURS);
        NamespacePorts ours = NamespacePorts.make(OURS);
        NamespacePorts asDockerd = NamespacePorts.make("docker20")) {
      one.publish("0.0.0.0:" + ManyPorts.FIRST + ":" + Course.HTTP);
      ours.publish(shifted(many));
      asDockerd.publish(shifted(many));
      for (int round = 1; round <= rounds; round++) {
        say("connections", round);
        connections(one, ONE_PORT, many);
        connections(ours, OURS, many);
        connections(asDockerd, ITS_RULES, many);
      }
    }
  }

  /** The rule of the lowest port is the last one in dockerd's order. */
  private void connections(NamespacePorts host, String whose, int many) {
    readings.add(
        Row.kernelConnections(many), whose, host.connections(ManyPorts.FIRST, CLIENTS, seconds));
  }

  private void wide() {
    int ports = widest();
    try (NamespacePorts host = NamespacePorts.make(OURS)) {
      String range = range(ports, ManyPorts.FIRST);
      for (int round = 1; round <= rounds; round++) {
        say("a wide range", round);
        readings.add(Row.wide(ports), OURS, host.publish(range));
        readings.add(Row.memoryOfWide(ports), OURS, host.pssMiB());
        host.unpublish(range);
      }
    }
  }

  /** As many ports as sockets of both families may be open. */
  private static int widest() {
    long limit = Long.parseLong(Command.of("sh", "-c", "ulimit -n").run().strip());
    int ports = WIDEST;
    while (UserlandProxy.filesFor(2 * ports) > limit) {
      ports -= 500;
    }
    if (ports < WIDEST) {
      say("a range of " + ports + " ports only: a process may open " + limit + " files");
    }
    return ports;
  }

  private void repair() {
    try (NamespacePorts host = NamespacePorts.make(OURS)) {
      host.publish(range(thousand, ManyPorts.FIRST));
      host.publish(SINGLE + ":" + NamespacePorts.SAYING_WHO);
      for (int round = 1; round <= rounds; round++) {
        say("flushed rules", round);
        // An agent lets more and more time pass when somebody goes on flushing its rules.
        host.restart();
        readings.add(Row.repaired(thousand), OURS, host.flushed(SINGLE));
      }
    }
  }

  private void start() {
    int many = 10 * thousand;
    try (NamespacePorts host = NamespacePorts.make(OURS)) {
      host.publish(shifted(many));
      for (int round = 1; round <= rounds; round++) {
        say("a start", round);
        NamespacePorts.Start start = host.restart();
        readings.add(Row.started(many), OURS, start.seconds());
        readings.add(Row.changedByStart(many), OURS, (double) start.transactions());
      }
    }
  }

  /** A range in which each port is an element of its own, of one family as sockets are scarce. */
  private static String shifted(int ports) {
    return "0.0.0.0:" + range(ports, Course.HTTP);
  }

  private static String range(int ports, int container) {
    int last = ports - 1;
    return ManyPorts.FIRST
        + "-"
        + (ManyPorts.FIRST + last)
        + ":"
        + container
        + "-"
        + (container + last);
  }

  private static void say(String what) {
    System.err.println("bench: " + what);
  }

  private void say(String what, int round) {
    say(what + ", round " + round + " of " + rounds);
  }
}
