package dev.hairpin.rules.iptables;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.FirewallOptions;
import dev.hairpin.rules.binding.Link;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.binding.RoutedPort;
import dev.hairpin.rules.netfilter.Policy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** What a desired state asks of one family's tables. */
final class FamilyState {
  private final DesiredState state;
  private final Family family;
  private final List<BridgeNetwork> networks;
  private final List<PortBinding> bindings;
  private final Map<Publisher, Integer> starts = new HashMap<>();

  FamilyState(DesiredState state, Family family) {
    this.state = state;
    this.family = family;
    this.networks =
        state.networks().stream().filter(network -> network.subnet(family).isPresent()).toList();
    this.bindings =
        state.bindings().stream()
            .filter(binding -> binding.hostPort().address().family() == family)
            .filter(PortBinding::isWithinOneFamily)
            .filter(binding -> isReachable(binding.containerAddress()))
            .toList();
    state.publishers().forEach(publisher -> starts.put(publisher, starts.size()));
  }

  Family family() {
    return family;
  }

  FirewallOptions options() {
    return state.options();
  }

  boolean hasUserChain() {
    return options().userChains().contains(family);
  }

  /** A host that forwards only because of us must not forward for anybody else. */
  Optional<Policy> forwardPolicy() {
    return options().dropForwarded().contains(family) ? Optional.of(Policy.DROP) : Optional.empty();
  }

  /** In order of creation, those without addresses of this family too. */
  List<BridgeNetwork> allNetworks() {
    return state.networks();
  }

  /** Those with addresses of this family, in order of creation. */
  List<BridgeNetwork> networks() {
    return networks;
  }

  /** Those of {@link #networks()} that are not internal. */
  List<BridgeNetwork> openNetworks() {
    return networks.stream().filter(network -> !network.internal()).toList();
  }

  /** Those that the kernel can serve; the others are for the proxy, or for nobody. */
  List<PortBinding> bindings() {
    return bindings;
  }

  List<RoutedPort> routed() {
    return state.routed().stream()
        .filter(port -> port.containerAddress().family() == family)
        .filter(port -> isReachable(port.containerAddress()))
        .toList();
  }

  List<Link> links() {
    return state.links().stream().filter(link -> link.child().family() == family).toList();
  }

  /** Members' addresses of this family on {@link #openNetworks()}, in order of start. */
  Stream<MemberAddress> memberAddresses() {
    return state.members().stream()
        .flatMap(member ->
            openNetworks().stream()
                .filter(network -> network.bridge().equals(member.bridge()))
                .flatMap(network ->
                    member.addresses().stream()
                        .filter(address -> address.family() == family)
                        .map(address -> new MemberAddress(member.publisher(), address, network))));
  }

  /** An address that a publisher has on a network. */
  record MemberAddress(Publisher publisher, IpAddress address, BridgeNetwork network) {}

  /** How many publishers started before this one. */
  int startOf(Publisher publisher) {
    return starts.get(publisher);
  }

  /** How many publishers started before the last one that has this address; all, if nobody has. */
  int startOf(IpAddress address) {
    return state.members().stream()
        .filter(member -> member.addresses().contains(address))
        .mapToInt(member -> startOf(member.publisher()))
        .max()
        .orElse(starts.size());
  }

  Optional<BridgeNetwork> networkOf(IpAddress address) {
    return state.networkOf(address);
  }

  Optional<String> bridge(IpAddress address) {
    return networkOf(address).map(BridgeNetwork::bridge);
  }

  /** dockerd publishes nothing from an internal network; its isolation would drop the packets. */
  private boolean isReachable(IpAddress address) {
    return networkOf(address).stream().noneMatch(BridgeNetwork::internal);
  }
}
