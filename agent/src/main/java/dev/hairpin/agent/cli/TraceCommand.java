package dev.hairpin.agent.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.InputFile;
import dev.hairpin.agent.sighting.KernelLog;
import dev.hairpin.agent.sighting.SeenPacket;
import dev.hairpin.agent.sighting.Sighting;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Tables;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code hairpin trace}. */
@Command(
    name = "trace",
    description = {
      "Read what the kernel's log tells of packets (the targets LOG and TRACE, ebtables --log), and"
          + " tell each packet's way.",
      "For LOG, the prefix has to name table and chain, such as \"[debug]-nat-PREROUTING:\"."
    })
final class TraceCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--read",
      paramLabel = "FILE",
      required = true,
      description = "Lines of the kernel's log, as dmesg or a syslog has them.")
  private Path log;

  @Option(
      names = "--rules",
      paramLabel = "FILE",
      description = "What iptables-save printed then, to show the rules that matched.")
  private Optional<Path> rules = Optional.empty();

  @Override
  public Integer call() throws ConfigurationException {
    List<Sighting> sightings = KernelLog.sightings(text(log).lines());
    if (sightings.isEmpty()) {
      throw new ConfigurationException(
          "read "
              + log
              + ": no line is of netfilter's targets LOG and TRACE; such a line has \"TRACE:"
              + " nat:PREROUTING:rule:1 IN=\" or, behind a prefix that names table and chain, \"IN=\"");
    }
    Family family = sightings.getFirst().header().source().family();
    Optional<Tables> known =
        rules.isPresent() ? Optional.of(saved(family, rules.get())) : Optional.empty();
    PrintWriter out = spec.commandLine().getOut();
    new SeenText(out, known, Help.Ansi.AUTO.enabled()).print(SeenPacket.among(sightings));
    out.flush();
    return 0;
  }

  private static Tables saved(Family family, Path file) throws ConfigurationException {
    try {
      return IptablesText.parse(family, text(file));
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException("read " + file + ": " + e.getMessage(), e);
    }
  }

  private static String text(Path file) throws ConfigurationException {
    return new String(InputFile.read(file), UTF_8);
  }
}
