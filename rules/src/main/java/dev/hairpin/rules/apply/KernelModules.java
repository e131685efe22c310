package dev.hairpin.rules.apply;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.apply.CommandRunner.Finished;

/** The kernel's modules, which all network namespaces share. Safe for use by many threads. */
public final class KernelModules {
  private final CommandRunner commands;

  public KernelModules(CommandRunner commands) {
    this.commands = requireNonNull(commands, "commands");
  }

  /**
   * Loads a module and those that it needs (modprobe(8)). One that is there already is no failure.
   *
   * @throws FirewallException if it can't be loaded
   */
  public void load(String module) throws FirewallException {
    String doing = "load kernel module " + module;
    try {
      Finished finished = commands.run("modprobe", module);
      if (!finished.isSuccess()) {
        throw new FirewallException(
            doing + ": modprobe exited " + finished.exitStatus() + ": " + finished.firstError());
      }
    } catch (CommandException e) {
      throw new FirewallException(doing + ": " + e.getMessage(), e);
    }
  }
}
