package dev.hairpin.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Kernel;
import dev.hairpin.it.world.Namespace;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.PeerServer;
import dev.hairpin.it.world.Probe;
import dev.hairpin.it.world.World;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rules that another program takes away come back, if it could take them away at all. */
@NeedsRealNetwork
class RepairIT {
  /** Far less than the time between passes that nobody asks for. */
  private static final Duration SOON = Duration.ofSeconds(5);

  private World world;
  private Namespace ns1;

  @BeforeEach
  void publishNamespace() {
    world = World.create();
    world.host().command("sysctl", "-qw", "net.ipv4.ip_forward=1").run();
    ns1 = world.ns1();
    world.inhabitedBy(PeerServer.in(ns1).tcp(80));
  }

  @AfterEach
  void removeWorld() {
    world.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "docker20 | nft flush ruleset | rules of 4 chains in ip nat were gone",
        "docker20 | iptables -t nat -F | rules of 4 chains in ip nat were gone",
        "docker28 | iptables -F DOCKER-FORWARD | rules of chain DOCKER-FORWARD in ip filter",
        "docker29-nft | nft flush ruleset | the table ip docker-bridges was gone",
        "hairpin | nft flush ruleset | the table ip hairpin was gone",
        "hairpin | nft flush chain ip hairpin published | of chain published in ip hairpin",
        "hairpin | nft delete element ip hairpin ports { tcp . 8080 } | 1 element of set ports in"
            + " ip hairpin was gone"
      })
  void whatAnotherProgramTakesAwayComesBack(String layout, String command, String damage) {
    AgentProcess agent = AgentProcess.withoutEngine(world, "--layout", layout);
    agent.hairpin("publish", ns1.name(), "8080:80").run();
    List<String> rules = rules();
    assertThat(fromOutside()).isEqualTo("open 172.18.0.2:80 sees 192.0.2.2");

    world.host().command("sh", "-c", command).attempt();

    if (agent.hairpin("status").run().contains("the agent owns its tables")) {
      assertThat(rules()).isEqualTo(rules);
      return;
    }
    await("the rules to come back")
        .atMost(SOON)
        .untilAsserted(() -> assertThat(rules()).containsAll(rules));
    assertThat(fromOutside()).isEqualTo("open 172.18.0.2:80 sees 192.0.2.2");
    String program = command.substring(0, command.indexOf(' '));
    await("a word about it")
        .atMost(SOON)
        .untilAsserted(() ->
            assertThat(repairs(agent))
                .isNotEmpty()
                .allMatch(
                    line -> line.matches(".* " + program + " \\(pid [0-9]+\\) had changed: .*"))
                .anyMatch(line -> line.contains(damage)));
  }

  @Test
  void aRuleInFrontOfOursIsReportedAndNotFought() {
    AgentProcess agent = AgentProcess.withoutEngine(world, "--layout", "docker28");
    agent.hairpin("publish", ns1.name(), "8080:80").run();
    assertThat(fromOutside()).isEqualTo("open 172.18.0.2:80 sees 192.0.2.2");

    world
        .host()
        .command("iptables", "-t", "nat", "-I", "PREROUTING", "-i", "eth0", "-j", "ACCEPT")
        .run();

    await("a word about it")
        .atMost(SOON)
        .until(() -> agent.log().contains("iptables -t nat -A PREROUTING -i eth0 -j ACCEPT;"));
    assertThat(agent.hairpin("ps").attempt().toString())
        .contains("publish 0.0.0.0:8080/tcp for namespace " + ns1.name() + ": somebody's rule");
    assertThat(repairs(agent)).isEmpty();
    assertThat(world.saved("iptables-save")).contains("-A PREROUTING -i eth0 -j ACCEPT");
    assertThat(fromOutside()).as("by the proxy").isEqualTo("open 172.18.0.2:80 sees 172.18.0.1");

    world
        .host()
        .command("iptables", "-t", "nat", "-D", "PREROUTING", "-i", "eth0", "-j", "ACCEPT")
        .run();
    await("the problem to be over")
        .atMost(Duration.ofSeconds(30))
        .until(() -> !agent.hairpin("ps").attempt().toString().contains("somebody's rule"));
  }

  private static List<String> repairs(AgentProcess agent) {
    return agent.log().lines().filter(line -> line.contains("put right what")).toList();
  }

  /** Of both kinds of tables, without counters. */
  private List<String> rules() {
    List<String> rules = new ArrayList<>(new Kernel(world).rules());
    world
        .host()
        .command("nft", "-s", "list", "ruleset")
        .run()
        .lines()
        .filter(line -> !line.contains("counter"))
        .forEach(rules::add);
    return rules;
  }

  private String fromOutside() {
    return Probe.from(world.outside()).tcp(World.HOST_4, 8080);
  }
}
