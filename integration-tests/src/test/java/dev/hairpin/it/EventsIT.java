package dev.hairpin.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Conversation;
import dev.hairpin.it.world.Engine;
import dev.hairpin.it.world.Kernel;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.PeerServer;
import dev.hairpin.it.world.Probe;
import dev.hairpin.it.world.World;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What happens to containers and networks, and what it does to rules and sockets. "Published" means
 * here: exactly the rules and sockets of those ports beside what an idle engine has, and answers
 * from outside and by loopback.
 */
@NeedsRealNetwork
class EventsIT {
  private static final Duration SOON = Duration.ofSeconds(10);

  private static World world;
  private static Kernel kernel;
  private static Engine engine;

  /** The rules of an engine without containers. */
  private static List<String> idleRules;

  private final List<PeerServer> servers = new ArrayList<>();

  @BeforeAll
  static void startEngine() {
    world = World.create();
    kernel = new Kernel(world);
    engine = Engine.under(AgentProcess.withEngine(world));
    await("rules of docker0")
        .atMost(SOON)
        .until(() -> kernel.rules().contains("-A DOCKER -i docker0 -j RETURN"));
    idleRules = kernel.rules();
  }

  @AfterAll
  static void removeWorld() {
    world.close();
  }

  @AfterEach
  void removeContainers() {
    servers.forEach(PeerServer::close);
    List<String> containers = engine.run("ps", "-aq").lines().toList();
    if (!containers.isEmpty()) {
      engine.docker("rm", "-f").and(containers).run();
    }
    engine.run("network", "prune", "-f");
    awaitPublished();
  }

  @Test
  void startPublishesAndStopTakesBack() {
    run("web", "-p", "8080:80");
    awaitPublished(port(8080, "web", 80));
    engine.run("stop", "web");
    awaitPublished();
    engine.run("start", "web");
    serve("web", 80);
    awaitPublished(port(8080, "web", 80));
  }

  @Test
  void containerThatEndsByItselfIsTakenBack() {
    run("web", "-p", "8080:80");
    awaitPublished(port(8080, "web", 80));
    engine.run("kill", "--signal=TERM", "web");
    awaitPublished();
  }

  @Test
  void containerWhoseProcessIsKilledIsTakenBack() {
    run("web", "-p", "8080:80");
    awaitPublished(port(8080, "web", 80));
    killProcessOf("web");
    awaitPublished();
  }

  @Test
  void containerThatTheEngineStartsAgainIsPublishedAgain() {
    run("web", "--restart=always", "-p", "8080:80");
    awaitPublished(port(8080, "web", 80));
    long before = engine.pidOf("web");
    killProcessOf("web");
    await("the engine to start it again")
        .atMost(SOON)
        .until(() -> engine.pidOf("web") != before && engine.pidOf("web") != 0);
    serve("web", 80);
    awaitPublished(port(8080, "web", 80));
  }

  @Test
  void restartPublishesOnce() {
    run("web", "-p", "8080:80");
    awaitPublished(port(8080, "web", 80));
    engine.run("restart", "web");
    serve("web", 80);
    awaitPublished(port(8080, "web", 80));
  }

  @Test
  void pausedContainerStaysPublished() {
    run("web", "-p", "8080:80");
    Port port = port(8080, "web", 80);
    awaitPublished(port);
    List<String> before = kernel.rules();
    engine.run("pause", "web");
    try {
      awaitPublished(port);
      assertThat(kernel.rules()).isEqualTo(before);
    } finally {
      engine.run("unpause", "web");
    }
    awaitPublished(port);
  }

  @Test
  void containerRemovedWhileItRunsIsTakenBack() {
    run("web", "-p", "8080:80", "-p", "5353:53/udp");
    awaitRules(port(8080, "web", 80), udpPort(5353, "web", 53));
    engine.run("rm", "-f", "web");
    awaitPublished();
  }

  @Test
  void twoContainersWithTheSamePortAreKeptApart() {
    run("one", "-p", "8081:80");
    run("two", "-p", "8082:80");
    Port one = port(8081, "one", 80);
    Port two = port(8082, "two", 80);
    awaitPublished(one, two);
    engine.run("rm", "-f", "one");
    awaitPublished(two);
    assertThat(fromOutside(8081)).isEqualTo("refused");
  }

  @Test
  void addressOfADeadContainerGivenToANewOneServesTheNewOneOnly() {
    run("old", "-p", "8081:80");
    Port old = port(8081, "old", 80);
    awaitPublished(old);
    engine.run("rm", "-f", "old");
    run("new", "-p", "8082:80");
    assertThat(engine.addressOf("new", "bridge")).isEqualTo(old.address());
    awaitPublished(port(8082, "new", 80));
    assertThat(fromOutside(8081)).isEqualTo("refused");
    assertThat(Probe.from(world.host()).tcp("127.0.0.1", 8081)).isEqualTo("refused");
  }

  @Test
  void connectionToADeadContainerDoesNotReachTheNewOneAtItsAddress() {
    run("old", "-p", "8081:81");
    awaitRules(port(8081, "old", 81));
    Conversation.Echo echo = Conversation.Echo.in(engine.namespaceOf("old"), 81);
    try (Conversation conversation = echo.from(world.outside(), World.HOST_4, 8081)) {
      conversation.goesOn();
      assertThat(flowsTo("172.17.0.2")).isNotEmpty();
      engine.run("rm", "-f", "old");
      run("new", "-p", "8082:80");
      awaitPublished(port(8082, "new", 80));
      assertThat(flowsTo("172.17.0.2").filter(flow -> flow.contains("dport=8081"))).isEmpty();
    }
  }

  @Test
  void udpAskerThatKeepsItsPortReachesTheNewContainer() {
    run("old", "-p", "5353:53/udp");
    Port old = udpPort(5353, "old", 53);
    awaitRules(old);
    serveUdp("old", 53);
    Probe asker = Probe.from(world.outside()).withPort(40000);
    assertThat(asker.udp(World.HOST_4, 5353)).isEqualTo("open 172.17.0.2:53 sees 192.0.2.2");
    // A second container first, so that the next one gets another address.
    run("between", "-p", "8080:80");
    engine.run("rm", "-f", "old");
    engine.run("network", "create", "other");
    run("new", "--network", "other", "-p", "5353:53/udp");
    serveUdp("new", 53);
    String address = engine.addressOf("new", "other");
    await("the same flow to reach the new container")
        .atMost(SOON)
        .untilAsserted(() ->
            assertThat(asker.udp(World.HOST_4, 5353))
                .isEqualTo("open " + address + ":53 sees 192.0.2.2"));
  }

  @Test
  void portsFollowTheContainerFromNetworkToNetwork() {
    engine.run("network", "create", "other");
    run("web", "-p", "8080:80");
    awaitAnswers(port(8080, "web", 80));
    engine.run("network", "connect", "other", "web");
    engine.run("network", "disconnect", "bridge", "web");
    Port moved =
        new Port(engine.bridgeOf("other"), "tcp", 8080, engine.addressOf("web", "other"), 80);
    await("rules for the other network")
        .atMost(SOON)
        .untilAsserted(() -> {
          assertThat(kernel.rules()).containsAll(moved.rules());
          assertThat(kernel.rules()).noneMatch(rule -> rule.contains("172.17.0.2"));
        });
    awaitAnswers(moved);
    engine.run("network", "connect", "bridge", "web");
    engine.run("network", "disconnect", "other", "web");
    engine.run("network", "rm", "other");
    awaitPublished(port(8080, "web", 80));
  }

  @Test
  void newNetworkIsIsolatedAndARemovedOneIsForgotten() {
    engine.run("network", "create", "other");
    String bridge = engine.bridgeOf("other");
    await("isolation of the new network")
        .atMost(SOON)
        .untilAsserted(() ->
            assertThat(kernel.rules())
                .contains(
                    "-A DOCKER-ISOLATION-STAGE-1 -i %s ! -o %s -j DOCKER-ISOLATION-STAGE-2"
                        .formatted(bridge, bridge),
                    "-A DOCKER-ISOLATION-STAGE-2 -o %s -j DROP".formatted(bridge)));
    engine.run("network", "rm", "other");
    awaitPublished();
  }

  private record Port(String bridge, String protocol, int hostPort, String address, int port) {
    List<String> rules() {
      return Kernel.portRules(bridge, protocol, hostPort, address, port);
    }

    List<String> sockets() {
      return Kernel.portSockets(protocol, hostPort);
    }
  }

  private static Port port(int hostPort, String container, int port) {
    return new Port("docker0", "tcp", hostPort, engine.addressOf(container, "bridge"), port);
  }

  private static Port udpPort(int hostPort, String container, int port) {
    return new Port("docker0", "udp", hostPort, engine.addressOf(container, "bridge"), port);
  }

  /** Starts a container that answers on port 80. */
  private void run(String name, String... options) {
    engine.docker("run", "-d", "--name", name).and(options).and("peer").run();
    serve(name, 80);
  }

  /** A container's server doesn't live longer than its process does; this is for the next one. */
  private void serve(String container, int port) {
    servers.add(PeerServer.in(engine.namespaceOf(container)).tcp(port));
  }

  private void serveUdp(String container, int port) {
    servers.add(PeerServer.in(engine.namespaceOf(container)).udp(port));
  }

  private static void killProcessOf(String container) {
    ProcessHandle.of(engine.pidOf(container)).ifPresent(ProcessHandle::destroyForcibly);
  }

  /** Waits until these ports and no others are published, and answer. */
  private static void awaitPublished(Port... ports) {
    awaitRules(ports);
    awaitAnswers(ports);
  }

  private static void awaitRules(Port... ports) {
    List<String> expected =
        Stream.concat(
                idleRules.stream(), Arrays.stream(ports).flatMap(port -> port.rules().stream()))
            .toList();
    List<String> sockets =
        Arrays.stream(ports).flatMap(port -> port.sockets().stream()).sorted().toList();
    await("rules and sockets of " + List.of(ports))
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(100))
        .untilAsserted(() -> {
          assertThat(kernel.rules()).containsExactlyInAnyOrderElementsOf(expected);
          assertThat(kernel.listening()).isEqualTo(sockets);
        });
  }

  private static void awaitAnswers(Port... ports) {
    for (Port port : ports) {
      String answer = "open " + port.address() + ":" + port.port() + " sees ";
      String gateway = Optional.of(port.address()).map(a -> a.replaceAll("[0-9]+$", "1")).get();
      await("answers from " + port)
          .atMost(SOON)
          .untilAsserted(() -> {
            assertThat(fromOutside(port.hostPort())).isEqualTo(answer + World.OUTSIDE_4);
            assertThat(Probe.from(world.host()).tcp("127.0.0.1", port.hostPort()))
                .isEqualTo(answer + gateway);
          });
    }
  }

  private static String fromOutside(int port) {
    return Probe.from(world.outside()).tcp(World.HOST_4, port);
  }

  /** Connections that the kernel follows to or from an address. */
  private static Stream<String> flowsTo(String address) {
    return world
        .host()
        .command("conntrack", "-L")
        .run()
        .lines()
        .filter(flow -> flow.contains("=" + address + " "));
  }
}
