package dev.hairpin.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Command;
import dev.hairpin.it.world.Namespace;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.PeerServer;
import dev.hairpin.it.world.Probe;
import dev.hairpin.it.world.World;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * While a tool fails, hangs or prints rubbish, what is published stays published; the user is told
 * in the tool's own words, and the agent goes on by itself when the tool works again. Most of the
 * time is spent waiting until the agent tries again, so all wait at the same time.
 */
@NeedsRealNetwork
@Execution(ExecutionMode.CONCURRENT)
class ToolTroubleIT {
  private static final Duration SOON = Duration.ofSeconds(20);

  /** Longer than the agent gives a tool, and than passes are apart that failed often. */
  private static final Duration IN_TIME = Duration.ofSeconds(70);

  private static final List<String> TOOLS =
      List.of("nft", "iptables-save", "iptables-restore", "ip6tables-save", "ip6tables-restore");

  /** In front of the real one on the agent's PATH; a file beside it says what is wrong with it. */
  private static final String TOOL =
      """
      #!/bin/sh
      tool=${0##*/}
      real() { for at in /usr/sbin /sbin; do [ ! -x "$at/$tool" ] || exec "$at/$tool" "$@"; done; }
      trouble=$(cat "$0.trouble" 2>/dev/null) || real "$@"
      case $trouble in
        fails) echo "$tool: no rules on Sundays" >&2; exit 1 ;;
        refuses)
          case " $* " in *" -j "*) real "$@" ;; esac
          echo "$tool: no rules on Sundays" >&2; exit 1 ;;
        hangs) exec sleep 1000 ;;
        breaks-off) all=$(real "$@"); printf '%.100s' "$all" ;;
        rambles) printf '\\377\\376 \\033[31m no rules on Sundays \\001' ;;
      esac
      """;

  private World world;
  private Namespace ns1;
  private Path tools;
  private AgentProcess agent;

  @AfterEach
  void removeWorld() {
    world.close();
  }

  @ParameterizedTest
  @CsvSource({
    "docker20, iptables-save, fails, iptables-save exited 1: iptables-save: no rules on Sundays",
    "docker20, iptables-save, hangs, run iptables-save: killed after 30000 ms",
    "docker20, iptables-save, breaks-off, output of iptables-save:",
    "docker20, iptables-save, rambles, no rules on Sundays",
    "docker29-nft, nft, fails, nft exited 1: nft: no rules on Sundays",
    "docker29-nft, nft, breaks-off, output of nft: not JSON",
  })
  void whatIsPublishedOutlastsIt(String layout, String tool, String trouble, String words)
      throws Exception {
    startAgent(layout);
    publish("8080:80").run();
    assertThat(fromOutside(8080)).isEqualTo("open 172.18.0.2:80 sees 192.0.2.2");
    String rules = rules();

    Files.writeString(tools.resolve(tool + ".trouble"), trouble);
    // What nobody has changed since is not read again.
    world.host().command("nft", "add table ip passing; delete table ip passing").run();
    CompletableFuture<Command.Finished> publishing =
        CompletableFuture.supplyAsync(
            () -> publish("8081:81").within(IN_TIME).attempt(),
            // The common pool may have a single thread, which others wait for.
            task -> Thread.ofVirtual().start(task));
    assertThat(agent.hairpin("ps").within(SOON).run()).contains("0.0.0.0:8080/tcp");
    assertThat(agent.hairpin("status").within(SOON).run()).contains("rules of layout " + layout);
    assertThat(fromOutside(8080)).isEqualTo("open 172.18.0.2:80 sees 192.0.2.2");

    Command.Finished refused = publishing.join();
    assertThat(refused.exit()).isEqualTo(1);
    // When the port is asked for, a tool that hangs is waited for already.
    assertThat(refused.err())
        .containsAnyOf(
            words, trouble.equals("hangs") ? "no pass was completed within 45 s" : words);
    assertThat(agent.hairpin("ps").run()).contains("0.0.0.0:8080/tcp").contains(words);
    assertThat(agent.log()).contains(words, "it is tried again");
    assertThat(rules()).isEqualTo(rules);
    assertThat(fromOutside(8080)).isEqualTo("open 172.18.0.2:80 sees 192.0.2.2");

    Files.delete(tools.resolve(tool + ".trouble"));
    await("the agent to go on by itself")
        .atMost(IN_TIME)
        .until(() -> agent.log().contains("the rules are in step again"));
    assertThat(agent.hairpin("ps").run()).doesNotContain(words);
    publish("8081:81").run();
    assertThat(fromOutside(8081)).isEqualTo("open 172.18.0.2:81 sees 192.0.2.2");
    assertThat(fromOutside(8080)).isEqualTo("open 172.18.0.2:80 sees 192.0.2.2");
  }

  @ParameterizedTest
  @CsvSource({
    "docker20, iptables-restore, iptables-restore exited 1: iptables-restore: no rules on Sundays",
    "docker29-nft, nft, nft exited 1: nft: no rules on Sundays",
  })
  void aChangeThatIsRefusedIsTakenBackAndCanBeAskedForAgain(
      String layout, String tool, String words) throws IOException {
    startAgent(layout);
    publish("8080:80").run();
    String rules = rules();

    Files.writeString(tools.resolve(tool + ".trouble"), "refuses");
    Command.Finished refused = publish("8081:81").attempt();

    assertThat(refused.exit()).isEqualTo(1);
    assertThat(refused.err()).contains(words);
    assertThat(agent.log()).contains(words, "it is tried again");
    assertThat(rules()).isEqualTo(rules);
    assertThat(fromOutside(8080)).isEqualTo("open 172.18.0.2:80 sees 192.0.2.2");
    assertThat(fromOutside(8081)).isEqualTo("refused");

    Files.delete(tools.resolve(tool + ".trouble"));
    publish("8081:81").run();
    assertThat(fromOutside(8081)).isEqualTo("open 172.18.0.2:81 sees 192.0.2.2");
  }

  private void startAgent(String layout) throws IOException {
    world = World.create();
    world.host().command("sysctl", "-qw", "net.ipv4.ip_forward=1").run();
    ns1 = world.ns1();
    world.inhabitedBy(PeerServer.in(ns1).tcp(80).tcp(81));
    tools = Files.createDirectory(world.directory().resolve("tools"));
    for (String tool : TOOLS) {
      Files.writeString(tools.resolve(tool), TOOL);
      Files.setPosixFilePermissions(
          tools.resolve(tool), PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    String path = tools + ":" + System.getenv("PATH");
    agent =
        AgentProcess.withoutEngine(
            world, command -> command.with("PATH", path), "--layout", layout);
  }

  private Command publish(String spec) {
    return agent.hairpin("publish", ns1.name(), spec);
  }

  /** Of both kinds of tables, without counters. */
  private String rules() {
    return world.host().command("iptables-save").run().replaceAll("(?m)^#.*|\\[\\d+:\\d+]", "")
        + world
            .host()
            .command("nft", "-s", "list", "ruleset")
            .run()
            .replaceAll("packets \\d+ bytes \\d+", "");
  }

  private String fromOutside(int port) {
    return Probe.from(world.outside()).tcp(World.HOST_4, port);
  }
}
