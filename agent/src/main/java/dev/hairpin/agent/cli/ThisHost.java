package dev.hairpin.agent.cli;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.firewalld.BusFirewalld;
import dev.hairpin.agent.posix.NftLibrary;
import dev.hairpin.agent.posix.RulesetCounter;
import dev.hairpin.agent.reconcile.Host;
import dev.hairpin.agent.reconcile.Standing;
import dev.hairpin.rules.Layout;
import dev.hairpin.rules.apply.CommandRunner;
import dev.hairpin.rules.apply.Conntrack;
import dev.hairpin.rules.apply.KernelFirewall;
import dev.hairpin.rules.apply.KernelModules;
import dev.hairpin.rules.apply.Sysctls;
import dev.hairpin.rules.layouts.LayoutName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongConsumer;

/** The network namespace that this process was started in. */
final class ThisHost {
  private ThisHost() {}

  /**
   * @param started told the number of each process or thread that changes this host's rules
   */
  static Host open(Path runDirectory, LongConsumer started) throws IOException {
    CommandRunner commands = CommandRunner.local(started);
    return Host.open(
        runDirectory,
        new KernelFirewall(commands, NftLibrary.telling(started), RulesetCounter::now),
        new Conntrack(commands)::forget,
        Sysctls.ofThisHost(),
        new KernelModules(commands)::load,
        BusFirewalld.onSystemBus(System.getenv()));
  }

  /** How the rules are laid out when we stand so to dockerd. */
  static Layout layout(Standing standing, LayoutName name) {
    return switch (standing) {
      case REPLACE -> name.layout();
      case BESIDE -> name.beside();
    };
  }

  /** {@code rules of layout docker28}, for people. */
  static String rulesAre(Standing standing, LayoutName layout) {
    return switch (standing) {
      case REPLACE -> "rules of layout " + layout;
      case BESIDE ->
          "rules beside dockerd's own, "
              + (layout.labelsBeside() ? "ports in a table of nftables'" : "all in iptables");
    };
  }

  /**
   * Only root may read and change the kernel's rules.
   *
   * @param doing what is wanted: {@code run the agent}
   */
  static void requireRoot(String doing) throws ConfigurationException, IOException {
    if (!isRoot()) {
      throw new ConfigurationException(doing + ": only root may do that; run this as root");
    }
  }

  static boolean isRoot() throws IOException {
    // The owner of a process's directory is its effective user (proc(5)).
    return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
  }
}
