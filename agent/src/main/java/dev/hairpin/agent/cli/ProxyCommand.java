package dev.hairpin.agent.cli;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.netns.NetworkNamespace;
import dev.hairpin.agent.proxies.PortHolder;
import dev.hairpin.agent.proxies.ProxyPool;
import dev.hairpin.proxy.PortUnavailableException;
import dev.hairpin.proxy.PortUnavailableException.Reason;
import dev.hairpin.proxy.ProxySettings;
import dev.hairpin.proxy.Transport;
import dev.hairpin.proxy.UserlandProxy;
import dev.hairpin.proxy.posix.HeldNamespace;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.ProxyHeader;
import dev.hairpin.rules.binding.UserText;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code hairpin proxy}. */
@Command(
    name = "proxy",
    description = {
      "Relay one port in the foreground, until SIGINT or SIGTERM; needs no agent and no Docker.",
      "The options are docker-proxy's. Ports below 1024 need root."
    })
final class ProxyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = {"-proto", "--proto"},
      paramLabel = "tcp|udp|sctp",
      defaultValue = "tcp",
      converter = TransportConverter.class,
      description = "What to relay (${DEFAULT-VALUE}).")
  private Transport transport;

  @Option(
      names = {"-host-ip", "--host-ip"},
      defaultValue = "0.0.0.0",
      paramLabel = "IP",
      converter = AddressConverter.class,
      description =
          "Where to listen (${DEFAULT-VALUE}, every IPv4 address; :: is every IPv6 address).")
  private IpAddress hostAddress;

  @Option(
      names = {"-host-port", "--host-port"},
      required = true,
      paramLabel = "PORT",
      converter = PortConverter.class,
      description = "Where to listen.")
  private int hostPort;

  @Option(
      names = {"-container-ip", "--container-ip"},
      required = true,
      paramLabel = "IP",
      converter = AddressConverter.class,
      description = "Where to send what arrives; may be of the other family.")
  private IpAddress containerAddress;

  @Option(
      names = {"-container-port", "--container-port"},
      required = true,
      paramLabel = "PORT",
      converter = PortConverter.class,
      description = "Where to send what arrives.")
  private int containerPort;

  @Option(
      names = "--proxy-protocol",
      paramLabel = "v1|v2",
      converter = HeaderConverter.class,
      description =
          "Begin each connection with the PROXY protocol, which says who it is from; TCP only.")
  private ProxyHeader header = ProxyHeader.NONE;

  @Option(
      names = "--dial-namespace",
      paramLabel = "NAME|PATH|PID",
      description = {
        "Open the sockets to the container inside its network namespace: one of ip netns, a file, or"
            + " a process's. Needs root.",
        "They are then over no bridge, from the container's own address; where that refuses, from and"
            + " to its 127.0.0.1 or ::1 (TCP)."
      })
  private String dialNamespace;

  // Part of a command line that was copied from a dockerd 28's docker-proxy.
  @Option(
      names = {"-use-listen-fd", "--use-listen-fd"},
      hidden = true)
  private boolean usesPassedSocket;

  @Override
  public Integer call() throws ConfigurationException, IOException {
    if (usesPassedSocket) {
      throw new ConfigurationException(
          "proxy "
              + frontend()
              + ": dockerd passes no socket here, the port is opened anew; leave out"
              + " -use-listen-fd");
    }
    if (header != ProxyHeader.NONE && transport != Transport.TCP) {
      throw new ConfigurationException(
          "proxy "
              + frontend()
              + ": the PROXY protocol is for TCP only; leave --proxy-protocol out");
    }
    CompletableFuture<Void> signal = new CompletableFuture<>();
    CompletableFuture<Integer> exitCode = new CompletableFuture<>();
    Optional<HeldNamespace> inside = namespace();
    try (UserlandProxy proxy = UserlandProxy.start(ProxySettings.defaults())) {
      open(proxy, inside);
      Runtime.getRuntime().addShutdownHook(new Thread(() -> endOnSignal(signal, exitCode)));
      say("proxying " + frontend() + " to " + containerAddress.withPort(containerPort));
      signal.join();
    } finally {
      exitCode.complete(0);
    }
    return 0;
  }

  private Optional<HeldNamespace> namespace() throws ConfigurationException {
    if (dialNamespace == null) {
      return Optional.empty();
    }
    try {
      NetworkNamespace namespace = NetworkNamespace.parse(dialNamespace);
      // Whether it can be entered is better known now than with the first connection.
      namespace.run(() -> {});
      return Optional.of(HeldNamespace.open(namespace.file()));
    } catch (IllegalArgumentException | IOException e) {
      throw new ConfigurationException("proxy " + frontend() + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConfigurationException("proxy " + frontend() + ": interrupted", e);
    }
  }

  private void open(UserlandProxy proxy, Optional<HeldNamespace> inside)
      throws ConfigurationException, IOException {
    try {
      proxy.open(
          transport,
          new InetSocketAddress(hostAddress.inet(), hostPort),
          ProxyPool.backend(containerAddress, containerPort, header).inside(inside));
    } catch (PortUnavailableException e) {
      String text = "proxy " + frontend() + ": " + new PortHolder().whyNot(frontend(), e);
      if (e.reason() == Reason.ADDRESS_NOT_LOCAL) {
        throw new ConfigurationException(
            text + "; \"ip address\" shows those that this host has", e);
      }
      throw new IOException(text, e);
    }
  }

  private HostPort frontend() {
    Protocol protocol =
        switch (transport) {
          case TCP -> Protocol.TCP;
          case UDP -> Protocol.UDP;
          case SCTP -> Protocol.SCTP;
        };
    return new HostPort(protocol, hostAddress, hostPort);
  }

  private void say(String line) {
    PrintWriter err = spec.commandLine().getErr();
    err.println(line);
    err.flush();
  }

  /** A signal is how this is meant to end, so that is no failure as it is for other JVMs. */
  private static void endOnSignal(
      CompletableFuture<Void> signal, CompletableFuture<Integer> exitCode) {
    signal.complete(null);
    Runtime.getRuntime().halt(exitCode.join());
  }

  /** Tells picocli. */
  static final class TransportConverter implements ITypeConverter<Transport> {
    @Override
    public Transport convert(String text) {
      return Protocol.of(text)
          .map(ProxyPool::transport)
          .orElseThrow(() ->
              new TypeConversionException(
                  UserText.quoted(text) + " is none of \"tcp\", \"udp\" and \"sctp\""));
    }
  }

  /** Tells picocli. */
  static final class HeaderConverter implements ITypeConverter<ProxyHeader> {
    @Override
    public ProxyHeader convert(String text) {
      try {
        return ProxyHeader.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  /** Tells picocli. */
  static final class AddressConverter implements ITypeConverter<IpAddress> {
    @Override
    public IpAddress convert(String text) {
      try {
        return IpAddress.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  /** Tells picocli. */
  static final class PortConverter implements ITypeConverter<Integer> {
    private static final Pattern PORT = Pattern.compile("[1-9][0-9]{0,4}");

    @Override
    public Integer convert(String text) {
      if (!PORT.matcher(text).matches() || Integer.parseInt(text) > 65535) {
        throw new TypeConversionException(UserText.quoted(text) + " is outside 1-65535");
      }
      return Integer.valueOf(text);
    }
  }
}
