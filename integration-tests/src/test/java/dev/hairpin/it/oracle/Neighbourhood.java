package dev.hairpin.it.oracle;

import static java.util.stream.Collectors.toUnmodifiableSet;
import static org.awaitility.Awaitility.await;

import dev.hairpin.it.world.Engine;
import dev.hairpin.it.world.Namespace;
import dev.hairpin.it.world.PeerServer;
import dev.hairpin.it.world.Probe;
import dev.hairpin.it.world.World;
import dev.hairpin.rules.address.Protocol;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Everybody who asks in a reach table, for as long as it is asked: a neighbour on each network, a
 * stranger on a network of its own, a server outside, and servers in the containers.
 */
final class Neighbourhood implements AutoCloseable {
  private static final String STRANGERS_NETWORK = "strangers";
  private static final String STRANGERS_BRIDGE = "strangers0";
  private static final int OUTSIDE_PORT = 9000;

  private final World world;
  private final Engine engine;
  private final Map<String, Namespace> askers = new HashMap<>();
  private final List<Namespace> guests = new ArrayList<>();
  private final List<PeerServer> servers = new ArrayList<>();

  private Neighbourhood(World world, Engine engine) {
    this.world = world;
    this.engine = engine;
  }

  /** Moves in everybody that the questions name. Rules for the stranger's network are awaited. */
  static Neighbourhood of(World world, Replay replay, List<Reach> questions) {
    Neighbourhood moved = new Neighbourhood(world, replay.engine());
    try {
      moved.moveIn(replay, questions);
      return moved;
    } catch (RuntimeException | Error e) {
      moved.close();
      throw e;
    }
  }

  /**
   * Asks all questions at once. One that is answered otherwise than expected is asked a second time
   * before it counts, as a second is short on a busy machine.
   */
  List<Reach> answers(List<Reach> expected) {
    List<CompletableFuture<Reach>> first =
        expected.stream().map(question -> inBackground(() -> ask(question))).toList();
    List<Reach> answers = new ArrayList<>();
    for (int i = 0; i < expected.size(); i++) {
      Reach answer = first.get(i).join();
      answers.add(answer.equals(expected.get(i)) ? answer : ask(expected.get(i)));
    }
    return answers;
  }

  @Override
  public void close() {
    servers.forEach(PeerServer::close);
    guests.forEach(world::remove);
    if (askers.containsKey("stranger")) {
      engine.run("network", "rm", STRANGERS_NETWORK);
    }
  }

  private void moveIn(Replay replay, List<Reach> questions) {
    askers.put("outside", world.outside());
    askers.put("host", world.host());
    servers.add(PeerServer.in(world.outside()).tcp(OUTSIDE_PORT).udp(OUTSIDE_PORT));

    Map<String, Long> containers = replay.containers();
    containers.forEach((name, pid) -> askers.put("self:" + name, Namespace.ofPid(pid)));
    Set<String> ports =
        questions.stream()
            .map(question -> question.protocol() + " " + question.containerPort())
            .collect(toUnmodifiableSet());
    containers.values().forEach(pid -> ports.forEach(port -> serve(Namespace.ofPid(pid), port)));

    questions.stream()
        .map(Reach::from)
        .filter(from -> from.startsWith("peer:"))
        .distinct()
        .forEach(this::movePeerIn);
    if (questions.stream().anyMatch(question -> question.from().equals("stranger"))) {
      moveStrangerIn();
    }
  }

  private void serve(Namespace container, String port) {
    String[] word = port.split(" ", -1);
    int number = Integer.parseInt(word[1]);
    PeerServer server = PeerServer.in(container);
    servers.add(word[0].equals(Protocol.UDP.keyword()) ? server.udp(number) : server.tcp(number));
  }

  /** The last address but one of the network, as in the recordings; no engine hands it out here. */
  private void movePeerIn(String from) {
    String network = from.substring("peer:".length());
    String subnet = engine.inspect(network, "{{(index .IPAM.Config 0).Subnet}}");
    String gateway = engine.inspect(network, "{{(index .IPAM.Config 0).Gateway}}");
    String prefix = subnet.replace(".0.0/16", "");
    join(from, engine.bridgeOf(network), prefix + ".255.254/16", prefix + ".0.1");
    if (!gateway.isEmpty() && !gateway.equals(prefix + ".0.1")) {
      throw new AssertionError("the gateway of " + network + " is " + gateway);
    }
  }

  private void moveStrangerIn() {
    engine.run(
        "network",
        "create",
        "--subnet",
        "10.234.0.0/24",
        "-o",
        "com.docker.network.bridge.name=" + STRANGERS_BRIDGE,
        STRANGERS_NETWORK);
    join("stranger", STRANGERS_BRIDGE, "10.234.0.254/24", "10.234.0.1");
    await("rules for the stranger's network")
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(50))
        .until(() -> world.saved("iptables-save").contains("STAGE-2 -o " + STRANGERS_BRIDGE));
  }

  private void join(String name, String bridge, String address, String gateway) {
    Namespace guest = world.onBridge("g" + guests.size(), bridge, address, gateway);
    guests.add(guest);
    askers.put(name, guest);
  }

  private Reach ask(Reach question) {
    String name =
        question.from().equals("self") ? "self:" + question.containerName() : question.from();
    Probe probe = Probe.from(askers.get(name));
    // The neighbour gives its real address, or 127.0.0.1 would be its source as well.
    Probe honest = question.target().equals("injected") ? probe.with(World.OUTSIDE_4) : probe;
    return question.answered(honest.ask(question.protocol(), question.host(), question.asked()));
  }

  private static CompletableFuture<Reach> inBackground(Supplier<Reach> question) {
    CompletableFuture<Reach> answer = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          try {
            answer.complete(question.get());
          } catch (RuntimeException | Error e) {
            answer.completeExceptionally(e);
          }
        });
    return answer;
  }
}
