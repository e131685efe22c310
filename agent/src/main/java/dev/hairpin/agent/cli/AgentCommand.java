package dev.hairpin.agent.cli;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.reconcile.Standing;
import dev.hairpin.rules.layouts.LayoutName;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code hairpin agent}. */
@Command(
    name = "agent",
    description = {
      "Keep this network namespace's rules and sockets in step with Docker and with what was"
          + " published; runs in the foreground until SIGTERM.",
      "What it wrote stays when it ends, so that traffic goes on; --teardown or \"hairpin down\""
          + " takes it away."
    })
final class AgentCommand implements Callable<Integer> {
  @Mixin private AgentDirectories directories;

  @Option(
      names = "--docker-host",
      paramLabel = "URL",
      defaultValue = "unix:///var/run/docker.sock",
      description = "Where dockerd listens (${DEFAULT-VALUE}).")
  private String dockerHost;

  @Option(names = "--no-docker", description = "Serve network namespaces only.")
  private boolean noDocker;

  @Option(
      names = "--wait-for-docker",
      description = "Begin also while dockerd is not up yet: it may need our docker-proxy first.")
  private boolean waitForDocker;

  @Option(
      names = "--userland-proxy",
      paramLabel = "true|false",
      arity = "1",
      defaultValue = "true",
      description = "Serve loopback and a container's own network by a proxy, as dockerd's option.")
  private boolean userlandProxy;

  @Option(
      names = "--ip6tables",
      paramLabel = "true|false",
      arity = "1",
      defaultValue = "true",
      description = "Write IPv6 rules when a network has IPv6.")
  private boolean ip6tables;

  @Option(
      names = "--ip-forward-no-drop",
      description = "Leave the FORWARD policy alone also when forwarding was off before.")
  private boolean ipForwardNoDrop;

  @ArgGroup private StandingChoice standing;

  @Option(names = "--teardown", description = "Take everything away when the agent ends.")
  private boolean teardown;

  @Option(
      names = "--layout",
      paramLabel = "NAME",
      defaultValue = "docker20",
      description =
          "Whose rules to write: docker20, as dockerd 20.10 to 27; docker28, as 28.2 to 28.5;"
              + " docker29, as 29 with iptables.")
  private String layout;

  private LayoutName layoutName() throws ConfigurationException {
    try {
      return LayoutName.parse(layout);
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(e.getMessage(), e);
    }
  }

  /** How to stand to dockerd's own rules. */
  private static final class StandingChoice {
    @Option(
        names = "--replace",
        description = "dockerd writes no rules (--iptables=false); all are ours.")
    private boolean replace;

    @Option(
        names = "--beside",
        description = "dockerd writes its own rules; ours serve labels and namespaces.")
    private boolean beside;

    Standing standing() {
      // picocli lets through exactly one of the two.
      return beside && !replace ? Standing.BESIDE : Standing.REPLACE;
    }
  }

  @Override
  public Integer call() throws ConfigurationException, IOException {
    return AgentProcess.run(
        new AgentOptions(
            directories.run(),
            directories.state(),
            noDocker ? Optional.empty() : Optional.of(dockerHost),
            waitForDocker,
            userlandProxy,
            ip6tables,
            !ipForwardNoDrop,
            Optional.ofNullable(standing).map(StandingChoice::standing),
            teardown,
            layoutName()));
  }
}
