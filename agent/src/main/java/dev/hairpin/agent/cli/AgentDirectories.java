package dev.hairpin.agent.cli;

import dev.hairpin.agent.control.ControlClient;
import java.nio.file.Path;
import java.time.Duration;
import picocli.CommandLine.Option;

/** Where an agent keeps its files; several agents on one machine have a directory each. */
final class AgentDirectories {
  /** Name of the agent's socket in its run directory. */
  static final String CONTROL_SOCKET = "control.sock";

  /** An agent may be in the middle of a pass, with tools that wait for the firewall's lock. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Option(
      names = "--run-dir",
      paramLabel = "DIR",
      defaultValue = "${env:HAIRPIN_RUN_DIR:-/run/hairpin}",
      description = "Socket and record of a running agent (env HAIRPIN_RUN_DIR; /run/hairpin).")
  private Path runDirectory;

  @Option(
      names = "--state-dir",
      paramLabel = "DIR",
      defaultValue = "${env:HAIRPIN_STATE_DIR:-/var/lib/hairpin}",
      description =
          "What is kept over restarts of the machine (env HAIRPIN_STATE_DIR; /var/lib/hairpin).")
  private Path stateDirectory;

  Path run() {
    return runDirectory.toAbsolutePath().normalize();
  }

  Path state() {
    return stateDirectory.toAbsolutePath().normalize();
  }

  ControlClient client() {
    return new ControlClient(run().resolve(CONTROL_SOCKET), PATIENCE);
  }
}
