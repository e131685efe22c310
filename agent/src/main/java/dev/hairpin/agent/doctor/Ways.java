package dev.hairpin.agent.doctor;

import com.google.common.net.InetAddresses;
import dev.hairpin.agent.walk.Asked;
import dev.hairpin.agent.walk.Surveyed;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.Member;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.trace.Packet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The ways by which a published port is asked. */
final class Ways {
  /** More members than a network is likely to have. */
  private static final int MANY = 20_000;

  private final Map<Family, Surveyed> networks;
  private final DesiredState state;
  private final Set<IpAddress> taken;
  private final boolean isProxied;
  private final Map<IpPrefix, Optional<IpAddress>> neighbours = new ConcurrentHashMap<>();

  /**
   * @param state with the networks that containers are on
   */
  Ways(Map<Family, Surveyed> networks, DesiredState state) {
    this.networks = networks;
    this.state = state;
    this.isProxied = state.options().proxyMode() == ProxyMode.USERLAND;
    this.taken =
        Stream.concat(
                state.members().stream().flatMap(member -> member.addresses().stream()),
                state.bindings().stream().map(PortBinding::containerAddress))
            .collect(Collectors.toSet());
  }

  /** Those of one port, as far as this host has addresses for them. */
  List<Way> of(PortBinding binding) {
    Surveyed network = networks.get(binding.hostPort().address().family());
    if (network == null) {
      return List.of();
    }
    IpAddress on = binding.hostPort().address();
    List<Way> ways = new ArrayList<>();
    Optional<IpAddress> target = on.isWildcard() ? outside(binding, network) : Optional.of(on);
    if (!on.isLoopback() && target.isPresent()) {
      add(ways, binding, Asker.OUTSIDE, network, new Asked.Sender.Outside(), target.get());
      add(ways, binding, Asker.HOST, network, new Asked.Sender.ThisHost(), target.get());
    }
    if (on.isWildcard() || on.isLoopback()) {
      IpAddress loopback = on.isLoopback() ? on : loopback(on.family());
      add(ways, binding, Asker.LOCALHOST, network, new Asked.Sender.ThisHost(), loopback);
    }
    if (!on.isLoopback() && target.isPresent()) {
      inside(binding, on.family())
          .ifPresent(own ->
              add(ways, binding, Asker.ITSELF, network, new Asked.Sender.Of(own), target.get()));
      neighbour(binding, on.family())
          .ifPresent(other ->
              add(
                  ways,
                  binding,
                  Asker.NEIGHBOUR,
                  network,
                  new Asked.Sender.Of(other),
                  target.get()));
    }
    return ways;
  }

  private void add(
      List<Way> ways,
      PortBinding binding,
      Asker asker,
      Surveyed network,
      Asked.Sender sender,
      IpAddress target) {
    packet(binding, network, sender, Optional.of(target))
        .map(packet -> new Way(binding, asker, packet, bridge(binding), isProxied))
        .ifPresent(ways::add);
  }

  private static Optional<Packet> packet(
      PortBinding binding, Surveyed network, Asked.Sender sender, Optional<IpAddress> target) {
    Asked asked =
        new Asked(
            new Asked.Service.Port(binding.protocol(), binding.hostPort().port()),
            target,
            sender,
            Optional.empty());
    try {
      return Optional.of(asked.on(network));
    } catch (IllegalArgumentException noSuchWay) {
      // A host without an address that others reach, or without a route to the asker.
      return Optional.empty();
    }
  }

  /** The address by which others reach this host. */
  private static Optional<IpAddress> outside(PortBinding binding, Surveyed network) {
    return packet(binding, network, new Asked.Sender.Outside(), Optional.empty())
        .map(Packet::destination);
  }

  private static IpAddress loopback(Family family) {
    return IpAddress.parse(
        switch (family) {
          case IPV4 -> "127.0.0.1";
          case IPV6 -> "::1";
        });
  }

  private Optional<String> bridge(PortBinding binding) {
    return state.networkOf(binding.containerAddress()).map(BridgeNetwork::bridge);
  }

  /** The container's own address, of the family that it is asked by. */
  private Optional<IpAddress> inside(PortBinding binding, Family family) {
    IpAddress address = binding.containerAddress();
    if (address.family() == family) {
      return Optional.of(address);
    }
    return state.members().stream()
        .filter(member -> member.publisher().equals(binding.publisher()))
        .map(Member::addresses)
        .flatMap(List::stream)
        .filter(own -> own.family() == family)
        .findFirst();
  }

  private Optional<IpAddress> neighbour(PortBinding binding, Family family) {
    return inside(binding, family)
        .flatMap(address -> state.networkOf(address).flatMap(network -> network.subnet(family)))
        .flatMap(subnet -> neighbours.computeIfAbsent(subnet, this::unusedAddress));
  }

  /** An address of a network that nobody is known to have. */
  private Optional<IpAddress> unusedAddress(IpPrefix subnet) {
    return Stream.iterate(subnet.first(), Ways::next)
        .skip(2)
        .limit(MANY)
        .takeWhile(subnet::contains)
        .filter(address -> !taken.contains(address))
        .filter(address -> !networks.get(subnet.family()).host().isLocal(address))
        .findFirst();
  }

  static IpAddress next(IpAddress address) {
    return new IpAddress(InetAddresses.increment(address.inet()));
  }
}
