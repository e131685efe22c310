package dev.hairpin.it.bench;

import static org.awaitility.Awaitility.await;

import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Command;
import dev.hairpin.it.world.Engine;
import dev.hairpin.it.world.PeerServer;
import dev.hairpin.it.world.World;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A host whose Docker publishes ports, a range of each of its containers. */
final class ContainerPorts implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /** A single container has the ports that it publishes; many have all the same. */
  private static final int FIRST_OF_MANY = 8000;

  private final World world;
  private final Engine engine;
  private final Optional<AgentProcess> agent;
  private final int ports;
  private final List<Container> containers;
  private final List<PeerServer> servers = new ArrayList<>();

  private ContainerPorts(
      World world, Engine engine, Optional<AgentProcess> agent, int containers, int ports) {
    this.world = world;
    this.engine = engine;
    this.agent = agent;
    this.ports = ports;
    int each = ports / containers;
    int inside = containers == 1 ? ManyPorts.FIRST : FIRST_OF_MANY;
    this.containers =
        IntStream.range(0, containers)
            .mapToObj(i -> new Container("web" + i, ManyPorts.FIRST + i * each, inside, each))
            .toList();
  }

  private record Container(String name, int first, int inside, int ports) {
    String range() {
      return (first + "-" + last()) + (":" + inside + "-" + (inside + ports - 1));
    }

    int last() {
      return first + ports - 1;
    }
  }

  /**
   * By dockerd, with its own rules and its own proxies, or without these.
   *
   * @param ports of all containers together
   */
  static ContainerPorts ofDockerd(int containers, int ports, String... flags) {
    World world = World.create();
    return new ContainerPorts(
        world, Engine.plain(world, flags), Optional.empty(), containers, ports);
  }

  /**
   * By us, from labels.
   *
   * @param ports of all containers together
   */
  static ContainerPorts ofHairpin(int containers, int ports) {
    World world = World.create();
    AgentProcess agent =
        AgentProcess.unwatched(
            world,
            "--docker-host",
            "unix://" + Engine.socketIn(world),
            "--wait-for-docker",
            "--layout",
            "hairpin");
    return new ContainerPorts(world, Engine.under(agent), Optional.of(agent), containers, ports);
  }

  /** Seconds until new containers run, their rules are in force and their proxies listen. */
  double publish() {
    boolean ours = agent.isPresent();
    long begin = System.nanoTime();
    for (Container each : containers) {
      docker(
          "run",
          "-d",
          "--name",
          each.name(),
          ours ? "--label" : "-p",
          ours ? "hairpin.publish=" + each.range() : each.range(),
          "peer");
    }
    agent.ifPresent(process -> awaitOurs(process, true));
    return (System.nanoTime() - begin) / 1e9;
  }

  /** Has something listen on all ports of the containers, until they are removed. */
  void serve() {
    for (Container each : containers) {
      PeerServer server = PeerServer.in(engine.namespaceOf(each.name()));
      servers.add(server);
      IntStream.range(each.inside(), each.inside() + each.ports()).forEach(server::tcp);
    }
  }

  /**
   * Seconds in which {@code hairpin doctor} finds that each of them is answered by every way. They
   * have to be served.
   */
  double examine() {
    Command doctor =
        AgentProcess.hairpinIn(world, "doctor", "--json")
            .and("--docker-host", "unix://" + Engine.socketIn(world));
    long begin = System.nanoTime();
    doctor.run();
    return (System.nanoTime() - begin) / 1e9;
  }

  /** Seconds until the containers and all that served them are gone. */
  double remove() {
    stopServing();
    long begin = System.nanoTime();
    docker(
        Stream.concat(Stream.of("rm", "-f"), containers.stream().map(Container::name))
            .toArray(String[]::new));
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
                && isInTable("ip") == there);
  }

  /** A port or a range, whichever map they are in: {@code tcp . 10000-10999 : 172.17.0.2}. */
  private boolean isInTable(String family) {
    return world
        .host()
        .command("nft", "list", "table", family, "hairpin")
        .attempt()
        .out()
        .contains(containers.getLast().last() + " : ");
  }

  private void stopServing() {
    servers.forEach(PeerServer::close);
    servers.clear();
  }

  @Override
  public void close() {
    stopServing();
    world.close();
  }
}
