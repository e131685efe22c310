package dev.hairpin.agent.cli;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.docker.DaemonSettings;
import dev.hairpin.agent.docker.DockerFiles;
import dev.hairpin.agent.docker.DockerHost;
import dev.hairpin.agent.docker.DockerInspection;
import dev.hairpin.agent.docker.DockerUnreachableException;
import dev.hairpin.agent.docker.EngineVersion;
import dev.hairpin.agent.docker.ImpossibleInputException;
import dev.hairpin.agent.docker.LiveInspection;
import dev.hairpin.agent.plan.Engine;
import dev.hairpin.agent.plan.EngineSwitch;
import dev.hairpin.agent.plan.HostBefore;
import dev.hairpin.agent.plan.Planned;
import dev.hairpin.rules.layouts.LayoutName;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import picocli.CommandLine.Option;

/** What {@code hairpin plan} works from. */
final class PlanInput {
  @Option(
      names = "--layout",
      paramLabel = "NAME",
      defaultValue = "docker20",
      description =
          "Whose rules: docker20 (dockerd 20.10 to 27), docker28 (28.2 to 28.5), docker29 (29 with"
              + " iptables) or docker29-nft (29 with nftables); ${DEFAULT-VALUE} if not given.")
  private String layout;

  @Option(
      names = "--engine",
      paramLabel = "VERSION",
      description =
          "Which engine of those that write this layout, such as 20.10 or 27.5. Without it, what the"
              + " files tell, else 26.1, 28.5 or 29.0; 20.10, for one, makes no DOCKER-USER for"
              + " IPv6, and shows itself by the empty list of subnets that it prints for the network"
              + " none.")
  private Optional<String> engine = Optional.empty();

  @Option(
      names = "--daemon-json",
      paramLabel = "FILE",
      description = "dockerd's configuration file. Without it, the engine's defaults.")
  private Optional<Path> daemonJson = Optional.empty();

  @Option(
      names = "--networks",
      paramLabel = "FILE",
      description = "The array that docker network inspect prints, of all networks.")
  private Optional<Path> networks = Optional.empty();

  @Option(
      names = "--containers",
      paramLabel = "FILE",
      description =
          "The array that docker inspect prints, of all containers. Those that don't run matter too:"
              + " what they had opened stays, empty.")
  private Optional<Path> containers = Optional.empty();

  @Option(
      names = "--docker-host",
      paramLabel = "URL",
      defaultValue = "unix:///var/run/docker.sock",
      description = "Which dockerd to ask when there are no files (${DEFAULT-VALUE}).")
  private String dockerHost;

  @Option(
      names = "--env",
      paramLabel = "NAME=VALUE",
      description =
          "What dockerd has in its environment, such as DOCKER_INSECURE_NO_IPTABLES_RAW=1; may be"
              + " given several times.")
  private List<String> environment = List.of();

  @Option(
      names = "--sysctl",
      paramLabel = "NAME=VALUE",
      description =
          "How the host was before the engine started, such as net.ipv4.ip_forward=1; may be given"
              + " several times. Without it nothing was forwarded, so FORWARD's policy becomes DROP.")
  private List<String> sysctls = List.of();

  LayoutName layout() throws ConfigurationException {
    return understood(() -> LayoutName.parse(layout));
  }

  /**
   * Works it out.
   *
   * @param notes is told of what isn't there, and of what means nothing here
   */
  Planned planned(Consumer<String> notes) throws ConfigurationException {
    LayoutName name = layout();
    Set<EngineSwitch> switches = switches();
    HostBefore host = understood(() -> HostBefore.with(sysctls));
    Optional<EngineVersion> named = namedEngine();
    DaemonSettings settings =
        daemonJson.isPresent() ? DockerFiles.settings(daemonJson.get()) : DaemonSettings.DEFAULTS;
    try {
      DockerInspection inspection = inspection(notes);
      EngineVersion version = named.orElseGet(() -> inspection.engine(name, settings));
      Engine whose = Engine.of(name, version, settings, switches);
      whose.unknown().forEach(notes);
      return Planned.of(whose, host, inspection);
    } catch (ImpossibleInputException e) {
      throw new ConfigurationException(e.getMessage(), e);
    }
  }

  private Optional<EngineVersion> namedEngine() throws ConfigurationException {
    return engine.isEmpty()
        ? Optional.empty()
        : Optional.of(understood(() -> EngineVersion.parse(engine.get())));
  }

  private Set<EngineSwitch> switches() throws ConfigurationException {
    Set<EngineSwitch> on = EnumSet.noneOf(EngineSwitch.class);
    for (String text : environment) {
      understood(() -> EngineSwitch.parse(text)).ifPresent(on::add);
    }
    return on;
  }

  private DockerInspection inspection(Consumer<String> missing) throws ConfigurationException {
    if (networks.isPresent() && containers.isPresent()) {
      return DockerFiles.inspection(networks.get(), containers.get(), missing);
    }
    if (networks.isPresent() || containers.isPresent()) {
      throw new ConfigurationException(
          "--networks and --containers go together: what docker network inspect prints of all"
              + " networks, and docker inspect of all containers");
    }
    DockerHost host = understood(() -> DockerHost.parse(dockerHost));
    try {
      return LiveInspection.of(host, missing);
    } catch (DockerUnreachableException e) {
      throw new ConfigurationException(e.getMessage() + "; or give --networks and --containers", e);
    }
  }

  private static <T> T understood(Supplier<T> reading) throws ConfigurationException {
    try {
      return reading.get();
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(e.getMessage(), e);
    }
  }
}
