package dev.hairpin.agent.reconcile;

import dev.hairpin.agent.Problem;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.Link;
import dev.hairpin.rules.binding.Member;
import dev.hairpin.rules.binding.PortBinding;
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
    List<Problem> problems) {
  Wanted {
    networks = List.copyOf(networks);
    members = List.copyOf(members);
    bindings = List.copyOf(bindings);
    routed = List.copyOf(routed);
    links = List.copyOf(links);
    userChains = Set.copyOf(userChains);
    ours = List.copyOf(ours);
    problems = List.copyOf(problems);
  }

  /**
   * What of this can be served in a mode. Only the proxy joins an IPv6 host address with an IPv4
   * container; without it that half of a wildcard publication is left out, as dockerd does, and an
   * address that somebody named is a problem.
   */
  Wanted servedBy(ProxyMode mode) {
    return switch (mode) {
      case USERLAND -> this;
      case HAIRPIN ->
          new Wanted(
              networks,
              members,
              withinOneFamily(bindings),
              routed,
              links,
              userChains,
              withinOneFamily(ours),
              withUnjoined());
    };
  }

  private static List<PortBinding> withinOneFamily(List<PortBinding> bindings) {
    return bindings.stream().filter(PortBinding::isWithinOneFamily).toList();
  }

  private List<Problem> withUnjoined() {
    List<Problem> all = new ArrayList<>(problems);
    bindings.stream()
        .filter(binding -> !binding.isWithinOneFamily())
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
