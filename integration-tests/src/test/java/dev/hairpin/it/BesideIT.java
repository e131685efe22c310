package dev.hairpin.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Engine;
import dev.hairpin.it.world.Kernel;
import dev.hairpin.it.world.Namespace;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.PeerServer;
import dev.hairpin.it.world.Probe;
import dev.hairpin.it.world.SteadyClient;
import dev.hairpin.it.world.World;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An agent beside a dockerd that writes its own rules and publishes container {@code own} on 9090.
 * Ours are {@code web}, labelled for 8080, and ns1 on docker1, for 3000.
 */
@NeedsRealNetwork
class BesideIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String IN_NFTABLES = "layout=hairpin\n";
  private static final String IN_IPTABLES = "layout=docker20\n";

  private World world;
  private Kernel kernel;
  private Engine engine;
  private Namespace ns1;
  private Path configuration;
  private List<String> dockerds;

  @BeforeEach
  void startEngine() {
    world = World.create();
    kernel = new Kernel(world);
    configuration = world.directory().resolve("agent.properties");
    engine = Engine.plain(world);
    run("own", "-p", "9090:80");
    run("web", "--label", "hairpin.publish=8080:80");
    ns1 = world.ns1();
    world.inhabitedBy(PeerServer.in(ns1).tcp(80).tcp(81).tcp(9000).tcp(9099).udp(53));
    dockerds = kernel.rules();
  }

  @AfterEach
  void removeWorld() {
    world.close();
  }

  @Test
  void withoutBeingToldPortsAreInATableOfOurs() {
    AgentProcess agent = AgentProcess.withEngine(world);
    publishNamespace(agent);

    assertThat(agent.hairpin("status").run()).contains("ports in a table of nftables'");
    assertThat(nft("list", "map", "ip", "hairpin", "ports"))
        .contains("tcp . 8080 : 172.17.0.3 . 80", "tcp . 3000 : 172.18.0.2 . 80")
        .doesNotContain("9090");
    assertThat(kernel.rules()).noneMatch(rule -> rule.contains("DNAT --to-destination 172.18"));
    assertThat(agent.hairpin("rules", "--explain").run())
        .contains("connlabel", "packets for published ports are dropped by dockerd's rules");
  }

  @ParameterizedTest
  @ValueSource(strings = {IN_NFTABLES, IN_IPTABLES})
  void whatIsPublishedIsReachedFromEverywhereAndNothingElseIs(String layout) {
    AgentProcess agent = agent(layout);
    publishNamespace(agent);

    assertThat(fromOutside(8080)).isEqualTo("open 172.17.0.3:80 sees 192.0.2.2");
    assertThat(fromOutside(3000)).isEqualTo("open 172.18.0.2:80 sees 192.0.2.2");
    assertThat(fromOutside(9090)).isEqualTo("open 172.17.0.2:80 sees 192.0.2.2");
    Probe host = Probe.from(world.host());
    assertThat(host.tcp(World.HOST_4, 8080)).isEqualTo("open 172.17.0.3:80 sees 192.0.2.1");
    assertThat(host.tcp("127.0.0.1", 8080)).isEqualTo("open 172.17.0.3:80 sees 172.17.0.1");
    assertThat(host.tcp("127.0.0.1", 3000)).isEqualTo("open 172.18.0.2:80 sees 172.18.0.1");
    for (Namespace member : List.of(ns1, engine.namespaceOf("own"), engine.namespaceOf("web"))) {
      Probe neighbour = Probe.from(member);
      assertThat(neighbour.tcp(World.HOST_4, 8080)).isEqualTo("open 172.17.0.3:80 sees 172.17.0.1");
      assertThat(neighbour.tcp(World.HOST_4, 3000)).isEqualTo("open 172.18.0.2:80 sees 172.18.0.1");
      assertThat(neighbour.tcp(World.OUTSIDE_4, 7)).isEqualTo("refused");
    }
    for (String container : List.of("172.17.0.3", "172.18.0.2")) {
      assertThat(Probe.from(world.outside()).tcp(container, 80)).isEqualTo("timeout");
      assertThat(Probe.from(world.outside()).tcp(container, 81)).isEqualTo("timeout");
      assertThat(isPinged(container)).isFalse();
    }
    assertThat(Probe.from(ns1).tcp("172.17.0.3", 80)).isEqualTo("timeout");
    assertThat(Probe.from(world.outside()).with(World.OUTSIDE_4).tcp("127.0.0.1", 8080))
        .isEqualTo("timeout");
  }

  @Test
  void withoutAProxyTheKernelCarriesEverything() {
    AgentProcess agent = agent(IN_NFTABLES + "userland-proxy=false\n");
    publishNamespace(agent);

    assertThat(fromOutside(8080)).isEqualTo("open 172.17.0.3:80 sees 192.0.2.2");
    assertThat(Probe.from(world.host()).tcp("127.0.0.1", 8080))
        .isEqualTo("open 172.17.0.3:80 sees 172.17.0.1");
    // Other networks too, which dockerd isolates.
    assertThat(Probe.from(ns1).tcp(World.HOST_4, 8080))
        .isEqualTo("open 172.17.0.3:80 sees 172.17.0.1");
    assertThat(Probe.from(engine.namespaceOf("web")).tcp(World.HOST_4, 3000))
        .isEqualTo("open 172.18.0.2:80 sees 172.18.0.1");
    assertThat(Probe.from(ns1).tcp("172.17.0.3", 80)).isEqualTo("timeout");
  }

  @Test
  void aHundredPortsTakeAsManyRulesAsOne() {
    AgentProcess agent = agent(IN_NFTABLES);
    publishNamespace(agent);
    List<String> iptables = ours();
    List<String> nftables = nft("-s", "-t", "list", "table", "ip", "hairpin").lines().toList();

    agent.hairpin("publish", ns1.name(), "8100-8199:9000-9099").run();

    assertThat(fromOutside(8100)).isEqualTo("open 172.18.0.2:9000 sees 192.0.2.2");
    assertThat(fromOutside(8199)).isEqualTo("open 172.18.0.2:9099 sees 192.0.2.2");
    assertThat(ours()).isEqualTo(iptables).hasSizeLessThan(20);
    assertThat(nft("-s", "-t", "list", "table", "ip", "hairpin").lines()).isEqualTo(nftables);
    assertThat(IntStream.range(8100, 8200))
        .allMatch(port -> nft("list", "map", "ip", "hairpin", "ports").contains("tcp . " + port));
  }

  /** Somebody's who has not seen to that it is let in; it was dropped before we came. */
  @Test
  void whatOthersTranslateToPublishedContainerPortsIsNotLetIn() {
    String firewalld =
        "table ip theirs { chain pre { type nat hook prerouting priority dstnat + 10;"
            + " tcp dport 9998 dnat to 172.17.0.3:80; }; }";
    world.host().command("nft", firewalld).run();
    world
        .host()
        .command("iptables", "-t", "nat", "-A", "PREROUTING", "-p", "tcp", "--dport", "9999")
        .and(List.of("-j", "DNAT", "--to-destination", "172.17.0.3:80"))
        .run();

    publishNamespace(agent(IN_NFTABLES));

    assertThat(fromOutside(8080)).isEqualTo("open 172.17.0.3:80 sees 192.0.2.2");
    assertThat(fromOutside(9998)).isEqualTo("timeout");
    assertThat(fromOutside(9999)).isEqualTo("timeout");
  }

  @Test
  void dockerdGoesOnPublishingAndComesBack() {
    AgentProcess agent = agent(IN_NFTABLES);
    publishNamespace(agent);

    run("late", "-p", "9091:80");
    assertThat(fromOutside(9091)).isEqualTo("open 172.17.0.4:80 sees 192.0.2.2");
    engine.stop();
    engine.start();

    run("later", "-p", "9092:80", "--label", "hairpin.publish=8081:80");
    await("the label's port")
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(fromOutside(8081)).isEqualTo("open 172.17.0.2:80 sees 192.0.2.2"));
    assertThat(fromOutside(9092)).isEqualTo("open 172.17.0.2:80 sees 192.0.2.2");
    assertThat(fromOutside(3000)).isEqualTo("open 172.18.0.2:80 sees 192.0.2.2");
    assertThat(engine.log()).doesNotContain("connlabel");
  }

  /** A SYN that is dropped is sent again. */
  @Test
  void fromOneKindOfRulesToTheOtherNoConnectionWaits() {
    AgentProcess agent = agent(IN_IPTABLES);
    publishNamespace(agent);
    try (SteadyClient ofWeb = SteadyClient.from(world.outside(), World.HOST_4, 8080);
        SteadyClient ofNs1 = SteadyClient.from(world.outside(), World.HOST_4, 3000)) {
      for (String layout : List.of(IN_NFTABLES, IN_IPTABLES, IN_NFTABLES)) {
        agent.stop();
        configure(layout);
        agent.start();
        assertThat(nft("list", "tables").contains("table ip hairpin"))
            .isEqualTo(layout.equals(IN_NFTABLES));
        int before = Math.max(ofWeb.answered(), ofNs1.answered());
        await("further answers")
            .atMost(SOON)
            .until(() -> Math.min(ofWeb.answered(), ofNs1.answered()) > before + 20);
      }
      for (SteadyClient client : List.of(ofWeb, ofNs1)) {
        assertThat(client.refused() + client.cut()).as("%s", client).isZero();
      }
    }
    assertThat(sentAgain()).isZero();
    assertThat(kernel.rules()).noneMatch(rule -> rule.contains("--to-destination 172.18"));

    assertThat(agent.hairpin("down").run()).contains("removed the IPv4 rules");
    assertThat(nft("list", "tables")).doesNotContain("hairpin");
    assertThat(kernel.rules()).containsAll(dockerds).noneMatch(rule -> rule.contains("HAIRPIN"));
  }

  /** It is a new connection as long as nobody answers, and has no label from before. */
  @Test
  void datagramsThatNobodyAnswersArriveAfterTheChange() {
    AgentProcess agent = agent(IN_IPTABLES);
    publishNamespace(agent);
    agent.hairpin("publish", ns1.name(), "5353:54/udp").run();
    Probe client = Probe.from(world.outside()).withPort(40000);
    client.udp(World.HOST_4, 5353);

    agent.stop();
    configure(IN_NFTABLES);
    agent.start();

    world.inhabitedBy(PeerServer.in(ns1).udp(54));
    assertThat(client.udp(World.HOST_4, 5353)).isEqualTo("open 172.18.0.2:54 sees 192.0.2.2");
  }

  private void run(String name, String... options) {
    engine
        .docker("run", "-d", "--name", name)
        .and(Stream.concat(Stream.of(options), Stream.of("peer")).toList())
        .run();
    world.inhabitedBy(PeerServer.in(engine.namespaceOf(name)).tcp(80).tcp(81));
  }

  private AgentProcess agent(String options) {
    configure(options);
    return AgentProcess.withEngine(world, "--config", configuration.toString());
  }

  private void configure(String options) {
    try {
      Files.writeString(configuration, options);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void publishNamespace(AgentProcess agent) {
    agent.hairpin("publish", ns1.name(), "3000:80").run();
    await("answers of both")
        .atMost(SOON)
        .until(() -> fromOutside(8080).startsWith("open") && fromOutside(3000).startsWith("open"));
  }

  private String fromOutside(int port) {
    return Probe.from(world.outside()).tcp(World.HOST_4, port);
  }

  private boolean isPinged(String address) {
    return world
            .outside()
            .command("busybox", "ping", "-c", "1", "-W", "1", address)
            .attempt()
            .exit()
        == 0;
  }

  /** Our rules in iptables, of both families. */
  private List<String> ours() {
    return kernel.rules().stream().filter(rule -> rule.contains("HAIRPIN")).toList();
  }

  /** SYNs of the clients outside. */
  private int sentAgain() {
    String count =
        world
            .outside()
            .command("nstat", "-asz", "TcpExtTCPSynRetrans")
            .run()
            .lines()
            .toList()
            .getLast();
    return Integer.parseInt(count.split("\\s+", -1)[1]);
  }

  private String nft(String... arguments) {
    return world.host().command("nft").and(arguments).run();
  }
}
