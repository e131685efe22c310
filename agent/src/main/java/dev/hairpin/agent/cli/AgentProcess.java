package dev.hairpin.agent.cli;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.control.Response;
import dev.hairpin.agent.keeper.Keeper;
import dev.hairpin.agent.posix.Posix;
import dev.hairpin.agent.reconcile.Host;
import dev.hairpin.agent.reconcile.RuleWriters;
import dev.hairpin.agent.reconcile.Settings;
import dev.hairpin.agent.reconcile.Standing;
import dev.hairpin.rules.apply.FirewallException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An agent in the foreground: puts its parts together, and takes them apart in the end. */
final class AgentProcess {
  private static final Logger log = LoggerFactory.getLogger(AgentProcess.class);

  private static final Path NAMESPACE = Path.of("/proc/self/ns/net");

  private AgentProcess() {}

  /**
   * Runs until it is told to end.
   *
   * @return the exit code
   * @throws ConfigurationException if it can't run here; nothing was changed
   */
  static int run(AgentOptions options) throws ConfigurationException, IOException {
    ThisHost.requireRoot("run the agent");
    Optional<Posix.Lock> lock = Posix.system().tryLock(NAMESPACE);
    if (lock.isEmpty()) {
      throw new ConfigurationException(
          "run the agent: another agent"
              + RunDirectory.holder(NAMESPACE)
              + " runs in this network namespace; \"hairpin down\" ends it");
    }
    try (Posix.Lock held = lock.get()) {
      log.debug("holding {}", held);
      return runAlone(options);
    }
  }

  private static int runAlone(AgentOptions options) throws ConfigurationException, IOException {
    RunDirectory directory = new RunDirectory(options.runDirectory());
    directory.make();
    try (Posix.Lock held = directory.lock()) {
      log.debug("holding {}", held);
      return runAloneInDirectory(options);
    }
  }

  private static int runAloneInDirectory(AgentOptions options)
      throws ConfigurationException, IOException {
    RuleWriters writers = new RuleWriters();
    Host host = ThisHost.open(options.runDirectory(), writers::started);
    LayoutMemory memory = new LayoutMemory(options.stateDirectory());
    Surroundings found = Surroundings.of(host, memory);
    Settings settings = found.settings(options, System.getenv());
    requireTools(host, settings);
    found.remarks(settings, options).forEach(log::info);
    if (settings.standing() == Standing.REPLACE) {
      memory.write(settings.layout());
    }
    CompletableFuture<Integer> exitCode = new CompletableFuture<>();
    try {
      exitCode.complete(serve(options, settings, host, writers, exitCode));
    } finally {
      exitCode.complete(Hairpin.EXIT_FAILED);
    }
    return exitCode.join();
  }

  private static void requireTools(Host host, Settings settings) throws ConfigurationException {
    try {
      host.requireToolsFor(settings);
    } catch (FirewallException e) {
      throw new ConfigurationException("run the agent: " + e.getMessage(), e);
    }
  }

  /** When this returns, all parts are closed; only then may a signal's hook end the process. */
  private static int serve(
      AgentOptions options,
      Settings settings,
      Host host,
      RuleWriters writers,
      CompletableFuture<Integer> exitCode)
      throws ConfigurationException, IOException {
    RunningAgent.Ending ending;
    Response response;
    try (AgentParts parts = new AgentParts(options, settings, host, writers)) {
      log.info(
          "serving {}; {}",
          options.dockerHost().orElse("namespaces"),
          ThisHost.rulesAre(settings.standing(), settings.layout()));
      Runtime.getRuntime()
          .addShutdownHook(new Thread(() -> endOnSignal(parts.agent(), options, exitCode)));
      parts.loop().pass().handle((outcome, failure) -> outcome).join();
      parts.listen();
      SystemdNotify.say("READY=1");
      ending = parts.agent().ending().join();
      SystemdNotify.say("STOPPING=1");
      // No pass may write again what is taken away now; the sockets go after the rules.
      parts.loop().close();
      response =
          ending.teardown()
              ? RunningAgent.tearDown(host)
              : new Response.Done(
                  List.of("the agent ended; its rules are still in force, and its ports are open"));
      ending.done().complete(response);
    }
    if (response instanceof Response.Refused(String text, boolean badInput)) {
      log.error("{}", text);
      return Hairpin.EXIT_FAILED;
    }
    if (ending.teardown()) {
      Keeper.end(options.runDirectory());
      new RunDirectory(options.runDirectory()).removeUnused();
    }
    log.info("ended");
    return 0;
  }

  /** SIGTERM is how an agent is meant to end, so that is no failure as it is for other JVMs. */
  private static void endOnSignal(
      RunningAgent agent, AgentOptions options, CompletableFuture<Integer> exitCode) {
    agent.end(options.teardown());
    Runtime.getRuntime().halt(exitCode.join());
  }
}
