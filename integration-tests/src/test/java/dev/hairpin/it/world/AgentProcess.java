package dev.hairpin.it.world;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.control.ControlClient;
import dev.hairpin.agent.control.Request;
import dev.hairpin.agent.control.Response;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * {@code hairpin agent} in the host namespace of a world, started as a user would start it, with a
 * run and a state folder of its own. Netty tracks every buffer in it; closing it fails when one
 * leaked.
 */
public final class AgentProcess implements AutoCloseable {
  /** The folder of the whole project. */
  private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();

  /** The hairpin command. */
  public static final Path LAUNCHER = PROJECT.resolve("agent/bin/hairpin");

  /** What dockerd starts instead of docker-proxy. */
  public static final Path STAND_IN = PROJECT.resolve("agent/bin/docker-proxy");

  private static final String LEAK = "LEAK:";

  /** None lives long enough to get back what the better compiler takes. */
  private static final String WATCHED =
      "-Dio.netty.leakDetection.level=paranoid -XX:TieredStopAtLevel=1";

  /** A busy machine is slow to answer, and is asked again. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final World world;
  private final boolean watched;
  private final List<String> options;
  private final UnaryOperator<Command> surroundings;
  private final Path log;
  private Process process;

  private AgentProcess(
      World world, boolean watched, List<String> options, UnaryOperator<Command> surroundings) {
    this.world = world;
    this.watched = watched;
    this.options = options;
    this.surroundings = surroundings;
    this.log = world.directory().resolve("agent.log");
  }

  /** Starts one that will find an engine in this world, sooner or later. */
  public static AgentProcess withEngine(World world, String... options) {
    String socket = "unix://" + Engine.socketIn(world);
    return started(
        new AgentProcess(
            world,
            true,
            Stream.concat(
                    Stream.of("--docker-host", socket, "--wait-for-docker"), Stream.of(options))
                .toList(),
            UnaryOperator.identity()));
  }

  /** Starts one for namespaces only. */
  public static AgentProcess withoutEngine(World world, String... options) {
    return withoutEngine(world, UnaryOperator.identity(), options);
  }

  /**
   * Starts one for namespaces only, where it finds other tools than this machine's.
   *
   * @param surroundings every hairpin command as it is run there
   */
  public static AgentProcess withoutEngine(
      World world, UnaryOperator<Command> surroundings, String... options) {
    return started(
        new AgentProcess(
            world,
            true,
            Stream.concat(Stream.of("--no-docker"), Stream.of(options)).toList(),
            surroundings));
  }

  /** Starts one as its users do, whose buffers nobody counts: for what is measured. */
  public static AgentProcess unwatched(World world, String... options) {
    return started(new AgentProcess(world, false, List.of(options), UnaryOperator.identity()));
  }

  World world() {
    return world;
  }

  public long pid() {
    return process.pid();
  }

  /** What leads every hairpin command and stand-in of this world to this agent. */
  public Map<String, String> environment() {
    return environmentIn(world);
  }

  /** The same, for commands that are meant to find no agent. */
  public static Map<String, String> environmentIn(World world) {
    return Map.of(
        "HAIRPIN_RUN_DIR", runDirectory(world).toString(),
        "HAIRPIN_STATE_DIR", stateDirectory(world).toString(),
        // Whatever an agent of this machine's own is told.
        "HAIRPIN_CONFIG", "/dev/null",
        // Whatever runs on this machine's own bus.
        "DBUS_SYSTEM_BUS_ADDRESS", FirewalldProcess.busIn(world));
  }

  public static Path runDirectory(World world) {
    return world.directory().resolve("run");
  }

  public static Path stateDirectory(World world) {
    return world.directory().resolve("state");
  }

  /** The hairpin command, with these arguments, in the host namespace. */
  public Command hairpin(String... arguments) {
    return surroundings.apply(hairpinIn(world, arguments));
  }

  /** The same, where there may be no agent. */
  public static Command hairpinIn(World world, String... arguments) {
    return world.host().command(LAUNCHER.toString()).and(arguments).withAll(environmentIn(world));
  }

  /** Starts it again after {@link #stop} or {@link #kill}, and returns at once. */
  public void launch() {
    Command command = hairpin("agent").and(options);
    process = (watched ? command.with("HAIRPIN_JAVA_OPTS", WATCHED) : command).startLoggingTo(log);
  }

  /** Starts it again after {@link #stop} or {@link #kill}, and returns when it is ready. */
  public void start() {
    launch();
    await("the agent to be ready")
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(50))
        .until(() -> !process.isAlive() || isReady());
    assertThat(process.isAlive()).as("agent is alive; it said: %s", log()).isTrue();
  }

  /** Stops it with SIGTERM, and returns its exit status. */
  public int stop() {
    process.destroy();
    process.onExit().orTimeout(20, SECONDS).join();
    return process.exitValue();
  }

  /** Kills it. */
  public void kill() {
    process.destroyForcibly();
    process.onExit().orTimeout(20, SECONDS).join();
  }

  /** What it logged so far. */
  public String log() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    if (process.isAlive()) {
      stop();
    }
    List<String> leaks = log().lines().filter(line -> line.contains(LEAK)).toList();
    assertThat(leaks).as("buffers that the agent leaked").isEmpty();
  }

  private static AgentProcess started(AgentProcess agent) {
    agent.world.inhabitedBy(agent);
    agent.start();
    return agent;
  }

  private boolean isReady() {
    try {
      return new ControlClient(runDirectory(world).resolve("control.sock"), PATIENCE)
          .askIfRunning(new Request.ListPorts())
          .filter(Response.Ports.class::isInstance)
          .isPresent();
    } catch (IOException fellSilent) {
      return false;
    } catch (ConfigurationException e) {
      throw new AssertionError(e.getMessage(), e);
    }
  }
}
