package dev.hairpin.agent.standin;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.posix.ProcessIdentity;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyHeader;
import dev.hairpin.rules.binding.Publisher;
import java.util.OptionalInt;

/**
 * A port that a living stand-in asked for. As long as it lives, dockerd wants the port.
 *
 * @param process the stand-in
 * @param containerPort 1-65535
 * @param socket the stand-in's descriptor of the socket that dockerd has bound to the host port;
 *     empty when dockerd leaves binding to us, as it does before 28
 */
public record Claim(
    ProcessIdentity process,
    HostPort hostPort,
    IpAddress containerAddress,
    int containerPort,
    OptionalInt socket) {
  public Claim {
    requireNonNull(process, "process");
    requireNonNull(hostPort, "hostPort");
    requireNonNull(containerAddress, "containerAddress");
    requireNonNull(socket, "socket");
  }

  /**
   * The binding that dockerd is about to publish. Its container is not known yet, and so neither is
   * what that has been labelled with.
   */
  public PortBinding binding() {
    String suffix = hostPort.protocol() == Protocol.TCP ? "" : "/" + hostPort.protocol();
    return new PortBinding(
        hostPort,
        containerAddress,
        containerPort,
        new Publisher.StandIn(process.pid()),
        hostPort.address().withPort(hostPort.port()) + ":" + containerPort + suffix,
        hostPort.protocol() == Protocol.TCP ? ProxyHeader.UNDECIDED : ProxyHeader.NONE);
  }
}
