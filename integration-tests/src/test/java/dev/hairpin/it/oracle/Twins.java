package dev.hairpin.it.oracle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hairpin.it.oracle.Questions.PublishedPort;
import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Engine;
import dev.hairpin.it.world.Release;
import dev.hairpin.it.world.World;
import dev.hairpin.rules.layouts.LayoutName;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Gives the same commands to two engines in two worlds, one that does everything itself and one
 * that leaves its ports to us, and compares what comes of it: rules and sockets line for line, and
 * who reaches what from where under which source address.
 *
 * <p>A scenario is a text file. Its lines:
 *
 * <pre>
 *   flags ARG...     for dockerd
 *   agent ARG...     for our agent
 *   docker ARG...    a docker command, which must end alike for both
 *   restart agent    our agent is stopped and started again
 *   probe PROTO PORT CONTAINER PORT   a port that is asked for from here on, see {@link Questions}
 *   state NAME       rules and sockets must be equal now
 *   snapshot NAME    these, and the reach table
 * </pre>
 */
public final class Twins implements AutoCloseable {
  private static final Duration SETTLED_WITHIN = Duration.ofSeconds(10);

  private final String scenario;
  private final List<String> steps;
  private final World originalWorld;
  private final World ourWorld;
  private final List<PublishedPort> probed = new ArrayList<>();
  private List<TwinImprovement> improvements = List.of();
  private Scene original;
  private Scene ours;
  private AgentProcess agent;
  private int moments;

  public Twins(String scenario) {
    this.scenario = scenario;
    this.steps = new ArrayList<>(read(scenario));
    this.originalWorld = World.create();
    this.ourWorld = World.create();
  }

  /** Runs the scenario with the engine of a release, and the layout that is like it. */
  public void run(Release release, LayoutName layout) {
    String[] flags = options("flags");
    String[] agentOptions =
        Stream.concat(Stream.of("--layout", layout.keyword()), Stream.of(options("agent")))
            .toArray(String[]::new);
    both(
        () -> original = scene(originalWorld, Engine.plain(release, originalWorld, flags)),
        () -> {
          agent = AgentProcess.withEngine(ourWorld, agentOptions);
          ours = scene(ourWorld, Engine.under(release, agent, flags));
          return ours;
        });
    improvements = TwinImprovement.over(release.majorVersion());
    for (String step : steps) {
      String verb = step.substring(0, step.indexOf(' '));
      String rest = step.substring(verb.length() + 1);
      switch (verb) {
        case "docker" -> docker(rest);
        case "restart" -> {
          agent.stop();
          agent.start();
        }
        case "probe" -> probed.add(PublishedPort.parse(rest));
        case "state" -> compareState(rest);
        case "snapshot" -> {
          compareState(rest);
          compareReach(rest);
          compareState(rest + ", after it was asked for");
        }
        default -> throw new IllegalArgumentException("no such step: " + step);
      }
    }
  }

  /** How many moments were compared. */
  public int moments() {
    return moments;
  }

  @Override
  public void close() {
    try (ourWorld) {
      originalWorld.close();
    }
  }

  private static Scene scene(World world, Engine engine) {
    return new Scene(world, engine, network -> "br-<" + network + ">");
  }

  private String[] options(String verb) {
    if (!steps.getFirst().startsWith(verb + " ")) {
      return new String[0];
    }
    return steps.removeFirst().substring(verb.length() + 1).split(" ", -1);
  }

  private void docker(String arguments) {
    Outcome<Integer> exits = both(scene -> scene.docker(arguments).exit());
    assertThat(exits.ours()).as("exit of docker %s", arguments).isEqualTo(exits.original());
  }

  private void compareState(String moment) {
    moments++;
    await(scenario + ", " + moment)
        .atMost(SETTLED_WITHIN)
        .pollInterval(Duration.ofMillis(200))
        .untilAsserted(() -> {
          compare(moment, "IPv4 rules", scene -> scene.rules("iptables-save"));
          compare(moment, "IPv6 rules", scene -> scene.rules("ip6tables-save"));
          compare(moment, "sockets", Scene::listening);
        });
  }

  private void compare(String moment, String what, Function<Scene, List<String>> look) {
    Outcome<List<String>> seen = both(look);
    int alike = commonStart(seen.original(), seen.ours());
    int alikeAtEnd =
        commonStart(
            seen.original().subList(alike, seen.original().size()).reversed(),
            seen.ours().subList(alike, seen.ours().size()).reversed());
    assertThat(lines(seen.ours().subList(alike, seen.ours().size() - alikeAtEnd)))
        .as("%s of %s, %s: the part that differs", what, scenario, moment)
        .isEqualTo(lines(seen.original().subList(alike, seen.original().size() - alikeAtEnd)));
  }

  private static int commonStart(List<String> one, List<String> other) {
    int alike = 0;
    while (alike < one.size() && alike < other.size() && one.get(alike).equals(other.get(alike))) {
      alike++;
    }
    return alike;
  }

  private void compareReach(String moment) {
    Outcome<List<Reach>> questions = both(scene -> Questions.about(scene, probed));
    assertThat(lines(questions.ours()))
        .as("ports and addresses of %s, %s", scenario, moment)
        .isEqualTo(lines(questions.original()));
    Outcome<Neighbourhood> around = both(scene -> Neighbourhood.of(scene, questions.original()));
    try (Neighbourhood original = around.original();
        Neighbourhood ours = around.ours()) {
      List<Outcome<Reach>> differing = differing(original, ours, questions.original());
      assertThat(lines(differing.stream().map(Outcome::ours).toList()))
          .as("who reaches what in %s, %s: the answers that differ", scenario, moment)
          .isEqualTo(lines(differing.stream().map(Outcome::original).toList()));
    }
  }

  private List<Outcome<Reach>> differing(
      Neighbourhood aroundOriginal, Neighbourhood aroundUs, List<Reach> questions) {
    Outcome<List<Reach>> answers =
        both(() -> aroundOriginal.askAll(questions), () -> aroundUs.askAll(questions));
    return IntStream.range(0, questions.size())
        .mapToObj(i -> new Outcome<>(answers.original().get(i), answers.ours().get(i)))
        .filter(Predicate.not(this::isAlike))
        // A second is short on a busy machine, for either.
        .map(first ->
            new Outcome<>(aroundOriginal.ask(first.original()), aroundUs.ask(first.ours())))
        .filter(Predicate.not(this::isAlike))
        .toList();
  }

  private boolean isAlike(Outcome<Reach> answers) {
    return answers.original().equals(answers.ours())
        || improvements.stream().anyMatch(each -> each.isMeant(answers.original(), answers.ours()));
  }

  private record Outcome<T>(T original, T ours) {}

  private <T> Outcome<T> both(Function<Scene, T> work) {
    return both(() -> work.apply(original), () -> work.apply(ours));
  }

  /** At the same time, as each mostly waits for its engine. */
  private static <T> Outcome<T> both(Supplier<T> forOriginal, Supplier<T> forUs) {
    CompletableFuture<T> first = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          try {
            first.complete(forOriginal.get());
          } catch (RuntimeException | Error e) {
            first.completeExceptionally(e);
          }
        });
    T second;
    try {
      second = forUs.get();
    } finally {
      first.exceptionally(e -> null).join();
    }
    return new Outcome<>(first.join(), second);
  }

  private static List<String> read(String scenario) {
    try (InputStream stream = Twins.class.getResourceAsStream("/twin/" + scenario + ".txt")) {
      return new String(stream.readAllBytes(), UTF_8)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String lines(List<?> lines) {
    return String.join("\n", lines.stream().map(Object::toString).toList());
  }
}
