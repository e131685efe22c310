package dev.hairpin.rules.binding;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import java.util.Optional;

/**
 * What a person asked for, in the syntax of {@code docker run -p}: {@code
 * [HOST-ADDRESS:][HOST-PORT[-LAST]:]CONTAINER-PORT[-LAST][/PROTOCOL]}, IPv6 addresses in brackets.
 *
 * @param hostAddress empty for every address, of both families
 * @param hostPorts empty when any free port will do; as many as {@code containerPorts}, one to one;
 *     or several in front of a single container port: any free one of them
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
    hostPorts.ifPresent(ports -> requireMatching(ports, containerPorts));
  }

  /**
   * The request that {@code text} writes.
   *
   * @throws IllegalArgumentException if it writes none; the message is one line, quotes the text
   *     and says what helps
   */
  public static PortRequest parse(String text) {
    return new PortRequestParser(text).parse();
  }

  /** Whether a free host port must be chosen before this can be published. */
  public boolean leavesChoice() {
    return hostPorts.isEmpty() || hostPorts.get().size() > containerPorts.size();
  }

  /**
   * Whether it can't be had beside this port: the kernel lets a wildcard address take a port on
   * every address of its family.
   */
  public boolean isInTheWayOf(HostPort other) {
    return protocol == other.protocol()
        && hostPorts.filter(ports -> ports.contains(other.port())).isPresent()
        && hostAddress
            .map(address ->
                address.family() == other.address().family()
                    && (address.equals(other.address())
                        || address.isWildcard()
                        || other.address().isWildcard()))
            .orElse(true);
  }

  /**
   * The same request, with the choice made.
   *
   * @param chosen as many as the container ports
   */
  public PortRequest onHostPorts(PortRange chosen) {
    return new PortRequest(protocol, hostAddress, Optional.of(chosen), containerPorts);
  }

  /** The shortest text that asks for the same: {@code 127.0.0.1:8080:80}, {@code 53:53/udp}. */
  @Override
  public String toString() {
    String address = hostAddress.map(PortRequest::written).orElse("");
    String host = hostPorts.map(PortRange::toString).orElse("");
    String protocolSuffix = protocol == Protocol.TCP ? "" : "/" + protocol;
    boolean anyHostPort = address.isEmpty() && host.isEmpty();
    return address + (anyHostPort ? "" : host + ":") + containerPorts + protocolSuffix;
  }

  private static String written(IpAddress address) {
    return address.family() == Family.IPV6 ? "[" + address + "]:" : address + ":";
  }

  private static void requireMatching(PortRange host, PortRange container) {
    if (container.size() > 1 && host.size() != container.size()) {
      throw new IllegalArgumentException(
          "host ports " + host + " and container ports " + container + " differ in number");
    }
  }
}
