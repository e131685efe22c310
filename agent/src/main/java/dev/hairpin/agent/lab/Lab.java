package dev.hairpin.agent.lab;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.control.ControlClient;
import dev.hairpin.agent.control.Request;
import dev.hairpin.agent.control.Response;
import dev.hairpin.agent.control.RuleLine;
import dev.hairpin.agent.posix.Posix;
import dev.hairpin.rules.apply.CommandRunner;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * The lab of this machine: namespaces with a web server and an agent in them. It is made whole or
 * not at all, and nothing outside its namespaces and its directory is changed. One command works on
 * it at a time.
 */
public final class Lab {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final LabFiles files = LabFiles.OF_THIS_MACHINE;
  private final CommandRunner commands = CommandRunner.local();
  private final Consumer<String> progress;
  private final LabProcesses processes;
  private final LabMaking making;
  private final LabRemains remains;

  /**
   * The lab of this machine.
   *
   * @param home the agent's folder, which holds {@code bin/hairpin}
   * @param progress takes a line for a person before something is done
   */
  public Lab(Path home, Consumer<String> progress) {
    this.progress = requireNonNull(progress, "progress");
    LabNamespaces namespaces = new LabNamespaces(commands);
    processes = new LabProcesses(files);
    making = new LabMaking(files, namespaces, processes, commands, home, progress);
    remains = new LabRemains(files, namespaces, processes);
  }

  /**
   * Makes the lab unless it is there already and whole; one that is damaged is made again.
   *
   * @param publish whether to publish the server's port
   * @throws ConfigurationException if the machine lacks something, or somebody else's namespace has
   *     one of the names; nothing was changed but packages that were installed
   * @throws IOException if it could not be made; what was made of it is gone again
   */
  public void up(boolean publish) throws ConfigurationException, IOException, InterruptedException {
    new OsPackages(commands, OsPackages::isOnPath, progress).installMissing();
    Posix.Lock alone = lock();
    try {
      Optional<LabRecord> before = files.read();
      if (before.isPresent()) {
        List<String> damage = remains.damage(before.get());
        if (damage.isEmpty()) {
          progress.accept("the lab is up already");
          return;
        }
        progress.accept("the lab is damaged: " + String.join(", ", damage) + "; making it again");
      }
      refuseForeign();
      remains.takeAway();
      files.make();
      makeOrUndo(publish);
    } finally {
      alone.close();
    }
  }

  /**
   * Takes everything away that a lab left behind.
   *
   * @return what was removed, a line each; empty when there was nothing
   */
  public List<String> down() throws ConfigurationException, IOException, InterruptedException {
    if (!remains.any()) {
      return List.of();
    }
    Posix.Lock alone = lock();
    try {
      return remains.takeAway();
    } finally {
      alone.close();
    }
  }

  /**
   * Asks for the port from everywhere, and tells what happened.
   *
   * @throws ConfigurationException if no lab is up
   */
  public Show show() throws ConfigurationException, IOException, InterruptedException {
    LabRecord record =
        files
            .read()
            .filter(LabRecord::complete)
            .orElseThrow(
                () -> new ConfigurationException("show the lab: none is up; run \"hairpin lab\""));
    Visitor.Round round = new Visitor(commands).visitAll();
    return Show.of(record.published(), round, record.published() ? rulesInForce() : List.of());
  }

  /** Whether there is one, whole or not. */
  public boolean isThere() throws IOException {
    return remains.any();
  }

  /** Where the agent of a lab is, or would be. */
  public Path agentRun() {
    return files.agentRun();
  }

  /**
   * Starts a program that belongs to the lab, and ends with it at the latest.
   *
   * @param role what it is called; its output goes to a log of that name
   * @throws IOException if it can't be started
   */
  public void start(String role, List<String> argv) throws IOException {
    files.write(record().with(processes.start(role, argv)));
  }

  /**
   * Waits until a program of the lab has ended.
   *
   * @return what it printed
   * @throws IOException if it doesn't end
   */
  public String await(String role) throws IOException, InterruptedException {
    processes.await(processesOf(role));
    return processes.output(role);
  }

  /** Ends a program of the lab, if it is there. */
  public void end(String role) throws IOException, InterruptedException {
    processes.end(processesOf(role));
  }

  private List<LabProcess> processesOf(String role) throws IOException {
    return record().processes().stream().filter(process -> process.role().equals(role)).toList();
  }

  private LabRecord record() throws IOException {
    return files.read().orElse(LabRecord.begun(false));
  }

  /** What is tried on a lab. */
  public interface Trial<T> {
    T on(Experiment experiment) throws ConfigurationException, IOException, InterruptedException;
  }

  /**
   * Tries something on the lab whose port is published. The lab that is up is as before when this
   * ends, however it ends; where none is up, one is made for it and taken away. A process that is
   * killed leaves a lab that is known to be unfinished, and that {@link #down} takes away.
   *
   * @throws ConfigurationException if the lab that is up publishes nothing
   */
  public <T> T experiment(Trial<T> trial)
      throws ConfigurationException, IOException, InterruptedException {
    new OsPackages(commands, OsPackages::isOnPath, progress).installMissing();
    Posix.Lock alone = lock();
    try {
      Optional<LabRecord> before = files.read();
      if (before.isPresent() && remains.damage(before.get()).isEmpty()) {
        if (!before.get().published()) {
          throw new ConfigurationException(
              "try something on the lab: the one that is up publishes nothing; \"hairpin lab down\""
                  + " takes it away");
        }
        progress.accept("the lab that is up is used, and left as it was");
        Experiment experiment = experimentOn(before.get());
        return BeforeExit.call(() -> trial.on(experiment), experiment::end);
      }
      refuseForeign();
      remains.takeAway();
      files.make();
      return BeforeExit.call(
          () -> {
            making.make(/* publish= */ true);
            return trial.on(experimentOn(files.read().orElseThrow()));
          },
          () -> {
            progress.accept("taking the lab away");
            remains.takeAway();
          });
    } finally {
      alone.close();
    }
  }

  private Experiment experimentOn(LabRecord record) {
    return new Experiment(this, files, making, remains, commands, record);
  }

  private List<RuleLine> rulesInForce() throws ConfigurationException, IOException {
    Response answer = new ControlClient(files.agentSocket(), PATIENCE).ask(new Request.ListRules());
    if (answer instanceof Response.Rules(List<RuleLine> rules, List<String> notes)) {
      return rules;
    }
    throw new IOException("ask the lab's agent for its rules: it answered " + answer);
  }

  private void refuseForeign() throws ConfigurationException, IOException {
    Optional<String> foreign = remains.foreign();
    if (foreign.isPresent()) {
      throw new ConfigurationException(
          "make the lab: a namespace \""
              + foreign.get()
              + "\" is there that the lab did not make; rename or remove it first (ip netns delete "
              + foreign.get()
              + ")");
    }
  }

  private void makeOrUndo(boolean publish)
      throws ConfigurationException, IOException, InterruptedException {
    AtomicBoolean made = new AtomicBoolean();
    BeforeExit.call(
        () -> {
          making.make(publish);
          made.set(true);
          return null;
        },
        () -> {
          if (!made.get()) {
            progress.accept("taking away what was made of the lab");
            remains.takeAway();
          }
        });
  }

  private static Posix.Lock lock() throws ConfigurationException, IOException {
    // The lab's own directory comes and goes under the lock, so it can't be what is locked.
    return Posix.system()
        .tryLock(LabFiles.OF_THIS_MACHINE.directory().getParent())
        .orElseThrow(() ->
            new ConfigurationException(
                "work on the lab: another \"hairpin lab\" does; try again when it is done"));
  }
}
