package dev.hairpin.agent.reconcile;

import dev.hairpin.rules.apply.FirewallException;

/** Loads modules of the kernel; {@link dev.hairpin.rules.apply.KernelModules} does. */
@FunctionalInterface
public interface ModuleLoader {
  /**
   * Loads a module. One that is there already is no failure.
   *
   * @throws FirewallException if it can't be loaded
   */
  void load(String module) throws FirewallException;
}
