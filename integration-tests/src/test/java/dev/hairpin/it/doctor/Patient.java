package dev.hairpin.it.doctor;

import static org.awaitility.Awaitility.await;

import dev.hairpin.agent.doctor.Asker;
import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Command;
import dev.hairpin.it.world.Engine;
import dev.hairpin.it.world.FirewalldProcess;
import dev.hairpin.it.world.Namespace;
import dev.hairpin.it.world.PeerServer;
import dev.hairpin.it.world.World;
import dev.hairpin.rules.address.Protocol;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A host that is well: one container publishes a TCP and a UDP port on all addresses and serves
 * them, and has a neighbour on its network. What is done to it can be taken back.
 */
final class Patient implements AutoCloseable {
  static final int TCP_PORT = 8080;
  static final int UDP_PORT = 5353;

  private static final int TCP_INSIDE = 80;
  private static final int UDP_INSIDE = 53;
  static final String TCP_SPEC = TCP_PORT + ":" + TCP_INSIDE;
  static final String UDP_SPEC = UDP_PORT + ":" + UDP_INSIDE + "/udp";

  private final World world;
  private final Optional<Engine> engine;
  private final Optional<AgentProcess> agent;
  private final Namespace container;
  private final Namespace neighbour;
  private final Map<String, Namespace> containers = new HashMap<>();
  private final List<Process> background = new ArrayList<>();
  private final Map<String, String> words;
  private Optional<FirewalldProcess> firewalld = Optional.empty();
  private PeerServer server;
  private Wellness before;

  private Patient(
      World world,
      Optional<Engine> engine,
      Optional<AgentProcess> agent,
      Namespace container,
      Namespace neighbour,
      Map<String, String> words) {
    this.world = world;
    this.engine = engine;
    this.agent = agent;
    this.container = container;
    this.neighbour = neighbour;
    this.words = words;
  }

  /** Containers of a dockerd that does everything itself. */
  static Patient ofEngine(World world, String... flags) {
    Engine engine = Engine.plain(world, flags);
    engine.run("run", "-d", "--name", "web", "-p", TCP_SPEC, "-p", UDP_SPEC, "peer");
    engine.run("run", "-d", "--name", "other", "peer");
    Patient patient =
        new Patient(
            world,
            Optional.of(engine),
            Optional.empty(),
            engine.namespaceOf("web"),
            engine.namespaceOf("other"),
            Map.of("bridge", "docker0", "address", "172.17.0.2", "net", "172.17", "name", "web"));
    patient.containers.put("web", patient.container);
    return patient.wellNow();
  }

  /** Namespaces that an agent publishes for. */
  static Patient ofAgent(World world, String... options) {
    return ofAgent(world, List.of(TCP_SPEC, UDP_SPEC), options);
  }

  /** The same, with these ports published. */
  static Patient ofAgent(World world, List<String> specs, String... options) {
    // Otherwise the agent switches it on, and has to drop what was not forwarded before.
    world.host().command("sysctl", "-qw", "net.ipv4.ip_forward=1").run();
    Namespace ns1 = world.ns1();
    Namespace ns2 = world.onBridge("n2", "docker1", "172.18.0.3/16", "172.18.0.1");
    Remembered.write(world, ns1.name(), specs);
    AgentProcess agent = AgentProcess.withoutEngine(world, options);
    Patient patient =
        new Patient(
            world,
            Optional.empty(),
            Optional.of(agent),
            ns1,
            ns2,
            Map.of(
                "bridge", "docker1", "address", "172.18.0.2", "net", "172.18", "name", ns1.name()));
    patient.containers.put(ns1.name(), ns1);
    return patient.wellNow();
  }

  private Patient wellNow() {
    serve();
    before = Wellness.of(this);
    return this;
  }

  World world() {
    return world;
  }

  Engine engine() {
    return engine.orElseThrow();
  }

  AgentProcess agent() {
    return agent.orElseThrow();
  }

  Namespace inside() {
    return container;
  }

  /** Another container of its network. */
  Namespace neighbour() {
    return neighbour;
  }

  /** A command on the host, its words separated by blanks. */
  Command onHost(String command) {
    return world.host().command(fill(command).split(" ", -1));
  }

  /** A command in the container's network. */
  Command onInside(String command) {
    return container.command(fill(command).split(" ", -1));
  }

  /** A command that was proposed, where it is meant to be run. */
  Command proposed(List<String> argv) {
    if (argv.getFirst().equals("firewall-cmd") && firewalld.isPresent()) {
      return firewalld.get().command(argv.subList(1, argv.size()).toArray(String[]::new));
    }
    return world.host().command(argv.toArray(String[]::new));
  }

  /** Has it run firewalld's own command, which is unpacked somewhere and not installed. */
  void ruledBy(FirewalldProcess process) {
    firewalld = Optional.of(process);
  }

  /** The text, with {@code {bridge}}, {@code {address}} and the like filled in. */
  String fill(String text) {
    String filled = text;
    for (Map.Entry<String, String> word : words.entrySet()) {
      filled = filled.replace("{" + word.getKey() + "}", word.getValue());
    }
    return filled;
  }

  /** What {@code hairpin doctor} says of this host. */
  Examination examine(String... arguments) {
    return Examination.of(doctor(arguments).and("--json").attempt());
  }

  /** The command, with these arguments. */
  Command doctor(String... arguments) {
    Command doctor = AgentProcess.hairpinIn(world, "doctor").and(arguments);
    return engine.isPresent()
        ? doctor.and("--docker-host", "unix://" + Engine.socketIn(world))
        : doctor;
  }

  /** What that lost asker asks. */
  Question question(Fault.Lost lost) {
    return new Question(
        lost.asker(),
        from(lost.asker(), container),
        lost.protocol(),
        lost.asker() == Asker.LOCALHOST ? "127.0.0.1" : World.HOST_4,
        lost.port(),
        lost.sourcePort());
  }

  /** What is asked on that way. */
  Question question(Examination.CheckedWay way) {
    String port = way.port();
    int slash = port.indexOf('/');
    return new Question(
        way.asker(),
        from(way.asker(), containers.getOrDefault(way.container(), container)),
        Protocol.of(port.substring(slash + 1)).orElseThrow(),
        way.address(),
        Integer.parseInt(port.substring(port.lastIndexOf(':') + 1, slash)),
        0);
  }

  private Namespace from(Asker asker, Namespace itself) {
    return switch (asker) {
      case OUTSIDE -> world.outside();
      case HOST, LOCALHOST -> world.host();
      case ITSELF -> itself;
      case NEIGHBOUR -> neighbour;
    };
  }

  /** Adds a container of its engine in place of one of that name, and returns its network. */
  Namespace run(String name, String... options) {
    remove(name);
    engine().docker("run", "-d", "--name", name).and(options).and("peer").run();
    Namespace network = engine().namespaceOf(name);
    containers.put(name, network);
    return network;
  }

  /** Removes a container of its engine, if there is one of that name. */
  void remove(String name) {
    engine().docker("rm", "-f", name).attempt();
  }

  /** Runs a program that listens on a TCP port, until {@link #endBackground}. */
  void listen(Namespace network, int port, String... program) {
    background.add(
        network.command(program).startLoggingTo(world.directory().resolve("background.log")));
    await("somebody to listen on port " + port)
        .until(() -> !network.command("ss", "-Hlnt", "sport = :" + port).run().isEmpty());
  }

  /** Ends the programs that were started here. */
  void endBackground() {
    background.forEach(Process::destroyForcibly);
    background.forEach(process -> process.onExit().join());
    background.clear();
  }

  /** Has the container's service answer. */
  void serve() {
    serving(PeerServer.in(container), server -> server.tcp(TCP_INSIDE).udp(UDP_INSIDE));
  }

  /** Has it answer on its TCP port of one address, and on its UDP port of all. */
  void serveOn(String local) {
    serving(PeerServer.in(container), server -> server.tcpOn(local, TCP_INSIDE).udp(UDP_INSIDE));
  }

  /** The sockets of an earlier one close when whoever waits on them has noticed. */
  private void serving(PeerServer next, Consumer<PeerServer> ports) {
    server = world.inhabitedBy(next);
    await("the ports to be free").untilAsserted(() -> open(next, ports));
  }

  private static void open(PeerServer server, Consumer<PeerServer> ports) {
    try {
      ports.accept(server);
    } catch (AssertionError taken) {
      server.close();
      throw taken;
    }
  }

  /** Ends the container's service. */
  void silence() {
    server.close();
  }

  /** Takes back what was done to rules and settings, if anything is left of it. */
  void recover() {
    endBackground();
    before.bringBack(this);
  }

  @Override
  public void close() {
    endBackground();
    world.close();
  }
}
