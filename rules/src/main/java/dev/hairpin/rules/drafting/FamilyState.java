package dev.hairpin.rules.drafting;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.FirewallOptions;
import dev.hairpin.rules.binding.Link;
import dev.hairpin.rules.binding.Member;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyHeader;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.binding.RoutedPort;
import dev.hairpin.rules.netfilter.Policy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** What a desired state asks of one family's tables. */
public final class FamilyState {
  private final DesiredState state;
  private final Family family;
  private final List<BridgeNetwork> networks;
  private final List<PortBinding> bindings;
  private final Map<IpAddress, Integer> arrivals = new HashMap<>();

  public FamilyState(DesiredState state, Family family) {
    this.state = state;
    this.family = family;
    this.networks =
        state.networks().stream().filter(network -> network.subnet(family).isPresent()).toList();
    this.bindings =
        state.bindings().stream()
            .filter(binding -> binding.hostPort().address().family() == family)
            .filter(PortBinding::isForKernel)
            .filter(binding -> isReachable(binding.containerAddress()))
            .toList();
    for (Member member : state.members()) {
      int arrival = arrivals.size();
      member.addresses().forEach(address -> arrivals.put(address, arrival));
    }
  }

  public Family family() {
    return family;
  }

  public FirewallOptions options() {
    return state.options();
  }

  public boolean hasUserChain() {
    return options().userChains().contains(family);
  }

  /** A host that forwards only because of us must not forward for anybody else. */
  public Optional<Policy> forwardPolicy() {
    return options().dropForwarded().contains(family) ? Optional.of(Policy.DROP) : Optional.empty();
  }

  /** In order of creation, those without addresses of this family too. */
  public List<BridgeNetwork> allNetworks() {
    return state.networks();
  }

  /** Those with addresses of this family, in order of creation. */
  public List<BridgeNetwork> networks() {
    return networks;
  }

  /** Those of {@link #networks()} that are not internal. */
  public List<BridgeNetwork> openNetworks() {
    return networks.stream().filter(network -> !network.internal()).toList();
  }

  /** Those that the kernel can serve; the others are for the proxy, or for nobody. */
  public List<PortBinding> bindings() {
    return bindings;
  }

  /**
   * Those on a loopback address of this family. Also those that the kernel doesn't serve: what a
   * neighbour sends to such an address must not reach the proxy either.
   */
  public List<PortBinding> loopbackBindings() {
    return state.bindings().stream()
        .filter(binding -> binding.hostPort().address().family() == family)
        .filter(PortBinding::isWithinOneFamily)
        .filter(binding -> binding.hostPort().address().isLoopback())
        .filter(binding -> isReachable(binding.containerAddress()))
        .toList();
  }

  /**
   * Those that lead to an address of this family, whichever family the host address is of: the
   * proxy joins them where the kernel can't. Not those with a header, which anybody could write who
   * is let in to their backend.
   */
  public List<PortBinding> bindingsToMembers() {
    return state.bindings().stream()
        .filter(binding -> binding.containerAddress().family() == family)
        .filter(binding -> binding.header() == ProxyHeader.NONE)
        .filter(binding -> isReachable(binding.containerAddress()))
        .toList();
  }

  public List<RoutedPort> routed() {
    return state.routed().stream()
        .filter(port -> port.containerAddress().family() == family)
        .filter(port -> isReachable(port.containerAddress()))
        .toList();
  }

  public List<Link> links() {
    return state.links().stream().filter(link -> link.child().family() == family).toList();
  }

  /** Members' addresses of this family on {@link #openNetworks()}, in the order of their coming. */
  public Stream<MemberAddress> memberAddresses() {
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
  public record MemberAddress(Publisher publisher, IpAddress address, BridgeNetwork network) {}

  /**
   * When an address came: later than those with a smaller number. One that no member has, such as a
   * namespace's, came after all.
   */
  public int arrivalOf(IpAddress address) {
    return arrivals.getOrDefault(address, Integer.MAX_VALUE);
  }

  public Optional<BridgeNetwork> networkOf(IpAddress address) {
    return state.networkOf(address);
  }

  public Optional<String> bridge(IpAddress address) {
    return networkOf(address).map(BridgeNetwork::bridge);
  }

  /** dockerd publishes nothing from an internal network; its isolation would drop the packets. */
  private boolean isReachable(IpAddress address) {
    return networkOf(address).stream().noneMatch(BridgeNetwork::internal);
  }
}
