package dev.hairpin.agent.tour;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.lab.Lab;
import dev.hairpin.agent.wording.Language;
import dev.hairpin.rules.apply.CommandException;
import dev.hairpin.rules.apply.CommandRunner;
import dev.hairpin.rules.apply.CommandRunner.Finished;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Runs commands of a lab that is up, as in a shell in which {@link #setup} was typed, and which is
 * in the learner's language.
 */
public final class LabStage implements Stage {
  private final Lab lab;
  private final Path launcher;
  private final Language language;
  private final boolean isColoured;
  private final CommandRunner commands = CommandRunner.local();

  /**
   * @param launcher {@code hairpin}, which commands call without its directory
   * @param language what commands are to speak, as far as they can
   * @param isColoured whether commands are to print colours, as they would in a terminal
   */
  public LabStage(Lab lab, Path launcher, Language language, boolean isColoured) {
    this.lab = requireNonNull(lab, "lab");
    this.launcher = requireNonNull(launcher, "launcher");
    this.language = requireNonNull(language, "language");
    this.isColoured = isColoured;
  }

  /** What makes the same commands work in a terminal. */
  public List<String> setup() {
    return List.of(
        "export PATH=\"$PATH:" + launcher.getParent() + "\"",
        "export HAIRPIN_RUN_DIR=" + lab.agentRun());
  }

  @Override
  public Finished run(Typed command) throws IOException {
    try {
      return commands.run(detached(entered(command)), "", CommandRunner.DEADLINE);
    } catch (CommandException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  @Override
  public void start(String role, Typed command) throws IOException {
    lab.start(role, entered(command));
  }

  @Override
  public String await(String role) throws IOException, InterruptedException {
    return lab.await(role);
  }

  @Override
  public void end(String role) throws IOException, InterruptedException {
    lab.end(role);
  }

  /** In a session of its own: Ctrl-C is for whoever leads, who then takes the lab away. */
  private static List<String> detached(List<String> argv) {
    return Stream.concat(Stream.of("setsid"), argv.stream()).toList();
  }

  private List<String> entered(Typed command) {
    String path = System.getenv().getOrDefault("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    return Stream.concat(
            Stream.of(
                "env",
                "PATH=" + path + ":" + launcher.getParent(),
                "HAIRPIN_RUN_DIR=" + lab.agentRun(),
                "LC_ALL=" + language.posixLocale(),
                // See CLICOLOR_FORCE in picocli's manual.
                "CLICOLOR_FORCE=" + (isColoured ? "1" : "0")),
            command.words().stream())
        .toList();
  }
}
