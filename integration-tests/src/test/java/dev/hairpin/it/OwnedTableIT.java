package dev.hairpin.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Command;
import dev.hairpin.it.world.Namespace;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.PeerServer;
import dev.hairpin.it.world.Probe;
import dev.hairpin.it.world.Release;
import dev.hairpin.it.world.World;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The table of our own layout belongs to the agent, where nft and the kernel know how. */
@NeedsRealNetwork
class OwnedTableIT {
  private static final Duration SOON = Duration.ofSeconds(15);
  private static final String OWNED = "flags owner,persist";
  private static final String ORPHAN = "flags persist";

  private UnaryOperator<Command> release;
  private World world;
  private Namespace ns1;
  private AgentProcess agent;

  @BeforeEach
  void publishNamespace() {
    release =
        Release.withTableOwners()
            .<UnaryOperator<Command>>map(newer -> newer::over)
            .orElse(UnaryOperator.identity());
    world = World.create();
    ns1 = world.ns1();
    world.inhabitedBy(PeerServer.in(ns1).tcp(80).tcp(81));
    agent = AgentProcess.withoutEngine(world, release, "--layout", "hairpin");
    publish("8080:80");
    assertThat(table()).contains(OWNED);
    assertThat(fromOutside(8080)).isEqualTo("open 172.18.0.2:80 sees 192.0.2.2");
  }

  @AfterEach
  void removeWorld() {
    world.close();
  }

  @Test
  void whatOthersDoToItIsRefused() {
    List<String> rules = rulesWithHandles();

    for (List<String> command :
        List.of(
            List.of("delete", "table", "ip", "hairpin"),
            List.of("flush", "chain", "ip", "hairpin", "published"),
            List.of("delete", "element", "ip", "hairpin", "ports", "{ tcp . 8080 }"))) {
      Command.Finished refused = nft().and(command).attempt();
      assertThat(refused.exit()).as("exit status of nft %s", command).isEqualTo(1);
      assertThat(refused.err()).contains("Operation not permitted");
    }

    assertThat(rulesWithHandles()).isEqualTo(rules);
  }

  @Test
  void aFlushOfAllRulesPassesItBy() {
    nft().and("add", "table", "ip", "others").run();
    List<String> rules = rulesWithHandles();

    nft().and("flush", "ruleset").run();

    assertThat(nft().and("list", "tables").run()).doesNotContain("others").contains("ip hairpin");
    assertThat(rulesWithHandles()).isEqualTo(rules);
    assertThat(fromOutside(8080)).isEqualTo("open 172.18.0.2:80 sees 192.0.2.2");
    publish("8081:81");
    assertThat(fromOutside(8081)).isEqualTo("open 172.18.0.2:81 sees 192.0.2.2");
    assertThat(agent.log()).doesNotContain("put right what");
  }

  @Test
  void anAgentThatIsKilledLeavesItInForceForTheNextOneToClaim() {
    List<String> rules = rulesWithHandles();
    agent.kill();
    assertThat(table()).contains(ORPHAN);
    assertThat(fromOutside(8080)).isEqualTo("open 172.18.0.2:80 sees 192.0.2.2");
    long changes = linesInLog(" changes of the IPv");

    agent.start();

    await("the next agent to own it")
        .atMost(SOON)
        .untilAsserted(() -> assertThat(table()).contains(OWNED));
    assertThat(rulesWithHandles()).isEqualTo(rules);
    assertThat(linesInLog(" changes of the IPv")).isEqualTo(changes).isPositive();
    assertThat(linesInLog("claimed the IPv4 table")).isEqualTo(1);
    publish("8081:81");
    assertThat(fromOutside(8081)).isEqualTo("open 172.18.0.2:81 sees 192.0.2.2");
    assertThat(rulesWithHandles()).isEqualTo(rules);
  }

  @Test
  void nothingIsLeftOfItWhetherTheAgentRunsOrWasKilled() {
    agent.hairpin("down").run();
    assertThat(nft().and("list", "tables").run()).doesNotContain("hairpin");

    agent.start();
    await("the port to be published again")
        .atMost(SOON)
        .untilAsserted(() -> assertThat(table()).contains(OWNED));
    agent.kill();
    agent.hairpin("down").run();
    assertThat(nft().and("list", "tables").run()).doesNotContain("hairpin");
  }

  /** One that was made without an owner can't be given one: it is made anew, in one transaction. */
  @Test
  void aTableFromBeforeIsOwnedToo() {
    agent.kill();
    nft().and("delete", "table", "ip", "hairpin").run();
    nft().and("add", "table", "ip", "hairpin").run();

    agent.start();

    await("the next agent to own it")
        .atMost(SOON)
        .untilAsserted(() -> assertThat(table()).contains(OWNED));
    assertThat(fromOutside(8080)).isEqualTo("open 172.18.0.2:80 sees 192.0.2.2");
  }

  @Test
  void itsUserIsTold() {
    assertThat(agent.hairpin("status").run()).contains("the agent owns its tables");
    assertThat(agent.hairpin("rules").run()).contains(OWNED);
  }

  private void publish(String spec) {
    agent.hairpin("publish", ns1.name(), spec).run();
  }

  private String fromOutside(int port) {
    return Probe.from(world.outside()).tcp(World.HOST_4, port);
  }

  private long linesInLog(String text) {
    return agent.log().lines().filter(line -> line.contains(text)).count();
  }

  private String table() {
    return nft().and("list", "table", "ip", "hairpin").run();
  }

  /** Without counters, elements and whose it is. */
  private List<String> rulesWithHandles() {
    return nft()
        .and("-a", "-s", "-t", "list", "table", "ip", "hairpin")
        .run()
        .lines()
        .filter(line ->
            !line.startsWith("table ") && !line.contains("flags owner") && !line.contains(ORPHAN))
        .toList();
  }

  private Command nft() {
    return release.apply(world.host().command("nft"));
  }
}
