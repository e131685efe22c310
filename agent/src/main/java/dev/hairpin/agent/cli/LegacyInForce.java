package dev.hairpin.agent.cli;

import dev.hairpin.agent.tracing.LegacyRules;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.apply.CommandException;
import dev.hairpin.rules.apply.CommandRunner;
import dev.hairpin.rules.apply.CommandRunner.Finished;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Tables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Looks for tables of iptables-legacy, which nftables knows nothing of. */
record LegacyInForce(CommandRunner commands) {
  /** A line for each table that the kernel has. */
  private static final Path NAMES = Path.of("/proc/thread-self/net");

  /**
   * Those of this network namespace.
   *
   * @param tables what {@code iptables-save} prints, which may be those of iptables-legacy
   * @return empty where there are none
   */
  Optional<LegacyRules> find(Tables tables) throws FirewallException {
    if (!isInForce(tables.family())) {
      return Optional.empty();
    }
    String iptables = name(tables.family());
    return Optional.of(
        run(iptables, "--version").contains("(legacy)")
            ? new LegacyRules(tables, /* standBeside= */ false)
            : new LegacyRules(saved(tables.family(), iptables), /* standBeside= */ true));
  }

  /** Where the tool is missing, the chains are known by their names. */
  private Tables saved(Family family, String iptables) throws FirewallException {
    String tool = iptables + "-legacy-save";
    try {
      return IptablesText.parse(family, run(tool));
    } catch (IllegalArgumentException e) {
      throw new FirewallException(
          "read the rules of iptables-legacy: output of " + tool + ": " + e.getMessage(), e);
    }
  }

  private String run(String... argv) throws FirewallException {
    String doing = "read the rules of iptables-legacy: ";
    try {
      Finished finished = commands.run(argv);
      if (!finished.isSuccess()) {
        throw new FirewallException(
            doing + argv[0] + " exited " + finished.exitStatus() + ": " + finished.firstError());
      }
      return finished.output();
    } catch (CommandException e) {
      if (e.isNotInstalled()) {
        return "";
      }
      throw new FirewallException(doing + e.getMessage(), e);
    }
  }

  private static boolean isInForce(Family family) {
    String file =
        switch (family) {
          case IPV4 -> "ip_tables_names";
          case IPV6 -> "ip6_tables_names";
        };
    try {
      return !Files.readString(NAMES.resolve(file)).isBlank();
    } catch (IOException noSuchModule) {
      return false;
    }
  }

  private static String name(Family family) {
    return switch (family) {
      case IPV4 -> "iptables";
      case IPV6 -> "ip6tables";
    };
  }
}
