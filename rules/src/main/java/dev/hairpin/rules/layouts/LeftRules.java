package dev.hairpin.rules.layouts;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.HookRules;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What a dockerd left in one family's tables: one that was stopped, or switched to {@code
 * --iptables=false}, which takes nothing away.
 *
 * <p>Its own chains are dockerd's whole, as dockerd itself has it: it empties them at every start.
 * In the chains that are everybody's, a rule is dockerd's when it has the very form in which
 * dockerd writes it, and is about a bridge that dockerd's own chains name or that one of its
 * networks has. In FORWARD it must also be a form of a dockerd that was here, as its chains tell,
 * and what is said of packets among a network's members has to be what the network now says: a rule
 * that says the opposite is taken for the user's. Everything else is somebody else's, and so are:
 *
 * <ul>
 *   <li>DOCKER-USER and the jump to it, whoever made them: a rule of the user's in there must not
 *       go out of force.
 *   <li>FORWARD's policy. dockerd makes it DROP when it switches forwarding on. Forwarding is still
 *       on, so whatever nobody accepts has to go on being dropped.
 *   <li>Rules and chains of swarm's ingress network.
 *   <li>28.0.0's sets, {@code docker-ext-bridges-v4} and {@code docker-ext-bridges-v6}. The rules
 *       that ask them are dockerd's and go; afterwards no rule does, and they only stay behind
 *       until {@code ipset destroy} or the next restart of the host.
 * </ul>
 *
 * @param generation whose they are; empty when that can't be told
 * @param rules as a plan takes what is owned: it keeps those of them that are wanted, where they
 *     are, and takes the others away
 */
public record LeftRules(Optional<Generation> generation, Ruleset rules) {
  /** Those of nftables' own tables that can be dockerd's, and have to be read to find them. */
  public static final Set<String> NFT_TABLES = Set.of(DockerdChains.NFT_TABLE);

  public LeftRules {
    requireNonNull(generation, "generation");
    requireNonNull(rules, "rules");
  }

  /**
   * Finds them.
   *
   * @param networks that dockerd is known to have; none when it can't be asked
   * @return empty when there is no chain or table of dockerd's
   */
  public static Optional<LeftRules> in(Tables observed, Collection<BridgeNetwork> networks) {
    List<Chain> chains = observed.chains().stream().filter(DockerdChains::isDockerds).toList();
    boolean hasTable = observed.nftTable(DockerdChains.NFT_TABLE).isPresent();
    if (chains.isEmpty() && !hasTable) {
      return Optional.empty();
    }
    Finder finder =
        new Finder(observed, new NamedBridges(observed, networks), ForwardForms.in(observed));
    return Optional.of(
        new LeftRules(
            Generation.of(observed),
            new Ruleset(
                observed.family(),
                chains,
                List.of(),
                finder.hooks(),
                observed.nftTable(DockerdChains.NFT_TABLE).stream().toList())));
  }

  /** {@code dockerd 28.2 to 28.5}, or {@code a dockerd} where that can't be told. */
  public String whose() {
    return generation.map(Generation::toString).orElse("a dockerd");
  }

  /** Whether every chain and table is one of these: whoever wrote them goes by dockerd's names. */
  public boolean isPartOf(Ruleset owned) {
    return rules.chains().stream().allMatch(chain -> owned.owns(chain.table(), chain.name()))
        && rules.nftTables().stream()
            .allMatch(table ->
                owned.nftTables().stream().anyMatch(other -> other.name().equals(table.name())));
  }

  /** Finds dockerd's rules in chains that are everybody's. */
  private record Finder(Tables observed, NamedBridges bridges, ForwardForms forward) {
    List<HookRules> hooks() {
      List<HookRules> hooks = new ArrayList<>();
      collect(hooks, Table.RAW, Hook.PREROUTING, this::isInRaw);
      collect(hooks, Table.MANGLE, Hook.POSTROUTING, this::fillsChecksum);
      collect(hooks, Table.FILTER, Hook.FORWARD, this::isInForward);
      collect(hooks, Table.NAT, Hook.PREROUTING, rule -> jumpsToDockerds(Table.NAT, rule));
      collect(hooks, Table.NAT, Hook.OUTPUT, rule -> jumpsToDockerds(Table.NAT, rule));
      collect(hooks, Table.NAT, Hook.POSTROUTING, this::isInPostrouting);
      return hooks;
    }

    private void collect(
        List<HookRules> hooks, Table table, Hook hook, Predicate<Rule> isDockerds) {
      List<Rule> rules = observed.rules(table, hook.name()).stream().filter(isDockerds).toList();
      if (!rules.isEmpty()) {
        hooks.add(HookRules.at(table, hook, rules, List.of()));
      }
    }

    private static boolean jumpsToDockerds(Table table, Rule rule) {
      return rule.action() instanceof Action.Jump(String chain)
          && DockerdChains.isDockerds(table, chain);
    }

    private boolean isInForward(Rule rule) {
      return DockerdRules.asksIpset(rule)
          || (rule.matches().isEmpty() && jumpsToDockerds(Table.FILTER, rule))
          || isAboutBridge(rule, bridge -> forward.has(bridge, bridges.network(bridge), rule));
    }

    private boolean isInPostrouting(Rule rule) {
      return isAboutBridge(rule, bridge -> translatesLocal(bridge, rule))
          || isAboutBridge(rule, bridge -> translatesOutgoing(bridge, rule))
          || DockerdRules.sourceOf(rule)
              .filter(bridges::hasContainer)
              .map(container -> DockerdRules.masqueradesOwnPort(container, rule))
              .orElse(false);
    }

    private boolean translatesLocal(String bridge, Rule rule) {
      return DockerdRules.translatesLocal(bridge, rule)
          && bridges.callsOutUnder(bridge, rule.action());
    }

    private boolean translatesOutgoing(String bridge, Rule rule) {
      return bridges
          .subnet(bridge)
          .filter(subnet -> DockerdRules.translatesOutgoing(bridge, subnet, rule))
          .filter(subnet -> bridges.callsOutUnder(bridge, rule.action()))
          .isPresent();
    }

    private boolean isInRaw(Rule rule) {
      Optional<IpPrefix> to = DockerdRules.destinationOf(rule);
      return to.filter(address ->
              dropsDirectAccess(address, rule)
                  || admitsTrusted(address, rule)
                  || guardsLoopback(address, rule))
          .isPresent();
    }

    private boolean dropsDirectAccess(IpPrefix container, Rule rule) {
      return isAboutBridge(rule, bridge -> DockerdRules.dropsDirectAccess(bridge, container, rule));
    }

    private boolean admitsTrusted(IpPrefix container, Rule rule) {
      return bridges
          .networksOf(container.first())
          .flatMap(network -> network.trustedInterfaces().stream())
          .anyMatch(trusted -> DockerdRules.admitsTrusted(trusted, container, rule));
    }

    private boolean guardsLoopback(IpPrefix host, Rule rule) {
      return host.first().isLoopback()
          && DockerdRules.destinationPort(rule)
              .filter(port -> bridges.publishes(host, port))
              .map(port -> DockerdRules.guardsLoopback(host, port, rule))
              .orElse(false);
    }

    /** For SCTP, up to 27; in 28 only when it is asked for. */
    private boolean fillsChecksum(Rule rule) {
      return bridges
          .published()
          .flatMap(published -> DockerdRules.fillsChecksumFor(published).stream())
          .anyMatch(rule::equals);
    }

    private boolean isAboutBridge(Rule rule, Predicate<String> hasForm) {
      return bridges.of(rule).filter(hasForm).isPresent();
    }
  }
}
