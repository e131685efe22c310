package dev.hairpin.it;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Command;
import dev.hairpin.it.world.Conversation;
import dev.hairpin.it.world.Engine;
import dev.hairpin.it.world.Kernel;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.PeerServer;
import dev.hairpin.it.world.Probe;
import dev.hairpin.it.world.World;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Ports that a running container gets and loses. */
@NeedsRealNetwork
class LiveChangeIT {
  private static final Duration SOON = Duration.ofSeconds(20);

  private World world;
  private AgentProcess agent;
  private Engine engine;

  @BeforeEach
  void makeWorld() {
    world = World.create();
  }

  @AfterEach
  void removeWorld() {
    world.close();
  }

  /** Whose rules are in force, and in which layout. */
  enum Rules {
    DOCKERDS_AND_OURS,
    DOCKER20,
    DOCKER29_NFT,
    HAIRPIN
  }

  private void start(Rules rules) {
    switch (rules) {
      case DOCKERDS_AND_OURS -> {
        engine = Engine.plain(world);
        agent = AgentProcess.withEngine(world);
      }
      case DOCKER20, DOCKER29_NFT, HAIRPIN -> {
        // One of these layouts leaves it to the user.
        world.host().command("sysctl", "-qw", "net.ipv4.ip_forward=1").run();
        agent =
            AgentProcess.withEngine(
                world, "--layout", rules.name().toLowerCase(Locale.ROOT).replace('_', '-'));
        engine = Engine.under(agent);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aPortComesAndGoesWhileConnectionsOfOtherPortsGoOn(Rules rules) {
    start(rules);
    run("web", "-p", "8081:81");
    if (rules != Rules.DOCKERDS_AND_OURS) {
      // What an address's last owner left is forgotten by then.
      awaitRow("web", row -> row.endsWith("published"));
    }
    Conversation.Echo byKernel = Conversation.Echo.in(engine.namespaceOf("web"), 81);
    // The same port of the container, by another of the host.
    try (Conversation other = byKernel.from(world.outside(), World.HOST_4, 8081)) {
      other.goesOn();
      List<String> flow = flows("dport=8081 ");
      assertThat(flow).hasSize(1);

      agent.hairpin("publish", "web", "9091:81").run();
      agent.hairpin("publish", "web", "9090:80").run();
      assertAnswers(9090, "web");
      assertThat(flows("dport=8081 ")).isEqualTo(flow);
      other.goesOn();

      assertThat(agent.hairpin("unpublish", "web", "9090:80").run())
          .isEqualTo("unpublished web 9090:80\n");
      assertNothingAnswers(9090);
      agent.hairpin("unpublish", "web", "9091:81").run();
      assertThat(flows("dport=8081 ")).isEqualTo(flow);
      other.goesOn();
    }
  }

  /** Its other end speaks next: without the kernel's memory of it, this host would reset it. */
  @Test
  void theFirstPortOfAContainerLeavesWhatItAskedForItselfAlone() {
    start(Rules.DOCKER20);
    run("web");
    await("masquerading").atMost(SOON).until(() -> rules().contains("172.17.0.0/16 ! -o docker0"));
    Conversation.Echo far = Conversation.Echo.in(world.outside(), 99);
    try (Conversation own = far.from(engine.namespaceOf("web"), World.OUTSIDE_4, 99)) {
      own.goesOn();
      List<String> flow = flows("dport=99 ");
      assertThat(flow).hasSize(1);
      agent.hairpin("publish", "web", "9090:80").run();
      assertThat(flows("dport=99 ")).isEqualTo(flow);
      agent.hairpin("unpublish", "web", "80").run();
      assertThat(flows("dport=99 ")).isEqualTo(flow);
      own.goesOn();
    }
  }

  @Test
  void aConnectionOfAnUnpublishedPortEnds() {
    start(Rules.DOCKER20);
    run("web", "-p", "8081:82");
    awaitRow("web", row -> row.endsWith("published"));
    agent.hairpin("publish", "web", "9090:81").run();
    Conversation.Echo echo = Conversation.Echo.in(engine.namespaceOf("web"), 81);
    try (Conversation cut = echo.from(world.outside(), World.HOST_4, 9090)) {
      cut.goesOn();
      agent.hairpin("unpublish", "web", "9090:81").run();
      assertThatExceptionOfType(AssertionError.class).isThrownBy(cut::goesOn);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"DOCKERDS_AND_OURS", "DOCKER20"})
  void whatWasPublishedOutlivesContainerAgentAndEngine(Rules rules) {
    start(rules);
    run("web", "--restart=always");
    agent.hairpin("publish", "web", "9090:80").run();
    String first = address("web");
    engine.run("stop", "web");
    await("the port to be closed").atMost(SOON).until(() -> ask("127.0.0.1").equals("refused"));
    assertThat(agent.hairpin("ps").run())
        .contains(
            "problem: container \"web\": is not running; its ports are published when it is started");
    run("other");
    engine.run("start", "web");
    serve("web");
    assertThat(address("web")).isNotEqualTo(first);
    awaitAnswers();

    agent.kill();
    agent.start();
    awaitAnswers();

    engine.stop();
    engine.start();
    await("the engine to start its container again")
        .atMost(SOON)
        .until(() -> engine.inspect("web", "{{.State.Running}}").equals("true"));
    serve("web");
    awaitAnswers();

    engine.run("rm", "-f", "web");
    await("the port to be closed").atMost(SOON).until(() -> ask("127.0.0.1").equals("refused"));
    assertThat(agent.hairpin("ps").run()).contains("problem: container \"web\": does not exist");
    run("web");
    awaitAnswers();
  }

  @Test
  void aRenamedContainerKeepsItsPort() {
    start(Rules.DOCKER20);
    run("web");
    String id = engine.inspect("web", "{{.Id}}");
    agent.hairpin("publish", id.substring(0, 6), "9090:80").run();
    engine.run("rename", "web", "www");
    await("the new name")
        .atMost(SOON)
        .until(() -> agent.hairpin("ps").run().contains("container www"));
    assertAnswers(9090, "www");
    agent.hairpin("unpublish", "www", "9090:80").run();
    assertNothingAnswers(9090);
  }

  @Test
  void aPortThatWasChosenForALabelIsKeptForTheContainersName() throws Exception {
    start(Rules.DOCKER20);
    run("web", "--label", "hairpin.publish=80", "--label", "hairpin.stable=true");
    int port = chosenFor("web");

    engine.run("stop", "web");
    // Nothing of what is published now is left, as after a start of the machine.
    agent.hairpin("down").run();
    agent.start();
    run("other", "--label", "hairpin.publish=80");
    assertThat(chosenFor("other")).isNotEqualTo(port);
    engine.run("start", "web");
    serve("web");
    assertThat(chosenFor("web")).isEqualTo(port);

    engine.run("rm", "-f", "web");
    run("web", "--label", "hairpin.publish=80", "--label", "hairpin.stable=true");
    assertThat(chosenFor("web")).isEqualTo(port);
    assertAnswers(port, "web");

    engine.run("stop", "web");
    awaitRow("web", row -> row.isEmpty());
    try (ServerSocket taken = world.host().call(() -> new ServerSocket(port))) {
      assertThat(taken.isBound()).isTrue();
      engine.run("start", "web");
      awaitRow("web", row -> row.contains("address already in use by java (pid "));
      assertThat(ports("web")).containsOnly(port);
    }
  }

  /** Once it is published. */
  private int chosenFor(String container) {
    awaitRow(container, row -> row.endsWith("published"));
    List<Integer> ports = ports(container);
    assertThat(ports).as("the same for both families").hasSize(2).containsOnly(ports.getFirst());
    return ports.getFirst();
  }

  private void awaitRow(String container, Predicate<String> expected) {
    await("what is said of container " + container)
        .atMost(SOON)
        .until(() -> expected.test(rows(container).collect(joining("\n"))));
  }

  private List<Integer> ports(String container) {
    return rows(container)
        .map(row -> row.replaceFirst("^.*?:([0-9]+)/tcp .*", "$1"))
        .map(Integer::valueOf)
        .toList();
  }

  private Stream<String> rows(String container) {
    return agent
        .hairpin("ps")
        .run()
        .lines()
        .filter(line -> line.contains(" container " + container + " "))
        .map(String::stripTrailing);
  }

  @Test
  void theContainerIsToldWhoAsks() {
    start(Rules.DOCKER20);
    engine.run("run", "-d", "--name", "web", "peer");
    world.inhabitedBy(PeerServer.in(engine.namespaceOf("web")).echoingLine(80));
    assertThat(agent.hairpin("publish", "--proxy-protocol", "v1", "web", "9090:80").run())
        .contains("by the proxy alone, with PROXY protocol v1");
    assertThat(Probe.from(world.outside()).tcp(World.HOST_4, 9090))
        .startsWith("open PROXY TCP4 192.0.2.2 192.0.2.1 ");
  }

  @Test
  void whatCannotBeIsOneLineAndChangesNothing() {
    start(Rules.DOCKER20);
    run("web", "-p", "8080:80");
    run("labelled", "--label", "hairpin.publish=8082:80");
    engine.run("run", "-d", "--name", "hosts", "--network", "host", "peer");
    engine.run("run", "-d", "--name", "alone", "--network", "none", "peer");
    await("the label").atMost(SOON).until(() -> agent.hairpin("ps").run().contains("8082"));
    Kernel kernel = new Kernel(world);
    List<String> before = kernel.rules();
    List<String> listening = kernel.listening();

    assertRefused(2, "neither a container nor a namespace \"nobody\"", "publish", "nobody", "1:1");
    assertRefused(2, "on the host's own network", "publish", "hosts", "9090:80");
    assertRefused(2, "has no network", "publish", "alone", "9090:80");
    assertRefused(
        1,
        "publish 8080:81 for container \"web\": port is already allocated: container web has"
            + " 0.0.0.0:8080/tcp; choose another host port",
        "publish",
        "web",
        "8080:81");
    assertRefused(1, "port is already allocated", "publish", "web", "8080:80");
    assertRefused(1, "container labelled has", "publish", "web", "127.0.0.1:8082:80");
    assertRefused(
        2,
        "unpublish \"8080:80\": \"web\" publishes it with docker run -p, for as long as the container"
            + " exists; make the container anew without it",
        "unpublish",
        "web",
        "8080:80");
    assertRefused(2, "with its label hairpin.publish", "unpublish", "labelled", "8082:80");

    assertThat(kernel.rules()).isEqualTo(before);
    assertThat(kernel.listening()).isEqualTo(listening);
  }

  private void assertRefused(int exit, String why, String... arguments) {
    Command.Finished finished = agent.hairpin(arguments).attempt();
    assertThat(finished.err()).startsWith("hairpin: ").contains(why).hasLineCount(1);
    assertThat(finished.exit()).isEqualTo(exit);
    assertThat(finished.out()).isEmpty();
  }

  /** Starts a container that answers on port 80. */
  private void run(String name, String... options) {
    engine.docker("run", "-d", "--name", name).and(options).and("peer").run();
    serve(name);
  }

  private void serve(String container) {
    world.inhabitedBy(PeerServer.in(engine.namespaceOf(container)).tcp(80));
  }

  private String address(String container) {
    return engine.addressOf(container, "bridge");
  }

  private void awaitAnswers() {
    await("answers").atMost(SOON).untilAsserted(() -> assertAnswers(9090, "web"));
  }

  private void assertAnswers(int port, String container) {
    String answer = "open " + address(container) + ":80 sees ";
    assertThat(Probe.from(world.outside()).tcp(World.HOST_4, port)).isEqualTo(answer + "192.0.2.2");
    assertThat(Probe.from(world.host()).tcp(World.HOST_4, port)).isEqualTo(answer + "192.0.2.1");
    assertThat(Probe.from(world.host()).tcp("127.0.0.1", port)).isEqualTo(answer + "172.17.0.1");
    assertThat(Probe.from(world.host()).tcp("::1", port)).isEqualTo(answer + "172.17.0.1");
  }

  private void assertNothingAnswers(int port) {
    assertThat(Probe.from(world.outside()).tcp(World.HOST_4, port)).isEqualTo("refused");
    assertThat(Probe.from(world.host()).tcp(World.HOST_4, port)).isEqualTo("refused");
    assertThat(Probe.from(world.host()).tcp("127.0.0.1", port)).isEqualTo("refused");
  }

  private String ask(String address) {
    return Probe.from(world.host()).tcp(address, 9090);
  }

  private String rules() {
    return world.saved("iptables-save");
  }

  /** What the kernel knows of connections, but for how long it will. */
  private List<String> flows(String which) {
    return world
        .host()
        .command("conntrack", "-L", "-o", "id")
        .run()
        .lines()
        .filter(line -> line.contains(which))
        .map(line -> line.replaceFirst(".*ESTABLISHED", ""))
        .toList();
  }
}
