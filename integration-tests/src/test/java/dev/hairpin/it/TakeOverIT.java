package dev.hairpin.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Command;
import dev.hairpin.it.world.Engine;
import dev.hairpin.it.world.Kernel;
import dev.hairpin.it.world.Namespace;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.PeerServer;
import dev.hairpin.it.world.Probe;
import dev.hairpin.it.world.World;
import dev.hairpin.rules.layouts.LayoutName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An agent on a host that has rules already, in a real kernel. ns1 is on docker1. */
@NeedsRealNetwork
class TakeOverIT {
  /** As 28.5.2 was recorded to leave them, among rules of others; forwarding is on. */
  private static final String LEFT_BY_28 =
      """
      *raw
      :PREROUTING ACCEPT [0:0]
      :OUTPUT ACCEPT [0:0]
      -A PREROUTING -d 172.17.0.2/32 ! -i docker0 -j DROP
      COMMIT
      *filter
      :INPUT ACCEPT [0:0]
      :FORWARD ACCEPT [0:0]
      :OUTPUT ACCEPT [0:0]
      :DOCKER - [0:0]
      :DOCKER-BRIDGE - [0:0]
      :DOCKER-CT - [0:0]
      :DOCKER-FORWARD - [0:0]
      :DOCKER-ISOLATION-STAGE-1 - [0:0]
      :DOCKER-ISOLATION-STAGE-2 - [0:0]
      :DOCKER-USER - [0:0]
      -A FORWARD -j DOCKER-USER
      -A FORWARD -j DOCKER-FORWARD
      -A FORWARD -i wg0 -j ACCEPT
      -A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
      -A DOCKER ! -i docker0 -o docker0 -j DROP
      -A DOCKER-BRIDGE -o docker0 -j DOCKER
      -A DOCKER-CT -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
      -A DOCKER-FORWARD -j DOCKER-CT
      -A DOCKER-FORWARD -j DOCKER-ISOLATION-STAGE-1
      -A DOCKER-FORWARD -j DOCKER-BRIDGE
      -A DOCKER-FORWARD -i docker0 -j ACCEPT
      -A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
      -A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
      -A DOCKER-USER -s 203.0.113.0/24 -j DROP
      COMMIT
      *nat
      :PREROUTING ACCEPT [0:0]
      :INPUT ACCEPT [0:0]
      :OUTPUT ACCEPT [0:0]
      :POSTROUTING ACCEPT [0:0]
      :DOCKER - [0:0]
      -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
      -A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
      -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
      -A POSTROUTING -s 10.8.0.0/24 -o eth0 -j MASQUERADE
      -A DOCKER -i docker0 -j RETURN
      -A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
      COMMIT
      """;

  private static final List<String> OF_OTHERS =
      List.of(
          "-A FORWARD -j DOCKER-USER",
          "-A FORWARD -i wg0 -j ACCEPT",
          "-A DOCKER-USER -s 203.0.113.0/24 -j DROP",
          "-A POSTROUTING -s 10.8.0.0/24 -o eth0 -j MASQUERADE");

  private static final Duration SOON = Duration.ofSeconds(20);

  private final List<World> worlds = new ArrayList<>();
  private World world;

  @BeforeEach
  void makeWorld() {
    world = worldWithNamespace();
  }

  @AfterEach
  void removeWorlds() {
    worlds.forEach(World::close);
  }

  @ParameterizedTest
  @EnumSource
  void rulesThatADockerdLeftBecomeThoseOfTheLayout(LayoutName layout) {
    restore(world, LEFT_BY_28);
    AgentProcess agent = published(world, "--replace", "--layout", layout.keyword());

    assertThat(agent.log()).contains("rules of dockerd 28.2 to 28.5 are here");
    assertThat(ofChains(world)).containsAll(OF_OTHERS);
    World fresh = worldWithNamespace();
    published(fresh, "--layout", layout.keyword());
    assertThat(ofDockerds(world)).isEqualTo(ofDockerds(fresh));
    assertThat(nft(world)).isEqualTo(nft(fresh));
    assertThat(answer(world)).isEqualTo("open 172.18.0.2:3000 sees 192.0.2.2");

    agent.hairpin("down").run();
    assertThat(ofChains(world)).containsExactlyInAnyOrderElementsOf(OF_OTHERS);
    assertThat(nft(world)).isEmpty();
  }

  /** What the first agent makes of them is what a second one writes from nothing. */
  @Test
  void rulesThatThisEngineWroteAMomentBeforeBecomeTheAgents() {
    Engine alone = Engine.plain(world, "--live-restore");
    alone.run("run", "-d", "--name", "web", "-p", "8080:80", "peer");
    world.inhabitedBy(PeerServer.in(alone.namespaceOf("web")).tcp(80));
    alone.stop();
    assertThat(ofChains(world)).anyMatch(rule -> rule.contains("--to-destination 172.17.0.2:80"));

    AgentProcess agent = AgentProcess.withEngine(world, "--replace");
    Engine.under(agent, "--live-restore");
    awaitPublished(agent);
    List<String> takenOver = ofChains(world);
    assertThat(Probe.from(world.outside()).tcp(World.HOST_4, 8080))
        .isEqualTo("open 172.17.0.2:80 sees 192.0.2.2");

    agent.hairpin("down").run();
    assertThat(ofChains(world)).noneMatch(rule -> rule.contains("172.17.0."));
    agent.start();
    awaitPublished(agent);
    assertThat(ofChains(world)).isEqualTo(takenOver);
  }

  /** Before dockerd answers, the agent has its stand-in's word for the port, and no network. */
  private void awaitPublished(AgentProcess agent) {
    await("the port and its network")
        .atMost(SOON)
        .until(() ->
            agent.hairpin("ps").run().contains("172.17.0.2:80")
                && ofChains(world).stream().anyMatch(rule -> rule.contains("172.17.0.0/16")));
  }

  @Test
  void withoutBeingToldTheAgentStandsBesideThem() {
    restore(world, LEFT_BY_28);
    List<String> before = new Kernel(world).rules();

    AgentProcess agent = published(world);

    assertThat(agent.log())
        .contains("and no agent wrote them")
        .contains("--replace takes them over into layout docker28");
    assertThat(new Kernel(world).rules())
        .containsAll(before.stream().filter(rule -> rule.startsWith("-A ")).toList());
    assertThat(agent.hairpin("status").run()).contains("rules beside dockerd's own");
  }

  /** Through all of them, and back to the first; the port answers after each change. */
  @Test
  void eachLayoutFollowsTheOther() throws IOException {
    Path configuration = world.directory().resolve("agent.properties");
    List<LayoutName> way = new ArrayList<>(List.of(LayoutName.values()));
    way.addAll(way.reversed());
    Files.writeString(configuration, "layout=docker20\n");
    AgentProcess agent = published(world, "--config", configuration.toString());

    for (LayoutName layout : way) {
      Files.writeString(configuration, "layout=" + layout + "\n");
      agent.stop();
      agent.start();

      assertThat(agent.hairpin("status").run()).contains("rules of layout " + layout);
      assertThat(answer(world))
          .as("under %s", layout)
          .isEqualTo("open 172.18.0.2:3000 sees 192.0.2.2");
      assertThat(chains(world)).as("under %s", layout).isEqualTo(chainsOf(layout));
    }
    agent.hairpin("down").run();
    assertThat(ofChains(world)).isEmpty();
    assertThat(chains(world)).isEmpty();
  }

  /** What tells the layouts apart: chains of filter, and the table of nftables'. */
  private static List<String> chainsOf(LayoutName layout) {
    return switch (layout) {
      case DOCKER20 ->
          List.of("DOCKER", "DOCKER-ISOLATION-STAGE-1", "DOCKER-ISOLATION-STAGE-2", "DOCKER-USER");
      case DOCKER28 ->
          List.of(
              "DOCKER",
              "DOCKER-BRIDGE",
              "DOCKER-CT",
              "DOCKER-FORWARD",
              "DOCKER-ISOLATION-STAGE-1",
              "DOCKER-ISOLATION-STAGE-2",
              "DOCKER-USER");
      case DOCKER29 ->
          List.of(
              "DOCKER",
              "DOCKER-BRIDGE",
              "DOCKER-CT",
              "DOCKER-FORWARD",
              "DOCKER-INTERNAL",
              "DOCKER-USER");
      // The user's chain was ours to make, and stays while an agent runs.
      case DOCKER29_NFT -> List.of("DOCKER-USER", "table ip docker-bridges");
      case HAIRPIN -> List.of("DOCKER-USER", "table ip hairpin");
    };
  }

  private static List<String> chains(World world) {
    List<String> chains = new ArrayList<>();
    world
        .host()
        .command("iptables-save", "-t", "filter")
        .run()
        .lines()
        .filter(line -> line.startsWith(":DOCKER"))
        .map(line -> line.substring(1, line.indexOf(' ')))
        .sorted()
        .forEach(chains::add);
    nft(world).stream()
        .filter(line -> line.startsWith("table ip "))
        .map(line -> line.replace(" {", ""))
        .forEach(chains::add);
    return chains;
  }

  private World worldWithNamespace() {
    World made = World.create();
    worlds.add(made);
    made.host().command("sysctl", "-qw", "net.ipv4.ip_forward=1").run();
    made.host().command("ip", "link", "add", "docker1", "type", "bridge").run();
    made.host().command("ip", "address", "add", "172.18.0.1/16", "dev", "docker1").run();
    made.host().command("ip", "link", "set", "docker1", "up").run();
    return made;
  }

  private static AgentProcess published(World world, String... options) {
    Namespace ns1 = world.onBridge("n1", "docker1", "172.18.0.2/16", "172.18.0.1");
    world.inhabitedBy(PeerServer.in(ns1).tcp(3000));
    AgentProcess agent = AgentProcess.withoutEngine(world, options);
    agent.hairpin("publish", ns1.name(), "3000:3000").run();
    return agent;
  }

  private static String answer(World world) {
    await("an answer")
        .atMost(SOON)
        .until(() -> Probe.from(world.outside()).tcp(World.HOST_4, 3000).startsWith("open"));
    return Probe.from(world.outside()).tcp(World.HOST_4, 3000);
  }

  private static void restore(World world, String rules) {
    Path file = world.directory().resolve("left.txt");
    try {
      Files.writeString(file, rules);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Command.of("nsenter", "--net=" + world.host().file(), "--")
        .and(List.of("iptables-restore", file.toString()))
        .run();
  }

  private static List<String> ofChains(World world) {
    return new Kernel(world).rules().stream().filter(rule -> rule.startsWith("-A ")).toList();
  }

  /** But the user's chain, which was there first in one world and not in the other. */
  private static List<String> ofDockerds(World world) {
    return ofChains(world).stream()
        .filter(rule -> !OF_OTHERS.contains(rule) && !rule.startsWith("-A DOCKER-USER "))
        .toList();
  }

  /** The tables of nftables' own, without counters' numbers. */
  private static List<String> nft(World world) {
    return List.of("ip", "ip6").stream()
        .flatMap(family ->
            Stream.of("docker-bridges", "hairpin")
                .flatMap(table ->
                    world
                        .host()
                        .command("nft", "-s", "list", "table", family, table)
                        .attempt()
                        .out()
                        .lines()))
        .toList();
  }
}
