package dev.hairpin.agent.docker;

import dev.hairpin.agent.docker.InspectedContainer.Attachment;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.GatewayMode;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.binding.UserText;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds what no engine can have said, although each part of it could be: for files, which people
 * put together and edit.
 */
final class Plausibility {
  private final Bridges bridges;

  Plausibility(Bridges bridges) {
    this.bridges = bridges;
  }

  /**
   * Looks for contradictions among networks and containers.
   *
   * @throws ImpossibleInputException if there is one
   */
  void check(Collection<InspectedNetwork> networks, Collection<InspectedContainer> containers) {
    Set<String> ids = new HashSet<>();
    for (InspectedNetwork network : networks) {
      if (!network.id().isEmpty() && !ids.add(network.id())) {
        throw network.where().wrong("has the Id of another network");
      }
    }
    bridges.oldestFirst().forEach(Plausibility::requireGateway);
    requireApart(bridges.oldestFirst());
    for (InspectedContainer container : containers) {
      if (!ids.add(container.publisher().id())) {
        throw container.where().wrong("has the Id of something else");
      }
      container.attachments().forEach(this::requireWithinNetwork);
    }
    requireOwnAddresses(containers);
  }

  /** dockerd makes no bridge network whose addresses another one has (conflictsWithNetworks). */
  private static void requireApart(List<BridgeNetwork> networks) {
    Map<IpPrefix, BridgeNetwork> owners = new LinkedHashMap<>();
    for (BridgeNetwork network : networks) {
      for (IpPrefix subnet : network.subnets()) {
        for (Map.Entry<IpPrefix, BridgeNetwork> other : owners.entrySet()) {
          if (overlap(subnet, other.getKey())) {
            throw new ImpossibleInputException(
                "network "
                    + UserText.quoted(network.name())
                    + " has the subnet "
                    + subnet
                    + ", which overlaps "
                    + other.getKey()
                    + " of "
                    + UserText.quoted(other.getValue().name()));
          }
        }
        owners.put(subnet, network);
      }
    }
  }

  private static boolean overlap(IpPrefix one, IpPrefix other) {
    return one.contains(other.first()) || other.contains(one.first());
  }

  private void requireOwnAddresses(Collection<InspectedContainer> containers) {
    Set<IpAddress> taken = new HashSet<>();
    for (InspectedContainer container : containers) {
      if (!container.state().running()) {
        continue;
      }
      for (Attachment attachment : container.attachments()) {
        for (IpAddress address : attachment.addresses()) {
          if (bridges.of(attachment).isPresent() && !taken.add(address)) {
            throw attachment
                .where()
                .wrong("has the address " + address + ", as another container has");
          }
        }
      }
    }
  }

  /** dockerd makes no network that neither has a gateway nor is internal. */
  private static void requireGateway(BridgeNetwork network) {
    for (Family family : Family.values()) {
      if (network.gatewayMode(family) == GatewayMode.ISOLATED && !network.internal()) {
        throw new ImpossibleInputException(
            "network "
                + network.name()
                + " is isolated but not internal; dockerd makes no such network");
      }
    }
  }

  private void requireWithinNetwork(Attachment attachment) {
    bridges
        .of(attachment)
        .filter(network -> !network.subnets().isEmpty())
        .ifPresent(network -> {
          for (IpAddress address : attachment.addresses()) {
            if (!network.contains(address)) {
              throw attachment
                  .where()
                  .wrong("has the address " + address + ", which is outside " + network.subnets());
            }
          }
        });
  }

  /**
   * Looks for a host port that was given away twice: to two containers under one address, or under
   * one address and all of its family.
   *
   * @param engine who published them
   * @throws ImpossibleInputException if there is one
   */
  static void checkPorts(List<PortBinding> published, EngineVersion engine) {
    Map<HostPort, Publisher> owners = new LinkedHashMap<>();
    for (PortBinding binding : published) {
      Publisher owner = owners.put(binding.hostPort(), binding.publisher());
      if (owner != null) {
        throw new ImpossibleInputException(
            "host port "
                + binding.hostPort()
                + " is published twice, for "
                + owner
                + " and "
                + binding.publisher());
      }
    }
    owners.forEach((port, owner) -> {
      HostPort everywhere =
          new HostPort(port.protocol(), IpAddress.any(port.address().family()), port.port());
      if (!everywhere.equals(port)
          && owners.containsKey(everywhere)
          && !sharesWithAll(port.protocol(), engine)) {
        throw new ImpossibleInputException(
            "host port "
                + port
                + " of "
                + owner
                + " is part of "
                + everywhere
                + " of "
                + owners.get(everywhere)
                + "; dockerd "
                + engine
                + " publishes only one of the two");
      }
    });
  }

  /**
   * Whether an engine publishes a port of one address beside the same port of all addresses. Before
   * 28.3 its own books allow that (portallocator.go), but with or without the userland proxy it has
   * a socket for each, and the kernel refuses the second: TCP's when it listens, UDP's when it is
   * bound. Only 28.0 to 28.2 get by, for UDP, where they set SO_REUSEADDR (port_mapping_linux.go).
   * Nothing tells one 28 from another, so all of them may.
   */
  private static boolean sharesWithAll(Protocol protocol, EngineVersion engine) {
    return protocol == Protocol.UDP && engine.isAtLeast(28, 0) && !engine.isAtLeast(29, 0);
  }
}
