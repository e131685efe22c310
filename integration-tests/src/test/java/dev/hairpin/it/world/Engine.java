package dev.hairpin.it.world;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A dockerd in the host namespace of a world, with all that it keeps below the world's own folders.
 * Its image {@code peer} holds a static busybox and waits to be stopped.
 */
public final class Engine implements AutoCloseable {
  private static final String WAIT_TO_BE_STOPPED =
      "trap 'exit 0' TERM; busybox sleep 1000000 & wait";

  private final Release release;
  private final World world;
  private final List<String> flags;
  private final Map<String, String> environment;
  private final Path log;
  private Process process;

  private Engine(
      Release release, World world, List<String> flags, Map<String, String> environment) {
    this.release = release;
    this.world = world;
    this.flags = List.copyOf(flags);
    this.environment = Map.copyOf(environment);
    this.log = world.directory().resolve("dockerd.log");
  }

  /** Starts dockerd as it comes: it writes its own rules and starts its own proxies. */
  public static Engine plain(World world, String... flags) {
    return plain(Release.HERE, world, flags);
  }

  /** The same with the engine of a release. */
  public static Engine plain(Release release, World world, String... flags) {
    List<String> all = new ArrayList<>(List.of(flags));
    all.add("--userland-proxy-path=" + release.path("usr/sbin/docker-proxy"));
    return startFresh(new Engine(release, world, all, Map.of()));
  }

  /** Starts dockerd with everything about ports left to the agent. */
  public static Engine under(AgentProcess agent, String... flags) {
    return under(Release.HERE, agent, flags);
  }

  /** The same with the engine of a release. */
  public static Engine under(Release release, AgentProcess agent, String... flags) {
    List<String> all = new ArrayList<>(List.of(flags));
    all.addAll(List.of("--iptables=false", "--ip6tables=false", "--ip-forward=false"));
    all.add("--userland-proxy-path=" + AgentProcess.STAND_IN);
    return startFresh(new Engine(release, agent.world(), all, agent.environment()));
  }

  /** Where an engine in that world listens, whether it has been started or not. */
  public static Path socketIn(World world) {
    return world.directory().resolve("docker.sock");
  }

  /** The docker command, with these arguments. */
  public Command docker(String... arguments) {
    return release
        .inside(
            List.of(world.directory()),
            Command.of(release.path("usr/bin/docker"), "-H", "unix://" + socketIn(world)))
        .and(arguments);
  }

  /** Runs the docker command and returns what it printed, without the line's end. */
  public String run(String... arguments) {
    return docker(arguments).run().strip();
  }

  /** What {@code docker inspect} has to say, by a Go template. */
  public String inspect(String object, String template) {
    return run("inspect", "--format", template, object);
  }

  /** The process id of a running container's first process. */
  public long pidOf(String container) {
    return Long.parseLong(inspect(container, "{{.State.Pid}}"));
  }

  /** The network namespace of a running container. */
  public Namespace namespaceOf(String container) {
    return Namespace.ofPid(pidOf(container));
  }

  /** The IPv4 address of a container on a network. */
  public String addressOf(String container, String network) {
    return inspect(
        container, "{{(index .NetworkSettings.Networks \"" + network + "\").IPAddress}}");
  }

  /** The bridge of a network. */
  public String bridgeOf(String network) {
    String named = inspectNetwork(network, "{{index .Options \"com.docker.network.bridge.name\"}}");
    return named.isEmpty() ? "br-" + inspectNetwork(network, "{{.Id}}").substring(0, 12) : named;
  }

  /** A name such as a1 may be the beginning of some container's id, which would come first. */
  private String inspectNetwork(String network, String template) {
    return run("network", "inspect", "--format", template, network);
  }

  /** The major and minor version: 20.10. */
  public String version() {
    String full = run("version", "--format", "{{.Server.Version}}");
    return full.substring(0, full.indexOf('.', full.indexOf('.') + 1));
  }

  /**
   * What {@code iptables-save} or {@code ip6tables-save} prints in the host namespace. Its own: an
   * older one can't put all that a newer one wrote into words.
   */
  public String saved(String tool) {
    return host(Command.of(release.tool(tool))).run();
  }

  /** Starts it again after {@link #stop} or {@link #kill}. */
  public void start() {
    process =
        host(Command.of(
                release.path("usr/sbin/dockerd"),
                "--config-file=" + configuration(),
                "--data-root=" + world.storage().resolve("docker"),
                "--exec-root=" + world.directory().resolve("docker"),
                "--pidfile=" + world.directory().resolve("dockerd.pid"),
                "--host=unix://" + socketIn(world),
                // Folders instead of mounts: nothing to leave behind, on any file system.
                "--storage-driver=vfs",
                "--exec-opt=native.cgroupdriver=cgroupfs",
                "--cgroup-parent=/" + world.name()))
            .and(flags)
            .with("PATH", release.searchPath())
            // A containerd that is slow to end is asked for its stacks, and writes them there.
            .with("TMPDIR", world.directory().toString())
            .withAll(environment)
            .startLoggingTo(log);
    await("dockerd to answer")
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(50))
        .until(() -> !process.isAlive() || answers());
    if (!process.isAlive()) {
      throw new AssertionError("dockerd did not start: " + log());
    }
  }

  /** Stops it with SIGTERM. Its containers stop as well, unless it runs with --live-restore. */
  public void stop() {
    end(process.toHandle());
  }

  /** Kills it, and the containerd that it had started. */
  public void kill() {
    List<ProcessHandle> children =
        process.descendants().filter(child -> isContainerd(child)).toList();
    process.destroyForcibly();
    process.onExit().join();
    children.forEach(Engine::end);
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
    if (!process.isAlive()) {
      return;
    }
    List<String> containers = run("ps", "-aq").lines().toList();
    if (!containers.isEmpty()) {
      docker("rm", "-f").and(containers).run();
    }
    stop();
  }

  private static Engine startFresh(Engine engine) {
    engine.world.inhabitedBy(engine);
    engine.start();
    Path image = Image.write(engine.world.directory().resolve("peer.tar"));
    engine
        .docker(
            "import",
            "--change",
            "CMD [\"/bin/busybox\",\"sh\",\"-c\",\"" + WAIT_TO_BE_STOPPED + "\"]",
            "-",
            "peer")
        .reading(image)
        .run();
    return engine;
  }

  /** A program of its own, on the host's network. */
  private Command host(Command program) {
    List<Path> folders =
        List.of(world.directory(), world.storage(), AgentProcess.STAND_IN.getParent());
    return world.host().command(release.inside(folders, program).argv().toArray(String[]::new));
  }

  /** It listens early and answers late; who asks then is kept waiting, and takes no time of its. */
  private boolean answers() {
    return Files.exists(socketIn(world)) && docker("version").attempt().exit() == 0;
  }

  /** The machine's own /etc/docker/daemon.json has no say here. */
  private Path configuration() {
    try {
      return Files.writeString(world.directory().resolve("daemon.json"), "{}\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isContainerd(ProcessHandle process) {
    return Optional.of(process.info())
        .flatMap(ProcessHandle.Info::command)
        .orElse("")
        .endsWith("/containerd");
  }

  private static void end(ProcessHandle process) {
    process.destroy();
    process.onExit().orTimeout(30, SECONDS).join();
  }
}
