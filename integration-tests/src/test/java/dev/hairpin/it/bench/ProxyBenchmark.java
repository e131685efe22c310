package dev.hairpin.it.bench;

import dev.hairpin.it.world.Command;
import dev.hairpin.proxy.Transport;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/**
 * {@code integration-tests/bench proxy}: everything that is asked of the userland proxy, beside
 * those whose work it does. No number makes it fail.
 */
@CommandLine.Command(
    name = "bench proxy",
    mixinStandardHelpOptions = true,
    description = "Measure the userland proxy beside docker-proxy, HAProxy and no proxy.")
final class ProxyBenchmark implements Callable<Integer> {
  private static final int[] STREAMS = {1, 8};
  private static final int[] CLIENTS = {16, 256};
  private static final int[] DATAGRAM_BYTES = {64, 1400};
  private static final double GIB = 1 << 30;

  private static final int IDLE_CONNECTIONS = 10_000;

  /** Of a connection in docker-proxy: both ends, and a pipe for each direction. */
  private static final int DESCRIPTORS_OF_CONNECTION = 6;

  /** Of a connection in this program: what connects, and what answers in the container. */
  private static final int OUR_DESCRIPTORS_OF_CONNECTION = 2;

  /** Those that a program needs beside. */
  private static final int OTHER_DESCRIPTORS = 500;

  @Option(
      names = "--rounds",
      defaultValue = "5",
      description = "How often all take turns; medians are printed (${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--seconds",
      defaultValue = "2",
      description = "How long each measurement takes (${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--quick",
      description = "One round of a second each and a tenth of the ports, to see that it works.")
  private boolean quick;

  @Option(
      names = "--only",
      paramLabel = "PART",
      split = ",",
      defaultValue = "BULK,HTTP,UDP,FIRST_BYTE,IDLE,PORTS",
      description = "Of ${COMPLETION-CANDIDATES} (all).")
  private List<Part> parts;

  /** What can be measured alone, in its order: the last one leaves firewall rules on the host. */
  enum Part {
    BULK,
    HTTP,
    UDP,
    FIRST_BYTE,
    IDLE,
    PORTS
  }

  private int ports;
  private int connections;
  private final Readings readings = new Readings();

  private ProxyBenchmark() {}

  /** The arguments are {@code --help}'s. */
  public static void main(String[] arguments) {
    System.exit(
        new CommandLine(new ProxyBenchmark())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .execute(arguments));
  }

  @Override
  public Integer call() {
    if (rounds < 1 || seconds < 1) {
      say("--rounds and --seconds are at least 1");
      return CommandLine.ExitCode.USAGE;
    }
    if (quick) {
      rounds = 1;
      seconds = 1;
    }
    ports = quick ? 100 : 1000;
    connections = quick ? 1000 : idleConnections();
    List<Contender> contenders = Contender.all();
    try (Course course = Course.make(Math.ceilDiv(connections, portsOfIdle()))) {
      for (Part part : Part.values()) {
        if (parts.contains(part)) {
          measure(part, course, contenders);
        }
      }
    } finally {
      // What was measured before a failure may be worth reading.
      System.out.print(table(contenders).text());
    }
    return 0;
  }

  private void measure(Part part, Course course, List<Contender> contenders) {
    switch (part) {
      case BULK -> bulk(course, contenders);
      case HTTP -> http(course, contenders);
      case UDP -> udp(course, contenders);
      case FIRST_BYTE -> firstByte(course, contenders);
      case IDLE -> idle(course, contenders);
      case PORTS -> manyPorts(course, contenders);
    }
  }

  private ResultTable table(List<Contender> contenders) {
    return new ResultTable(
        readings,
        new Contender.Hairpin().toString(),
        contenders.stream()
            .filter(Contender.DockerProxy.class::isInstance)
            .map(Contender::toString)
            .toList(),
        List.of(new Contender.HaProxy().toString(), new Contender.Direct().toString()));
  }

  private void bulk(Course course, List<Contender> contenders) {
    List<Contender> all = new ArrayList<>(contenders);
    all.add(new Contender.HairpinInside());
    List<Relay> relays = open(course, all, Transport.TCP, Course.IPERF);
    for (Relay relay : relays) {
      Iperf.run(course, relay, 8, true, 2 * seconds);
      Iperf.run(course, relay, 8, false, 2 * seconds);
    }
    for (int round = 1; round <= rounds; round++) {
      say("bulk", round);
      for (int streams : STREAMS) {
        for (boolean toContainer : new boolean[] {true, false}) {
          relays.forEach(relay -> bulk(course, relay, streams, toContainer));
        }
      }
    }
    relays.forEach(Relay::close);
  }

  private void bulk(Course course, Relay relay, int streams, boolean toContainer) {
    double before = relay.cpuSeconds();
    Iperf sent = Iperf.run(course, relay, streams, toContainer, seconds);
    switch (relay.contender()) {
      case Contender.HairpinInside inside -> {
        readings.add(
            Row.bulkInside(streams, toContainer), new Contender.Hairpin(), sent.gigabits());
        return;
      }
      case Contender.Hairpin ours ->
          readings.add(Row.bulk(streams, toContainer), ours, sent.gigabits());
      // What both of ours are compared with.
      case Contender.DockerProxy theirs -> addToBoth(streams, toContainer, theirs, sent);
      case Contender.HaProxy theirs -> addToBoth(streams, toContainer, theirs, sent);
      case Contender.Direct nothing -> addToBoth(streams, toContainer, nothing, sent);
    }
    if (relay.process().isPresent()) {
      readings.add(
          Row.bulkCpu(streams, toContainer),
          relay.contender(),
          (relay.cpuSeconds() - before) / (sent.bytes() / GIB));
    }
  }

  private void addToBoth(int streams, boolean toContainer, Contender contender, Iperf sent) {
    readings.add(Row.bulk(streams, toContainer), contender, sent.gigabits());
    readings.add(Row.bulkInside(streams, toContainer), contender, sent.gigabits());
  }

  private void http(Course course, List<Contender> contenders) {
    List<Relay> relays = open(course, contenders, Transport.TCP, Course.HTTP);
    for (Relay relay : relays) {
      Wrk.closing(course, relay, 64, 3 * seconds);
      Wrk.keepingAlive(course, relay, 64, 3 * seconds);
    }
    for (int round = 1; round <= rounds; round++) {
      say("HTTP", round);
      for (int clients : CLIENTS) {
        relays.forEach(relay -> shortConnections(course, relay, clients));
        relays.forEach(relay -> requests(course, relay, clients));
      }
    }
    relays.forEach(Relay::close);
  }

  private void shortConnections(Course course, Relay relay, int clients) {
    double before = relay.cpuSeconds();
    Wrk answered = Wrk.closing(course, relay, clients, seconds);
    readings.add(Row.connections(clients), relay.contender(), answered.rate());
    if (relay.process().isPresent()) {
      readings.add(
          Row.connectionCpu(clients),
          relay.contender(),
          (relay.cpuSeconds() - before) * 1e6 / answered.requests());
    }
  }

  private void requests(Course course, Relay relay, int clients) {
    Wrk answered = Wrk.keepingAlive(course, relay, clients, seconds);
    readings.add(Row.requests(clients), relay.contender(), answered.rate());
    readings.add(Row.latency(50, clients), relay.contender(), answered.medianMicros());
    readings.add(Row.latency(99, clients), relay.contender(), answered.slowMicros());
  }

  private void udp(Course course, List<Contender> contenders) {
    List<Relay> relays = open(course, contenders, Transport.UDP, Course.SINK);
    try (DatagramRate rate = new DatagramRate(course)) {
      relays.forEach(relay -> rate.search(course, relay, 64));
      for (int round = 1; round <= rounds; round++) {
        say("UDP", round);
        for (int bytes : DATAGRAM_BYTES) {
          for (Relay relay : relays) {
            readings.add(
                Row.datagrams(bytes), relay.contender(), rate.search(course, relay, bytes));
          }
        }
      }
    }
    relays.forEach(Relay::close);
  }

  private void firstByte(Course course, List<Contender> contenders) {
    for (int round = 1; round <= rounds; round++) {
      say("first byte", round);
      for (Contender contender : processesOf(contenders)) {
        readings.add(Row.firstByte(), contender, FirstByte.seconds(course, contender));
      }
    }
  }

  /** Memory hardly varies, so once is enough. */
  private void idle(Course course, List<Contender> contenders) {
    say(connections + " idle connections by " + portsOfIdle() + " ports");
    for (Contender contender : processesOf(contenders)) {
      readings.add(
          Row.idle(connections),
          contender,
          IdleConnections.growth(course, contender, connections, portsOfIdle()));
    }
  }

  private void manyPorts(Course course, List<Contender> contenders) {
    say("many ports");
    for (Contender contender : contenders) {
      if (contender instanceof Contender.DockerProxy dockerProxy) {
        add(contender, ManyPorts.of(course, dockerProxy, ports));
      }
    }
    add(new Contender.Hairpin(), ManyPorts.ofAgent(course, ports));
  }

  private void add(Contender contender, ManyPorts result) {
    readings.add(Row.manyPorts(ports), contender, result.pssMiB());
    readings.add(Row.opening(ports), contender, result.seconds());
  }

  private static List<Relay> open(
      Course course, List<Contender> contenders, Transport transport, int backend) {
    List<Relay> relays = new ArrayList<>();
    for (Contender contender : contenders) {
      if (contender.carries(transport)) {
        relays.add(course.open(contender, transport, backend));
      }
    }
    return relays;
  }

  private static List<Contender> processesOf(List<Contender> contenders) {
    return contenders.stream()
        .filter(contender -> !(contender instanceof Contender.Direct))
        .toList();
  }

  /** As many as this program can have open, at both ends. */
  private static int idleConnections() {
    int limit = openFilesOfProcess();
    int allowed = (limit - OTHER_DESCRIPTORS) / OUR_DESCRIPTORS_OF_CONNECTION / 100 * 100;
    if (allowed < IDLE_CONNECTIONS) {
      say(allowed + " idle connections only: a process may open " + limit + " files");
    }
    return Math.min(IDLE_CONNECTIONS, allowed);
  }

  /** As few as docker-proxy, which has a process for each, can have them open by. */
  private int portsOfIdle() {
    return Math.ceilDiv(
        connections * DESCRIPTORS_OF_CONNECTION, openFilesOfProcess() - OTHER_DESCRIPTORS);
  }

  private static int openFilesOfProcess() {
    return Integer.parseInt(Command.of("sh", "-c", "ulimit -n").run().strip());
  }

  private static void say(String what) {
    System.err.println("bench: " + what);
  }

  private void say(String what, int round) {
    say(what + ", round " + round + " of " + rounds);
  }
}
