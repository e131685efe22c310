package dev.hairpin.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Engine;
import dev.hairpin.it.world.Kernel;
import dev.hairpin.it.world.Namespace;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.World;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever happens, in whatever order, the rules end as those of an agent that has just started.
 * {@code -Dhairpin.seed=N} makes the same things happen again.
 */
@NeedsRealNetwork
class RandomChangesIT {
  private static final int STEPS = 24;

  /** More than the time between passes that nobody asks for. */
  private static final Duration PATIENCE = Duration.ofSeconds(45);

  private static final List<String> SPECS =
      List.of(
          "8000:80",
          "8001-8003:8001-8003",
          "8004-8006:80-82",
          "127.0.0.1:8007:80",
          "192.0.2.1:8008:80/udp");
  private static final List<String> CONTAINERS = List.of("c1", "c2");
  private static final List<String> DISTURBANCES =
      List.of(
          "nft flush ruleset",
          "iptables -t nat -F",
          "iptables -F FORWARD",
          "nft delete table ip hairpin",
          "nft flush map ip hairpin ports",
          "nft add rule ip hairpin published counter");

  private final long seed = Long.getLong("hairpin.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final List<String> history = new ArrayList<>();

  /** What is published now, as {@code ps} names it. */
  private final Set<String> published = new TreeSet<>();

  private final World world = World.create();
  private Namespace ns1;
  private AgentProcess agent;
  private Engine engine;

  @AfterEach
  void removeWorld() {
    world.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"docker20", "hairpin"})
  void theRulesEndAsThoseOfAFreshStart(String layout) {
    ns1 = world.ns1();
    agent = AgentProcess.withEngine(world, "--layout", layout);
    engine = Engine.under(agent);
    List<String> before = new ArrayList<>(rules());

    for (int step = 0; step < STEPS; step++) {
      step();
    }
    awaitPublished();
    List<String> rules = rules();

    agent.hairpin("down").run();
    assertThat(rules()).as("what is left, %s", this).noneMatch(line -> line.contains("172.18."));
    agent.start();
    awaitPublished();

    assertThat(rules).as("%s", this).isEqualTo(rules()).isNotEqualTo(before);
  }

  private void step() {
    switch (random.nextInt(6)) {
      case 0, 1 -> turn(SPECS.get(random.nextInt(SPECS.size())));
      case 2 -> turnContainer(random.nextInt(CONTAINERS.size()));
      case 3 -> disturb(DISTURBANCES.get(random.nextInt(DISTURBANCES.size())));
      case 4 -> restart();
      default -> move(2 + random.nextInt(100));
    }
  }

  /** Publishes it, or takes it back. */
  private void turn(String spec) {
    boolean isPublished = published.containsAll(rows(spec));
    String command = isPublished ? "unpublish" : "publish";
    history.add(command + " " + spec);
    agent.hairpin(command, ns1.name(), spec).run();
    note(isPublished, rows(spec));
  }

  /** The first one's ports are published by label, the second one's by dockerd. */
  private void turnContainer(int number) {
    String name = CONTAINERS.get(number);
    String spec = 9000 + number + ":80";
    boolean runs = published.containsAll(rows(spec));
    history.add((runs ? "rm " : "run ") + name);
    if (runs) {
      engine.run("rm", "-f", name);
    } else if (number == 0) {
      engine.run("run", "-d", "--name", name, "--label", "hairpin.publish=" + spec, "peer");
    } else {
      engine.run("run", "-d", "--name", name, "-p", spec, "peer");
    }
    note(runs, rows(spec));
  }

  /** Not each of them can be done under each layout. */
  private void disturb(String command) {
    history.add(command);
    world.host().command(command.split(" ", -1)).attempt();
  }

  private void restart() {
    boolean isKilled = random.nextBoolean();
    history.add(isKilled ? "kill" : "stop");
    if (isKilled) {
      agent.kill();
    } else {
      agent.stop();
    }
    agent.start();
  }

  /** Gives the namespace another address. */
  private void move(int last) {
    history.add("move to 172.18.0." + last);
    ns1.command("ip", "address", "flush", "dev", "eth0", "scope", "global").run();
    ns1.command("ip", "address", "add", "172.18.0." + last + "/16", "dev", "eth0").run();
    ns1.command("ip", "route", "replace", "default", "via", "172.18.0.1").run();
  }

  private void note(boolean wasThere, List<String> rows) {
    if (wasThere) {
      rows.forEach(published::remove);
    } else {
      published.addAll(rows);
    }
  }

  /** {@code 0.0.0.0:8000/tcp} and {@code [::]:8000/tcp}, for {@code 8000:80}. */
  private static List<String> rows(String spec) {
    String protocol = spec.endsWith("/udp") ? "/udp" : "/tcp";
    String host = spec.substring(0, spec.lastIndexOf(':'));
    return host.contains(":")
        ? List.of(host + protocol)
        : List.of("0.0.0.0:" + host + protocol, "[::]:" + host + protocol);
  }

  private void awaitPublished() {
    await("what is published, " + this)
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          List<List<String>> rows =
              agent.hairpin("ps").run().lines().skip(1).map(RandomChangesIT::columns).toList();
          assertThat(rows)
              .extracting(List::getFirst)
              .containsExactlyInAnyOrderElementsOf(published);
          assertThat(rows).allMatch(row -> row.getLast().equals("published"));
        });
    // A pass of its own, whatever somebody has done to the rules and how lately.
    agent.hairpin("publish", ns1.name(), "127.0.0.1:7999:79").run();
    agent.hairpin("unpublish", ns1.name(), "127.0.0.1:7999:79").run();
  }

  private static List<String> columns(String row) {
    return List.of(row.strip().split(" {2,}", -1));
  }

  /** Elements of maps are kept in no order. */
  private List<String> rules() {
    List<String> rules = new ArrayList<>(new Kernel(world).rules());
    world
        .host()
        .command("nft", "-s", "list", "tables")
        .run()
        .lines()
        .filter(table -> table.endsWith(" hairpin"))
        .flatMap(table ->
            world.host().command("nft", "-s", "list").and(table.split(" ", -1)).run().lines())
        .map(line -> line.replace("elements = {", "").replace("}", ""))
        .flatMap(line -> Stream.of(line.split(",", -1)).map(String::strip))
        .sorted()
        .forEach(rules::add);
    return rules;
  }

  @Override
  public String toString() {
    return "seed " + seed + ": " + String.join(", ", history);
  }
}
