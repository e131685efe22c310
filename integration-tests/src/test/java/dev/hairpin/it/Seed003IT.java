package dev.hairpin.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Kernel;
import dev.hairpin.it.world.Namespace;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.PeerServer;
import dev.hairpin.it.world.Probe;
import dev.hairpin.it.world.World;
import java.net.ServerSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A namespace made by hand, with a web server on port 3000 behind the bridge docker1, as in "Day
 * 32: opening the borders of our own namespace". What took four steps there takes one command here.
 */
@NeedsRealNetwork
class Seed003IT {
  private static final String GATEWAY = "172.18.0.1";
  private static final String NS1 = "172.18.0.2";

  private World world;
  private Namespace ns1;
  private AgentProcess agent;

  @BeforeEach
  void makeNamespaceWithWebServer() {
    world = World.create();
    world.host().command("ip", "link", "add", "docker1", "type", "bridge").run();
    world.host().command("ip", "address", "add", GATEWAY + "/16", "dev", "docker1").run();
    world.host().command("ip", "link", "set", "docker1", "up").run();
    ns1 = world.onBridge("n1", "docker1", NS1 + "/16", GATEWAY);
    world.inhabitedBy(PeerServer.in(ns1).tcp(3000));
    agent = AgentProcess.withoutEngine(world, "--layout", "docker20");
  }

  @AfterEach
  void removeWorld() {
    world.close();
  }

  @Test
  void nothingIsReachableBeforeItIsPublished() {
    assertThat(fromOutside()).isEqualTo("refused");
    assertThat(fromHost(World.HOST_4)).isEqualTo("refused");
    assertThat(fromHost("127.0.0.1")).isEqualTo("refused");
  }

  @Test
  void outsideReachesItAndIsSeenByItsOwnAddress() {
    publish();
    assertThat(fromOutside()).isEqualTo("open 172.18.0.2:3000 sees 192.0.2.2");
  }

  @Test
  void hostReachesItByItsOwnAddress() {
    publish();
    assertThat(fromHost(World.HOST_4)).isEqualTo("open 172.18.0.2:3000 sees 192.0.2.1");
  }

  @Test
  void hostReachesItByLocalhost() {
    publish();
    assertThat(fromHost("127.0.0.1")).isEqualTo("open 172.18.0.2:3000 sees 172.18.0.1");
    assertThat(fromHost("::1")).isEqualTo("open 172.18.0.2:3000 sees 172.18.0.1");
  }

  @Test
  void namespaceReachesItselfByTheHostsAddress() {
    publish();
    assertThat(Probe.from(ns1).tcp(World.HOST_4, 3000))
        .isEqualTo("open 172.18.0.2:3000 sees 172.18.0.1");
  }

  @Test
  void portIsHeldSoThatNoOtherProgramCanTakeIt() {
    publish();
    assertThatThrownBy(() -> world.host().call(() -> new ServerSocket(3000)))
        .hasMessageContaining("Address already in use");
  }

  @Test
  void rulesAreThoseThatTheSeedFound() {
    publish();
    assertThat(new Kernel(world).rules())
        .contains(
            "-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER",
            "-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER",
            "-A POSTROUTING -s 172.18.0.0/16 ! -o docker1 -j MASQUERADE")
        .containsAll(Kernel.portRules("docker1", "tcp", 3000, NS1, 3000));
  }

  @Test
  void unpublishedPortIsGoneFromRulesAndSockets() {
    publish();
    agent.hairpin("unpublish", ns1.name(), "3000:3000").run();
    assertThat(fromOutside()).isEqualTo("refused");
    assertThat(fromHost("127.0.0.1")).isEqualTo("refused");
    assertThat(new Kernel(world).rules()).noneMatch(rule -> rule.contains("3000"));
    assertThat(new Kernel(world).listening()).isEmpty();
  }

  @Test
  void publicationComesBackWithTheAgent() {
    publish();
    agent.stop();
    agent.start();
    assertThat(agent.hairpin("ps").run()).contains("0.0.0.0:3000/tcp", NS1 + ":3000");
    assertThat(fromHost("127.0.0.1")).isEqualTo("open 172.18.0.2:3000 sees 172.18.0.1");
    assertThat(fromOutside()).isEqualTo("open 172.18.0.2:3000 sees 192.0.2.2");
  }

  @Test
  void nothingIsLeftAfterDown() {
    Kernel kernel = new Kernel(world);
    publish();
    assertThat(kernel.setting("ipv4/ip_forward")).isEqualTo("1");
    agent.hairpin("down").run();
    assertThat(kernel.rules()).noneMatch(rule -> rule.startsWith("-A"));
    assertThat(kernel.rules()).noneMatch(rule -> rule.contains("DOCKER"));
    assertThat(kernel.rules()).contains(":FORWARD ACCEPT");
    assertThat(kernel.listening()).isEmpty();
    assertThat(kernel.setting("ipv4/ip_forward")).isEqualTo("0");
  }

  @Test
  void chainThatTheUserFilledStaysAfterDown() {
    publish();
    String theirs = "-A DOCKER-USER -s 198.51.100.7/32 -j DROP";
    world.host().command("iptables").and(theirs.replace("-A ", "-I ").split(" ", -1)).run();
    agent.hairpin("down").run();
    assertThat(new Kernel(world).rules()).contains(theirs);
  }

  private void publish() {
    agent.hairpin("publish", ns1.name(), "3000:3000").run();
  }

  private String fromOutside() {
    return Probe.from(world.outside()).tcp(World.HOST_4, 3000);
  }

  private String fromHost(String address) {
    return Probe.from(world.host()).tcp(address, 3000);
  }
}
