package dev.hairpin.it.bench;

import static org.awaitility.Awaitility.await;

import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Command;
import dev.hairpin.it.world.Engine;
import dev.hairpin.it.world.PeerServer;
import dev.hairpin.it.world.World;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A host whose Docker publishes a range of a container's ports, all at once. */
final class ContainerPorts implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final String CONTAINER = "web";

  private final World world;
  private final Engine engine;
  private final Optional<AgentProcess> agent;
  private final int ports;
  private final String range;

  private ContainerPorts(World world, Engine engine, Optional<AgentProcess> agent, int ports) {
    this.world = world;
    this.engine = engine;
    this.agent = agent;
    this.ports = ports;
    int last = ManyPorts.FIRST + ports - 1;
    this.range = ManyPorts.FIRST + "-" + last + ":" + ManyPorts.FIRST + "-" + last;
  }

  /** By dockerd, with its own rules and its own proxies, or without these. */
  static ContainerPorts ofDockerd(int ports, String... flags) {
    World world = World.create();
    return new ContainerPorts(world, Engine.plain(world, flags), Optional.empty(), ports);
  }

  /** By us, from a label. */
  static ContainerPorts ofHairpin(int ports) {
    World world = World.create();
    AgentProcess agent =
        AgentProcess.unwatched(
            world,
            "--docker-host",
            "unix://" + Engine.socketIn(world),
            "--wait-for-docker",
            "--layout",
            "hairpin");
    return new ContainerPorts(world, Engine.under(agent), Optional.of(agent), ports);
  }

  /** Seconds until a new container runs, its rules are in force and its proxies listen. */
  double publish() {
    boolean ours = agent.isPresent();
    long begin = System.nanoTime();
    docker(
        "run",
        "-d",
        "--name",
        CONTAINER,
        ours ? "--label" : "-p",
        ours ? "hairpin.publish=" + range : range,
        "peer");
    agent.ifPresent(process -> awaitOurs(process, true));
    return (System.nanoTime() - begin) / 1e9;
  }

  /** Seconds in which {@code hairpin doctor} finds that each of them is answered by every way. */
  double examine() {
    try (PeerServer server = PeerServer.in(engine.namespaceOf(CONTAINER))) {
      IntStream.range(ManyPorts.FIRST, ManyPorts.FIRST + ports).forEach(server::tcp);
      Command doctor =
          AgentProcess.hairpinIn(world, "doctor", "--json")
              .and("--docker-host", "unix://" + Engine.socketIn(world));
      long begin = System.nanoTime();
      doctor.run();
      return (System.nanoTime() - begin) / 1e9;
    }
  }

  /** Seconds until the container and all that served it are gone. */
  double remove() {
    long begin = System.nanoTime();
    docker("rm", "-f", CONTAINER);
    agent.ifPresent(process -> awaitOurs(process, false));
    return (System.nanoTime() - begin) / 1e9;
  }

  /** Of the agent, or of all docker-proxies. */
  double pssMiB() {
    Stream<Long> processes =
        agent
            .map(process -> Stream.of(process.pid()))
            .orElseGet(() ->
                ProcessHandle.allProcesses()
                    .filter(ContainerPorts::isDockerProxy)
                    .filter(process -> world.processes().contains(process.pid()))
                    .map(ProcessHandle::pid));
    return processes.mapToDouble(ProcessCost::pssMiB).sum();
  }

  private static boolean isDockerProxy(ProcessHandle process) {
    return process.info().command().orElse("").endsWith("/docker-proxy");
  }

  private void docker(String... arguments) {
    engine.docker(arguments).within(PATIENCE).run();
  }

  /** Both families' sockets, and the last of what is written. */
  private void awaitOurs(AgentProcess process, boolean there) {
    await("our ports")
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(10))
        .until(() ->
            ManyPorts.listening(process.pid()) == (there ? 2L * ports : 0)
                && isInMap("ip") == there);
  }

  private boolean isInMap(String family) {
    return world
        .host()
        .command("nft", "list", "map", family, "hairpin", "port-ranges")
        .attempt()
        .out()
        .contains(". " + range.substring(0, range.indexOf(':')) + " ");
  }

  @Override
  public void close() {
    world.close();
  }
}
