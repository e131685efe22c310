package dev.hairpin.agent.cli;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.docker.DaemonSettings;
import dev.hairpin.agent.docker.DockerFiles;
import dev.hairpin.agent.docker.DockerInspection;
import dev.hairpin.agent.docker.EngineVersion;
import dev.hairpin.agent.docker.ImpossibleInputException;
import dev.hairpin.agent.plan.HostBefore;
import dev.hairpin.agent.plan.Planned;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.layouts.LayoutName;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code hairpin plan}. */
@Command(
    name = "plan",
    description =
        "Print the rules that an engine would write for these networks and containers. Needs neither"
            + " root nor a kernel, and changes nothing.")
final class PlanCommand implements Callable<Integer> {
  /** Which tool's words the rules are printed in. */
  enum Format {
    /** As {@code iptables-save}, without counters and dates. */
    IPTABLES,
    /** As {@code ip6tables-save}. */
    IP6TABLES
  }

  @Option(
      names = "--layout",
      paramLabel = "NAME",
      defaultValue = "docker20",
      description = "Whose rules: docker20 (dockerd 20.10 to 27).")
  private String layout;

  @Option(
      names = "--daemon-json",
      paramLabel = "FILE",
      required = true,
      description = "dockerd's configuration file.")
  private Path daemonJson;

  @Option(
      names = "--networks",
      paramLabel = "FILE",
      required = true,
      description = "The array that docker network inspect prints.")
  private Path networks;

  @Option(
      names = "--containers",
      paramLabel = "FILE",
      required = true,
      description = "The array that docker inspect prints.")
  private Path containers;

  @Option(
      names = "--format",
      paramLabel = "NAME",
      defaultValue = "iptables",
      description = "${COMPLETION-CANDIDATES}")
  private Format format;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws ConfigurationException {
    PrintWriter out = spec.commandLine().getOut();
    out.print(text(planned()));
    out.flush();
    return 0;
  }

  private Planned planned() throws ConfigurationException {
    LayoutName name = layoutName();
    DaemonSettings settings = DockerFiles.settings(daemonJson);
    DockerInspection inspection = DockerFiles.inspection(networks, containers, this::missing);
    EngineVersion engine = inspection.engine(name);
    try {
      return Planned.of(name.layout(), engine, settings, HostBefore.FRESH, inspection);
    } catch (ImpossibleInputException e) {
      throw new ConfigurationException(e.getMessage(), e);
    }
  }

  private LayoutName layoutName() throws ConfigurationException {
    try {
      return LayoutName.parse(layout);
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(e.getMessage(), e);
    }
  }

  private String text(Planned planned) {
    return switch (format) {
      case IPTABLES -> IptablesText.print(planned.tables(Family.IPV4));
      case IP6TABLES -> IptablesText.print(planned.tables(Family.IPV6));
    };
  }

  private void missing(String what) {
    Hairpin.say(spec.commandLine().getErr(), what);
  }
}
