package dev.hairpin.agent.cli;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.proxies.DialFrom;
import dev.hairpin.agent.reconcile.Forwarding;
import dev.hairpin.agent.reconcile.Standing;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.binding.PacketMark;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.binding.UserText;
import dev.hairpin.rules.layouts.LayoutName;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code hairpin agent}. */
@Command(
    name = "agent",
    description = {
      "Keep this network namespace's rules and sockets in step with Docker and with what was"
          + " published; runs in the foreground until SIGTERM.",
      "What it wrote stays when it ends, so that traffic goes on, and so do its sockets, where"
          + " clients wait for the next agent; --teardown or \"hairpin down\" takes it all away."
    })
final class AgentCommand implements Callable<Integer> {
  /** Names the file that the other options may be in. */
  static final String CONFIG = "--config";

  private static final Path DEFAULT_CONFIGURATION = Path.of("/etc/hairpin/agent.properties");

  @Spec private CommandSpec spec;
  @Mixin private AgentDirectories directories;

  @Option(
      names = CONFIG,
      paramLabel = "FILE",
      description =
          "Options that are not given here, one on each line, such as layout=docker28 (env"
              + " HAIRPIN_CONFIG; /etc/hairpin/agent.properties if it is there).")
  private Path configuration;

  @Option(
      names = "--layout",
      paramLabel = "NAME",
      converter = LayoutConverter.class,
      description = {
        "Whose rules to write: docker20 (dockerd 20.10 to 27), docker28 (28.2 to 28.5), docker29 (29"
            + " with iptables) or docker29-nft (29 with nftables).",
        "Without it those that are in force; else those that this host had last; else docker20."
      })
  private LayoutName layout;

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
      names = "--dial",
      paramLabel = "bridge|namespace",
      defaultValue = "bridge",
      converter = DialConverter.class,
      description = {
        "Where the proxy opens its sockets to containers (${DEFAULT-VALUE}). From namespace, the"
            + " container's own, over no bridge and unseen by the host's firewall; also services that"
            + " listen only on the container's 127.0.0.1 are reached then.",
        "The container sees its own address as the sender, or 127.0.0.1 in the last case; beware"
            + " where it trusts that."
      })
  private DialFrom dialFrom;

  @Option(
      names = "--ip6tables",
      paramLabel = "true|false",
      arity = "1",
      defaultValue = "true",
      description = "Write IPv6 rules when a network has IPv6.")
  private boolean ip6tables;

  @Option(
      names = "--ip-forward",
      paramLabel = "true|false",
      arity = "1",
      defaultValue = "true",
      description = "Switch forwarding on where a network needs it; false leaves it alone.")
  private boolean ipForward;

  @Option(
      names = "--ip-forward-no-drop",
      description = "Leave the FORWARD policy alone also when forwarding was off before.")
  private boolean ipForwardNoDrop;

  @Option(
      names = "--allow-direct-routing",
      description = "Let containers be addressed directly, from docker28 on.")
  private boolean allowDirectRouting;

  @Option(
      names = "--bridge-accept-fwmark",
      paramLabel = "MARK[/MASK]",
      converter = MarkConverter.class,
      description = "Let packets with this mark pass to all containers, from docker29 on.")
  private PacketMark bridgeAcceptMark;

  @Option(
      names = "--metrics",
      paramLabel = "ADDRESS:PORT",
      converter = LoopbackConverter.class,
      description = "Serve Prometheus metrics of the proxy there, on a loopback address.")
  private InetSocketAddress metrics;

  @ArgGroup private StandingChoice standing;

  @Option(names = "--teardown", description = "Take everything away when the agent ends.")
  private boolean teardown;

  /** How to stand to dockerd's own rules. */
  private static final class StandingChoice {
    @Option(
        names = "--replace",
        description = "dockerd writes no rules (--iptables=false); all are ours.")
    private boolean replace;

    @Option(
        names = "--beside",
        description =
            "dockerd writes its own rules; ours serve labels and namespaces, in a table of"
                + " nftables' where that can be, in iptables alone where --layout is one of"
                + " iptables'.")
    private boolean beside;

    Standing standing() {
      // picocli lets through exactly one of the two.
      return beside && !replace ? Standing.BESIDE : Standing.REPLACE;
    }
  }

  @Override
  public Integer call() throws ConfigurationException, IOException {
    Optional<Path> file = configurationFile();
    AgentCommand complete =
        file.isEmpty()
            ? this
            : AgentConfiguration.complete(file.get(), spec.commandLine().getParseResult());
    return AgentProcess.run(complete.options());
  }

  private Optional<Path> configurationFile() {
    String named = System.getenv("HAIRPIN_CONFIG");
    if (configuration != null) {
      return Optional.of(configuration);
    }
    return named != null && !named.isEmpty()
        ? Optional.of(Path.of(named))
        : Optional.of(DEFAULT_CONFIGURATION).filter(Files::exists);
  }

  AgentOptions options() {
    return new AgentOptions(
        directories.run(),
        directories.state(),
        noDocker ? Optional.empty() : Optional.of(dockerHost),
        waitForDocker,
        Optional.ofNullable(layout),
        userlandProxy ? ProxyMode.USERLAND : ProxyMode.HAIRPIN,
        dialFrom,
        ip6tables,
        forwarding(),
        allowDirectRouting,
        Optional.ofNullable(bridgeAcceptMark),
        Optional.ofNullable(standing).map(StandingChoice::standing),
        Optional.ofNullable(metrics),
        teardown);
  }

  private Forwarding forwarding() {
    if (!ipForward) {
      return Forwarding.LEFT_ALONE;
    }
    return ipForwardNoDrop ? Forwarding.ON : Forwarding.ON_AND_DROP_OTHERS;
  }

  /** Tells picocli. */
  static final class LayoutConverter implements ITypeConverter<LayoutName> {
    @Override
    public LayoutName convert(String text) {
      try {
        return LayoutName.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  /** Tells picocli. */
  static final class DialConverter implements ITypeConverter<DialFrom> {
    @Override
    public DialFrom convert(String text) {
      return switch (text) {
        case "bridge" -> DialFrom.BRIDGE;
        case "namespace" -> DialFrom.NAMESPACE;
        default ->
            throw new TypeConversionException(
                UserText.quoted(text) + " is neither \"bridge\" nor \"namespace\"");
      };
    }
  }

  /** Tells picocli. */
  static final class LoopbackConverter implements ITypeConverter<InetSocketAddress> {
    @Override
    public InetSocketAddress convert(String text) {
      int colon = text.lastIndexOf(':');
      if (colon < 0) {
        throw new TypeConversionException(
            UserText.quoted(text) + " has no port; write 127.0.0.1:9105");
      }
      try {
        IpAddress address = IpAddress.parse(withoutBrackets(text.substring(0, colon)));
        int port = Integer.parseInt(text, colon + 1, text.length(), 10);
        if (!address.isLoopback()) {
          throw new TypeConversionException(
              address + " is no loopback address; others must not read who publishes what");
        }
        return new InetSocketAddress(address.inet(), port);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(
            "\""
                + text
                + "\" is no address and port ("
                + e.getMessage()
                + "); write 127.0.0.1:9105");
      }
    }

    private static String withoutBrackets(String address) {
      return address.startsWith("[") && address.endsWith("]")
          ? address.substring(1, address.length() - 1)
          : address;
    }
  }

  /** Tells picocli. */
  static final class MarkConverter implements ITypeConverter<PacketMark> {
    @Override
    public PacketMark convert(String text) {
      try {
        return PacketMark.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
