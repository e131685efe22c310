package dev.hairpin.rules.apply;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.apply.CommandRunner.Finished;
import dev.hairpin.rules.drafting.OurConnections;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.plan.Change;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The rules as iptables' tools show and change them: one process to read, one to change. */
final class IptablesFirewall {
  private static final Logger log = LoggerFactory.getLogger(IptablesFirewall.class);

  /** Both wordings of iptables 1.8: "line 10 failed" and "Error occurred at line: 8". */
  private static final Pattern LINE_NUMBER = Pattern.compile("\\bline:? (\\d+)");

  /** What the nf_tables version says of tables that the kernel keeps for the legacy one. */
  private static final String OTHER_TABLES = "-legacy tables present";

  /** {@code iptables v1.8.9 (nf_tables)}; the other kind says legacy. */
  private static final String OVER_NFTABLES = "(nf_tables)";

  private final CommandRunner commands;
  private final Set<Family> warned = EnumSet.noneOf(Family.class);
  private final Map<Family, String> versions = new EnumMap<>(Family.class);

  IptablesFirewall(CommandRunner commands) {
    this.commands = requireNonNull(commands, "commands");
  }

  /** Once it was, it isn't looked for again. */
  boolean isInstalled() throws FirewallException {
    return version(Family.IPV4).isPresent();
  }

  /** Whether nothing of a family can change unless the kernel's nf_tables says so. */
  boolean isCountedByNftables(Family family) throws FirewallException {
    return version(family).map(text -> text.contains(OVER_NFTABLES)).orElse(true);
  }

  /** What its tool says; empty when there is none. */
  private Optional<String> version(Family family) throws FirewallException {
    if (!versions.containsKey(family)) {
      try {
        versions.put(family, commands.run(tool(family), "--version").output());
      } catch (CommandException e) {
        if (!e.isNotInstalled()) {
          throw new FirewallException("look for " + tool(family) + ": " + e.getMessage(), e);
        }
      }
    }
    return Optional.ofNullable(versions.get(family));
  }

  /** Tried where no packet comes by: in a network namespace that is gone when the tool is. */
  boolean canAskForLabels() throws FirewallException {
    Rule rule =
        Rule.rule(Reason.UNKNOWN)
            .when(new Match.ConnectionLabel(OurConnections.LABEL))
            .then(Action.accept());
    String script =
        RestoreScript.of(List.of(new Change.AppendRule(Table.FILTER, Hook.FORWARD.name(), rule)))
            .text();
    try {
      Finished tried =
          commands.run(
              List.of("unshare", "--net", "--", "iptables-restore", "--wait"),
              script,
              CommandRunner.DEADLINE);
      if (!tried.isSuccess()) {
        log.debug("iptables-restore exited {}: {}", tried.exitStatus(), tried.firstError());
      }
      return tried.isSuccess();
    } catch (CommandException e) {
      if (e.isNotInstalled()) {
        return false;
      }
      throw new FirewallException("look for labels in iptables: " + e.getMessage(), e);
    }
  }

  /** All of a family's tables. */
  List<Chain> observe(Family family) throws FirewallException {
    String tool = tool(family) + "-save";
    String doing = "read the " + name(family) + " rules";
    Finished saved = run(doing, List.of(tool), "");
    if (!saved.isSuccess()) {
      throw new FirewallException(
          doing + ": " + tool + " exited " + saved.exitStatus() + ": " + saved.firstError());
    }
    warnOfOtherTables(family, saved);
    try {
      return IptablesText.parse(family, saved.output()).chains();
    } catch (IllegalArgumentException e) {
      throw new FirewallException(doing + ": output of " + tool + ": " + e.getMessage(), e);
    }
  }

  /** Packets meet both kinds of tables, and we see one: what the other drops stays dropped. */
  private void warnOfOtherTables(Family family, Finished saved) {
    if (saved.errors().contains(OTHER_TABLES) && warned.add(family)) {
      log.warn(
          "{} rules of iptables-legacy are in force here as well, and are not looked at; what they"
              + " drop stays dropped, {}-legacy-save shows them",
          name(family),
          tool(family));
    }
  }

  void apply(Family family, List<Change.OfIptables> changes) throws FirewallException {
    String doing = "change the " + name(family) + " rules";
    RestoreScript script;
    try {
      script = RestoreScript.of(changes);
    } catch (IllegalArgumentException e) {
      throw new FirewallException(doing + ": " + e.getMessage(), e);
    }
    String tool = tool(family) + "-restore";
    if (log.isDebugEnabled()) {
      log.debug("{} --noflush:\n{}", tool, script.text());
    }
    // Another program may be changing rules; --wait queues behind its lock.
    Finished restored = run(doing, List.of(tool, "--noflush", "--wait"), script.text());
    if (!restored.isSuccess()) {
      throw new FirewallException(
          doing + ": " + tool + " exited " + restored.exitStatus() + where(restored, script));
    }
  }

  private Finished run(String doing, List<String> argv, String input) throws FirewallException {
    try {
      return commands.run(argv, input, CommandRunner.DEADLINE);
    } catch (CommandException e) {
      throw new FirewallException(doing + ": " + e.getMessage(), e);
    }
  }

  private static String where(Finished restored, RestoreScript script) {
    Matcher number = LINE_NUMBER.matcher(restored.errors());
    Optional<String> line =
        number.find() ? script.line(Integer.parseInt(number.group(1))) : Optional.empty();
    return line.map(text -> " at line " + number.group(1) + " (\"" + text + "\")").orElse("")
        + ": "
        + restored.firstError();
  }

  private static String tool(Family family) {
    return switch (family) {
      case IPV4 -> "iptables";
      case IPV6 -> "ip6tables";
    };
  }

  /** As people say it: {@code IPv4}. */
  static String name(Family family) {
    return switch (family) {
      case IPV4 -> "IPv4";
      case IPV6 -> "IPv6";
    };
  }
}
