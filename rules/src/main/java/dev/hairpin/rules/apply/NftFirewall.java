package dev.hairpin.rules.apply;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.toUnmodifiableSet;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.apply.CommandRunner.Finished;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.nftables.NftJson;
import dev.hairpin.rules.nftables.NftText;
import dev.hairpin.rules.plan.NftChange;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * nftables' own tables as nft shows and changes them: one process to read, one to change. Where
 * tables are owned they are changed in this process, whose socket owns them.
 */
final class NftFirewall {
  private static final Logger log = LoggerFactory.getLogger(NftFirewall.class);

  /** {@code /dev/stdin:2:15-21: Error: Could not process rule: No such file or directory}. */
  private static final Pattern ERROR = Pattern.compile("^[^:]+:(\\d+):[-\\d]+: Error: (.*)");

  private static final String NO_SUCH_TABLE = "No such file or directory";

  /** What iptables-nft calls its tables. */
  private static final Set<String> IPTABLES =
      Stream.of(Table.values()).map(Table::keyword).collect(toUnmodifiableSet());

  /** Tried, and never carried out. */
  private static final String OWNED_TABLE =
      "add table ip hairpin-probe { " + NftText.flags(NftTable.OWNED) + "; }\n";

  private final CommandRunner commands;
  private final NftContext.Opener opener;
  private Optional<NftThread> owner = Optional.empty();
  private boolean askedForOwner;

  NftFirewall(CommandRunner commands, NftContext.Opener opener) {
    this.commands = requireNonNull(commands, "commands");
    this.opener = requireNonNull(opener, "opener");
  }

  /** See {@link Firewall#canOwnTables}. */
  boolean canOwnTables() throws FirewallException {
    if (!askedForOwner) {
      owner = openOwner();
      askedForOwner = true;
    }
    return owner.isPresent();
  }

  /** The process is asked first: where it doesn't know the flags it can't read such a table. */
  private Optional<NftThread> openOwner() throws FirewallException {
    String doing = "look whether tables can be owned";
    if (!accepts(run(doing, List.of("nft", "-c", "-f", "-"), OWNED_TABLE))) {
      return Optional.empty();
    }
    try {
      NftThread opened = NftThread.open(opener, CommandRunner.DEADLINE);
      return accepts(opened.check(OWNED_TABLE, CommandRunner.DEADLINE))
          ? Optional.of(opened)
          : Optional.empty();
    } catch (CommandException e) {
      log.info("{}: {}; other programs can change ours", doing, e.getMessage());
      return Optional.empty();
    }
  }

  private static boolean accepts(Finished checked) {
    if (!checked.isSuccess()) {
      log.info("nft and this kernel can't have tables owned; other programs can change ours");
      log.debug("nft exited {}: {}", checked.exitStatus(), checked.firstError());
    }
    return checked.isSuccess();
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
    return list(doing, family, which).stream()
        .filter(table -> !table.inet() && names.contains(table.name()))
        .toList();
  }

  /**
   * All that packets of a family meet.
   *
   * @param iptablesHasSome whether iptables keeps its tables in nftables, and shows them itself
   */
  List<NftTable> observeAll(Family family, boolean iptablesHasSome) throws FirewallException {
    String doing = "read everybody's rules";
    return list(doing, family, List.of("nft", "-j", "list", "ruleset")).stream()
        .filter(table -> !iptablesHasSome || table.inet() || !IPTABLES.contains(table.name()))
        .toList();
  }

  private List<NftTable> list(String doing, Family family, List<String> argv)
      throws FirewallException {
    Finished listed = run(doing, argv, "");
    if (listed.exitStatus() == 1 && listed.errors().contains(NO_SUCH_TABLE)) {
      return List.of();
    }
    if (!listed.isSuccess()) {
      throw new FirewallException(
          doing + ": nft exited " + listed.exitStatus() + ": " + listed.firstError());
    }
    try {
      return NftJson.read(listed.output(), family);
    } catch (IllegalArgumentException e) {
      throw new FirewallException(doing + ": output of nft: " + e.getMessage(), e);
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
    Finished finished = carryOut(doing, script.text());
    if (!finished.isSuccess()) {
      throw new FirewallException(
          doing + ": nft exited " + finished.exitStatus() + what(finished, script));
    }
  }

  private Finished carryOut(String doing, String script) throws FirewallException {
    if (owner.isEmpty()) {
      return run(doing, List.of("nft", "-f", "-"), script);
    }
    try {
      return owner.get().run(script, CommandRunner.DEADLINE);
    } catch (CommandException e) {
      throw new FirewallException(doing + ": " + e.getMessage(), e);
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
