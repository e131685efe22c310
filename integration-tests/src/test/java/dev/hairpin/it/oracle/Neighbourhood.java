package dev.hairpin.it.oracle;

import static java.util.stream.Collectors.toUnmodifiableSet;
import static org.awaitility.Awaitility.await;

import dev.hairpin.it.world.Command;
import dev.hairpin.it.world.Namespace;
import dev.hairpin.it.world.PeerServer;
import dev.hairpin.it.world.Probe;
import dev.hairpin.it.world.World;
import dev.hairpin.rules.address.Protocol;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
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

  private final Scene scene;
  private final World world;
  private final Map<String, Namespace> askers = new HashMap<>();
  private final List<Namespace> guests = new ArrayList<>();
  private final List<PeerServer> servers = new ArrayList<>();

  private Neighbourhood(Scene scene) {
    this.scene = scene;
    this.world = scene.world();
  }

  /** Moves in everybody that the questions name. Rules for the stranger's network are awaited. */
  static Neighbourhood of(Scene scene, List<Reach> questions) {
    Neighbourhood moved = new Neighbourhood(scene);
    try {
      moved.moveIn(questions);
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
    List<Reach> first = askAll(expected);
    List<Reach> answers = new ArrayList<>();
    for (int i = 0; i < expected.size(); i++) {
      Reach answer = first.get(i);
      answers.add(answer.equals(expected.get(i)) ? answer : ask(expected.get(i)));
    }
    return answers;
  }

  /** Asks all questions at once, and returns the answers in their order. */
  List<Reach> askAll(List<Reach> questions) {
    return questions.stream().map(question -> inBackground(() -> ask(question))).toList().stream()
        .map(CompletableFuture::join)
        .toList();
  }

  @Override
  public void close() {
    servers.forEach(PeerServer::close);
    guests.forEach(world::remove);
    if (askers.containsKey("stranger")) {
      scene.engine().run("network", "rm", STRANGERS_NETWORK);
    }
  }

  private void moveIn(List<Reach> questions) {
    askers.put("outside", world.outside());
    askers.put("host", world.host());
    servers.add(PeerServer.in(world.outside()).tcp(OUTSIDE_PORT).udp(OUTSIDE_PORT));

    Map<String, Long> containers = scene.containers();
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
      moveStrangerIn(questions.stream().anyMatch(question -> question.isAboutIpv6Container()));
    }
    awaitUsableAddresses(containers.values());
  }

  private void serve(Namespace container, String port) {
    String[] word = port.split(" ", -1);
    int number = Integer.parseInt(word[1]);
    PeerServer server = PeerServer.in(container);
    servers.add(word[0].equals(Protocol.UDP.keyword()) ? server.udp(number) : server.tcp(number));
  }

  private void movePeerIn(String from) {
    join(from, scene.engine().bridgeOf(from.substring("peer:".length())));
  }

  /** With IPv6 only where a container has it, as it switches IPv6 forwarding on. */
  private void moveStrangerIn(boolean withIpv6) {
    Command create = scene.engine().docker("network", "create", "--subnet", "10.234.0.0/24");
    (withIpv6 ? create.and("--ipv6", "--subnet", "fd00:234::/64") : create)
        .and("-o", "com.docker.network.bridge.name=" + STRANGERS_BRIDGE, STRANGERS_NETWORK)
        .run();
    join("stranger", STRANGERS_BRIDGE);
    await("rules for the stranger's network")
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(50))
        .until(() -> scene.engine().saved("iptables-save").contains(" " + STRANGERS_BRIDGE + " "));
  }

  /** Brings a guest to a bridge that has the bridge's addresses for gateways. */
  private void join(String name, String bridge) {
    Namespace guest = world.onBridge("g" + guests.size(), bridge);
    guests.add(guest);
    askers.put(name, guest);
    for (InterfaceAddress gateway : scene.addressesOf(bridge)) {
      guest.command("ip", "address", "add", gateway.neighbour(), "dev", "eth0", "nodad").run();
      guest
          .command("ip", gateway.version(), "route", "add", "default", "via", gateway.address())
          .run();
    }
  }

  /** An IPv6 address can't be used before the kernel has looked for others that have it. */
  private void awaitUsableAddresses(Collection<Long> containers) {
    List<Namespace> all = new ArrayList<>(List.of(world.host()));
    containers.forEach(pid -> all.add(Namespace.ofPid(pid)));
    await("IPv6 addresses to be usable")
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(50))
        .until(() ->
            all.stream()
                .allMatch(each ->
                    each.command("ip", "-6", "address", "show", "tentative").run().isBlank()));
  }

  /** Asks one question. */
  Reach ask(Reach question) {
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
