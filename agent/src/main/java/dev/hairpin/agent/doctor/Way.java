package dev.hairpin.agent.doctor;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.trace.Packet;
import java.util.Optional;

/**
 * One way to a published port.
 *
 * @param packet the first that the asker sends
 * @param bridge by which this host reaches the container; empty where that is not known
 * @param isProxied whether the publisher has a userland proxy for the port
 */
public record Way(
    PortBinding binding, Asker asker, Packet packet, Optional<String> bridge, boolean isProxied) {
  public Way {
    requireNonNull(binding, "binding");
    requireNonNull(asker, "asker");
    requireNonNull(packet, "packet");
    requireNonNull(bridge, "bridge");
  }

  public Family family() {
    return packet.destination().family();
  }

  /** As {@code walk} takes it: {@code 192.0.2.1:8080/tcp}. */
  String target() {
    return packet.destination().withPort(packet.destinationPort()) + "/" + binding.protocol();
  }

  /** {@code outside to 192.0.2.1:8080/tcp}. */
  @Override
  public String toString() {
    return asker + " to " + target();
  }
}
