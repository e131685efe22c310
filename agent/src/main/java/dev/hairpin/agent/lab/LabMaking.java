package dev.hairpin.agent.lab;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.control.ControlClient;
import dev.hairpin.agent.control.Request;
import dev.hairpin.agent.netns.NetworkNamespace;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.apply.CommandException;
import dev.hairpin.rules.apply.CommandRunner;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Makes the lab's parts, one after the other, and writes each down. Whoever calls it undoes. */
final class LabMaking {
  /** A JVM on a busy machine takes its time. */
  private static final Duration STARTING = Duration.ofSeconds(30);

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(20);
  private static final Duration CONNECTING = Duration.ofSeconds(1);
  private static final Path IP_FORWARD = Path.of("/proc/sys/net/ipv4/ip_forward");

  private static final String AGENT = "agent";

  /** A rule for each port, in the words of those who wrote about them first. */
  private static final List<String> LAYOUT = List.of("--layout", "docker20");

  private final LabFiles files;
  private final LabNamespaces namespaces;
  private final LabProcesses processes;
  private final CommandRunner commands;
  private final Path home;
  private final Consumer<String> progress;

  LabMaking(
      LabFiles files,
      LabNamespaces namespaces,
      LabProcesses processes,
      CommandRunner commands,
      Path home,
      Consumer<String> progress) {
    this.files = requireNonNull(files, "files");
    this.namespaces = requireNonNull(namespaces, "namespaces");
    this.processes = requireNonNull(processes, "processes");
    this.commands = requireNonNull(commands, "commands");
    this.home = requireNonNull(home, "home");
    this.progress = requireNonNull(progress, "progress");
  }

  /**
   * Makes everything.
   *
   * @throws IOException if a part can't be made; those before it are there, and recorded
   */
  void make(boolean publish) throws IOException, InterruptedException {
    LabRecord record = LabRecord.begun(publish);
    files.write(record);
    progress.accept(
        "making the namespaces "
            + String.join(", ", LabNetwork.NAMESPACES)
            + " and the bridge "
            + LabNetwork.BRIDGE);
    namespaces.make();

    progress.accept("starting a web server in ns1 on port " + LabNetwork.PORT);
    LabProcess server = processes.start("web server", LabNetwork.NS1, serverCommand());
    record = record.with(server);
    files.write(record);

    if (publish) {
      progress.accept("starting the agent in host");
      LabProcess agent = startAgent(List.of());
      record = record.with(agent);
      files.write(record);
      waitFor(server, this::serverAnswers);
      awaitAgent(agent);
      publishPort();
    } else {
      // A host with Docker forwards. Everything after that is left to the person.
      NetworkNamespace.of(LabNetwork.HOST).run(() -> Files.writeString(IP_FORWARD, "1"));
      waitFor(server, this::serverAnswers);
    }
    files.write(record.completed());
  }

  /**
   * Starts the agent; it goes on where the one before it has ended.
   *
   * @param options that the lab's agent doesn't have otherwise; the last of an option counts
   */
  LabProcess startAgent(List<String> options) throws IOException {
    return processes.start(AGENT, LabNetwork.HOST, agentCommand(options));
  }

  /** Waits until the agent has done its first pass. */
  void awaitAgent(LabProcess agent) throws IOException, InterruptedException {
    waitFor(agent, this::agentAnswers);
  }

  /** Starts the userland proxy alone, for one address of the host, as dockerd does. */
  LabProcess startProxy(String address) throws IOException {
    return processes.start("proxy for " + address, LabNetwork.HOST, proxyCommand(address));
  }

  /** Waits until the proxy listens. */
  void awaitProxy(LabProcess proxy, String address) throws IOException, InterruptedException {
    waitFor(proxy, () -> connects(LabNetwork.HOST, address));
  }

  /** What is typed to start the proxy by hand. */
  List<String> proxyCommand(String address) {
    return List.of(
        home.resolve("bin/hairpin").toString(),
        "proxy",
        "-proto",
        "tcp",
        "-host-ip",
        address,
        "-host-port",
        Integer.toString(LabNetwork.PORT),
        "-container-ip",
        LabNetwork.NS1_ADDRESS,
        "-container-port",
        Integer.toString(LabNetwork.PORT));
  }

  private List<String> serverCommand() {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-XX:-UsePerfData",
        "-Xmx32m",
        "-cp",
        System.getProperty("java.class.path"),
        HelloServer.class.getName(),
        Integer.toString(LabNetwork.PORT));
  }

  private List<String> agentCommand(List<String> options) {
    List<String> own =
        List.of(
            home.resolve("bin/hairpin").toString(),
            "agent",
            // The machine's own agent may be set up in a way that is no lesson.
            "--config",
            "/dev/null",
            "--no-docker",
            "--run-dir",
            files.agentRun().toString(),
            "--state-dir",
            files.agentState().toString());
    return Stream.of(own, options.contains("--layout") ? List.<String>of() : LAYOUT, options)
        .flatMap(List::stream)
        .toList();
  }

  private void publishPort() throws IOException {
    String spec = LabNetwork.PORT + ":" + LabNetwork.PORT;
    progress.accept("hairpin publish " + LabNetwork.NS1 + " " + spec);
    try {
      CommandRunner.Finished finished =
          commands.run(
              home.resolve("bin/hairpin").toString(),
              "publish",
              LabNetwork.NS1,
              spec,
              "--run-dir",
              files.agentRun().toString());
      if (!finished.isSuccess()) {
        throw new IOException("publish ns1 " + spec + ": " + finished.firstError());
      }
    } catch (CommandException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private boolean serverAnswers() throws IOException, InterruptedException {
    return connects(LabNetwork.NS1, LabNetwork.NS1_ADDRESS);
  }

  private static boolean connects(String namespace, String address)
      throws IOException, InterruptedException {
    return NetworkNamespace.of(namespace)
        .call(() -> {
          try (Socket socket = new Socket()) {
            socket.connect(
                new InetSocketAddress(IpAddress.parse(address).inet(), LabNetwork.PORT),
                Math.toIntExact(CONNECTING.toMillis()));
            return true;
          } catch (IOException notYet) {
            return false;
          }
        });
  }

  private boolean agentAnswers() throws ConfigurationException, IOException {
    return new ControlClient(files.agentSocket(), STARTING)
        .askIfRunning(new Request.GetStatus())
        .isPresent();
  }

  private void waitFor(LabProcess process, Callable<Boolean> ready)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + STARTING.toNanos();
    while (!isReady(ready)) {
      if (!process.isAlive()) {
        throw new IOException(
            "start the " + process.role() + ": it ended: " + processes.lastWords(process.role()));
      }
      if (System.nanoTime() > deadline) {
        throw new IOException(
            "start the "
                + process.role()
                + ": not ready after "
                + STARTING.toSeconds()
                + " s: "
                + processes.lastWords(process.role()));
      }
      Thread.sleep(BETWEEN_LOOKS);
    }
  }

  private static boolean isReady(Callable<Boolean> ready) throws IOException, InterruptedException {
    try {
      return ready.call();
    } catch (IOException | InterruptedException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
