package dev.hairpin.agent.cli;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.plan.LineDifference;
import dev.hairpin.agent.plan.Planned;
import dev.hairpin.rules.layouts.LayoutName;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code hairpin plan}. */
@Command(
    name = "plan",
    description =
        "Print the rules that an engine would write for its networks and containers. Changes nothing,"
            + " and needs neither root nor a kernel.",
    exitCodeListHeading = "Exit status:%n",
    exitCodeList = {
      "0:done; with --diff, nothing would change",
      "1:with --diff, something would change; or what was planned could not be written out",
      "2:bad input, or something can't be read; nothing is printed"
    })
final class PlanCommand implements Callable<Integer> {
  /** What --diff alone is set to: the rules of this host. No argument can hold this character. */
  private static final String THIS_HOST = "\0";

  @Mixin private PlanInput input;

  @Option(
      names = "--format",
      paramLabel = "NAME",
      description =
          "In whose words: iptables (as iptables-save, without counters), ip6tables, nft (as nft list"
              + " ruleset), or json (an array of rules, of both families). Without it, iptables, and"
              + " nft for a layout that is written with it.")
  private Optional<PlanFormat> format = Optional.empty();

  @Option(
      names = "--explain",
      description = "Under each rule, what it is for, and whose port it serves.")
  private boolean explain;

  @Option(
      names = "--diff",
      paramLabel = "FILE",
      arity = "0..1",
      fallbackValue = THIS_HOST,
      description =
          "What would change in the rules that were saved in a file with iptables-save or nft list"
              + " ruleset; without a file, in those of this host (as root). Rules of others are left"
              + " alone, as they would be.")
  private Optional<String> diff = Optional.empty();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws ConfigurationException, IOException {
    LayoutName layout = input.layout();
    PlanFormat wanted = format.orElse(PlanFormat.of(layout));
    if (diff.isPresent() && (explain || wanted == PlanFormat.JSON)) {
      throw new ConfigurationException(
          "--diff shows lines of rules; leave out --explain and --format json");
    }
    if (diff.isPresent() && diff.get().isEmpty()) {
      throw new ConfigurationException(
          "--diff has an empty name; --diff alone means the rules of this host");
    }
    // What can't be planned is one line, so these wait until it can.
    List<String> notes = new ArrayList<>();
    Planned planned = input.planned(notes::add);
    if (diff.isEmpty()) {
      wanted.lackIn(layout).ifPresent(notes::add);
    }
    notes.addAll(planned.leftToProxy());
    notes.forEach(note -> Hairpin.say(spec.commandLine().getErr(), note));
    return diff.isPresent() ? compare(planned, wanted, diff.get()) : print(planned, wanted);
  }

  private int print(Planned planned, PlanFormat wanted) {
    PrintWriter out = spec.commandLine().getOut();
    out.print(new PlanText(planned, explain).text(wanted));
    out.flush();
    return 0;
  }

  private int compare(Planned planned, PlanFormat wanted, String with)
      throws ConfigurationException, IOException {
    PlanDifference difference = new PlanDifference(planned, input.layout().keyword());
    List<LineDifference> changes =
        with.equals(THIS_HOST) ? difference.withHost() : difference.withFile(Path.of(with), wanted);
    PrintWriter out = spec.commandLine().getOut();
    changes.stream()
        .flatMap(change -> change.lines().stream())
        .map(PlanCommand::coloured)
        .forEach(out::println);
    out.flush();
    return changes.stream().allMatch(LineDifference::isEmpty) ? 0 : 1;
  }

  /** In colours where a person looks. */
  private static String coloured(String line) {
    String printable = Printable.withTabs(line);
    if (!Help.Ansi.AUTO.enabled()) {
      return printable;
    }
    return switch (line.isEmpty() ? ' ' : line.charAt(0)) {
      case '+' -> coloured(Help.Ansi.Style.fg_green, printable);
      case '-' -> coloured(Help.Ansi.Style.fg_red, printable);
      case '@' -> coloured(Help.Ansi.Style.fg_cyan, printable);
      default -> printable;
    };
  }

  private static String coloured(Help.Ansi.Style colour, String text) {
    return colour.on() + text + colour.off();
  }
}
