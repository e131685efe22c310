package dev.hairpin.agent.reconcile;

import dev.hairpin.agent.Problem;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.Link;
import dev.hairpin.rules.binding.Member;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyHeader;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.binding.RoutedPort;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What all sources together ask for.
 *
 * @param networks Docker's, then those of namespaces; each bridge once
 * @param members Docker's containers, in the order in which they started
 * @param bindings no two want the same host port
 * @param routed Docker's ports that have no host port
 * @param links between containers that may not talk to each other otherwise
 * @param userChains the families that get a chain for the user's own rules
 * @param ours those of the bindings whose host port nobody holds unless we do
 * @param standIns what dockerd's stand-ins hold, each with what is known of its container by now
 * @param problems what was asked for and can't be had
 */
record Wanted(
    List<BridgeNetwork> networks,
    List<Member> members,
    List<PortBinding> bindings,
    List<RoutedPort> routed,
    List<Link> links,
    Set<Family> userChains,
    List<PortBinding> ours,
    List<PortBinding> standIns,
    List<Problem> problems) {
  Wanted {
    networks = List.copyOf(networks);
    members = List.copyOf(members);
    bindings = List.copyOf(bindings);
    routed = List.copyOf(routed);
    links = List.copyOf(links);
    userChains = Set.copyOf(userChains);
    ours = List.copyOf(ours);
    standIns = List.copyOf(standIns);
    problems = List.copyOf(problems);
  }

  /**
   * What of this can be served in a mode. Only the proxy joins an IPv6 host address with an IPv4
   * container; without it that half of a wildcard publication is left out, as dockerd does, and an
   * address that somebody named is a problem. So is a port whose backend expects a header.
   */
  Wanted servedBy(ProxyMode mode) {
    return switch (mode) {
      case USERLAND -> this;
      case HAIRPIN ->
          new Wanted(
              networks,
              members,
              forKernel(bindings),
              routed,
              links,
              userChains,
              forKernel(ours),
              standIns,
              withUnserved());
    };
  }

  private static List<PortBinding> forKernel(List<PortBinding> bindings) {
    return bindings.stream().filter(PortBinding::isForKernel).toList();
  }

  private List<Problem> withUnserved() {
    List<Problem> all = new ArrayList<>(problems);
    for (PortBinding binding : bindings) {
      binding
          .header()
          .version()
          .map(version ->
              new Problem(
                  "publish " + binding.hostPort() + " for " + binding.publisher(),
                  "PROXY protocol "
                      + version
                      + " needs the userland proxy, which is off; start the agent with"
                      + " --userland-proxy=true"))
          .ifPresent(all::add);
    }
    bindings.stream()
        .filter(binding -> !binding.isWithinOneFamily())
        .filter(binding -> binding.header() == ProxyHeader.NONE)
        .filter(binding -> !binding.hostPort().address().isWildcard())
        .map(binding ->
            new Problem(
                "publish " + binding.hostPort() + " for " + binding.publisher(),
                "its address "
                    + binding.containerAddress()
                    + " is of the other family, and the userland proxy is off"))
        .forEach(all::add);
    return all;
  }
}
