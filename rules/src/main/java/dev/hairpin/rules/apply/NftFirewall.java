package dev.hairpin.rules.apply;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.apply.CommandRunner.Finished;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.nftables.NftJson;
import dev.hairpin.rules.plan.NftChange;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** nftables' own tables as nft shows and changes them: one process to read, one to change. */
final class NftFirewall {
  private static final Logger log = LoggerFactory.getLogger(NftFirewall.class);

  /** {@code /dev/stdin:2:15-21: Error: Could not process rule: No such file or directory}. */
  private static final Pattern ERROR = Pattern.compile("^[^:]+:(\\d+):[-\\d]+: Error: (.*)");

  private static final String NO_SUCH_TABLE = "No such file or directory";

  private final CommandRunner commands;

  NftFirewall(CommandRunner commands) {
    this.commands = requireNonNull(commands, "commands");
  }

  /** Also false for an nft that was built without JSON, or over a kernel without nftables. */
  boolean canRead() throws FirewallException {
    try {
      Finished listed = commands.run("nft", "-j", "list", "tables");
      if (!listed.isSuccess()) {
        log.debug("nft exited {}: {}", listed.exitStatus(), listed.firstError());
      }
      return listed.isSuccess();
    } catch (CommandException e) {
      if (e.isNotInstalled()) {
        return false;
      }
      throw new FirewallException("list nftables' own tables: " + e.getMessage(), e);
    }
  }

  /**
   * Those of a family's tables that are asked for and there.
   *
   * @param names at least one
   */
  List<NftTable> observe(Family family, Set<String> names) throws FirewallException {
    String doing = "read the " + IptablesFirewall.name(family) + " rules";
    // Other tables may be large, and those of iptables are read by its own tools.
    List<String> which =
        names.size() == 1
            ? List.of("nft", "-j", "list", "table", family.keyword(), names.iterator().next())
            : List.of("nft", "-j", "list", "ruleset", family.keyword());
    Finished listed = run(doing, which, "");
    if (listed.exitStatus() == 1 && listed.errors().contains(NO_SUCH_TABLE)) {
      return List.of();
    }
    if (!listed.isSuccess()) {
      throw new FirewallException(
          doing + ": nft exited " + listed.exitStatus() + ": " + listed.firstError());
    }
    try {
      return NftJson.read(listed.output(), family).stream()
          .filter(table -> !table.inet() && names.contains(table.name()))
          .toList();
    } catch (IllegalArgumentException e) {
      throw new FirewallException(doing + ": " + e.getMessage(), e);
    }
  }

  /** Changes everything at once, or nothing. */
  void apply(Family family, List<NftChange> changes) throws FirewallException {
    String doing = "change the " + IptablesFirewall.name(family) + " rules";
    NftScript script;
    try {
      script = NftScript.of(family, changes);
    } catch (IllegalArgumentException e) {
      throw new FirewallException(doing + ": " + e.getMessage(), e);
    }
    log.debug("nft -f -:\n{}", script);
    Finished finished = run(doing, List.of("nft", "-f", "-"), script.text());
    if (!finished.isSuccess()) {
      throw new FirewallException(
          doing + ": nft exited " + finished.exitStatus() + what(finished, script));
    }
  }

  private Finished run(String doing, List<String> argv, String input) throws FirewallException {
    try {
      return commands.run(argv, input, CommandRunner.DEADLINE);
    } catch (CommandException e) {
      throw new FirewallException(doing + ": " + e.getMessage(), e);
    }
  }

  private static String what(Finished finished, NftScript script) {
    Matcher error = ERROR.matcher(finished.firstError());
    if (!error.matches()) {
      return ": " + finished.firstError();
    }
    Optional<String> line = script.line(Integer.parseInt(error.group(1)));
    return line.map(text -> " at line " + error.group(1) + " (\"" + text + "\")").orElse("")
        + ": "
        + error.group(2);
  }
}
