package dev.hairpin.rules.binding;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import java.util.Optional;

/**
 * What a person asked for, in the syntax of {@code docker run -p}: {@code
 * [HOST-ADDRESS:][HOST-PORT[-LAST]:]CONTAINER-PORT[-LAST][/PROTOCOL]}, IPv6 addresses in brackets.
 *
 * @param hostAddress empty for every address, of both families
 * @param hostPorts empty when any free port will do; otherwise as many as {@code containerPorts}
 */
public record PortRequest(
    Protocol protocol,
    Optional<IpAddress> hostAddress,
    Optional<PortRange> hostPorts,
    PortRange containerPorts) {
  public PortRequest {
    requireNonNull(protocol, "protocol");
    requireNonNull(hostAddress, "hostAddress");
    requireNonNull(hostPorts, "hostPorts");
    requireNonNull(containerPorts, "containerPorts");
  }

  /** The shortest text that asks for the same: {@code 127.0.0.1:8080:80}, {@code 53:53/udp}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    hostAddress.ifPresent(address -> text.append(address.withPort(0).replaceAll("0$", "")));
    hostPorts.ifPresent(ports -> text.append(ports).append(':'));
    if (hostPorts.isEmpty() && hostAddress.isPresent()) {
      text.append(':');
    }
    text.append(containerPorts);
    return protocol == Protocol.TCP ? text.toString() : text + "/" + protocol;
  }
}
