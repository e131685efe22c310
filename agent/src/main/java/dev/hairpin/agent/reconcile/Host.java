package dev.hairpin.agent.reconcile;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.control.RuleLine;
import dev.hairpin.agent.firewalld.Firewalld;
import dev.hairpin.rules.Layout;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.apply.Firewall;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.apply.Flows;
import dev.hairpin.rules.apply.Sysctls;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.drafting.Reasons;
import dev.hairpin.rules.layouts.Generation;
import dev.hairpin.rules.layouts.LayoutName;
import dev.hairpin.rules.layouts.LeftRules;
import dev.hairpin.rules.layouts.UsersChain;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.plan.Damage;
import dev.hairpin.rules.plan.Plan;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The host as we change it: its rules, settings and connections, and the record of what we did.
 * Whenever the agent is killed, the record has everything of ours that may be in the kernel. Safe
 * to use from any thread.
 */
public final class Host {
  private static final Logger log = LoggerFactory.getLogger(Host.class);

  private final Firewall firewall;
  private final ConnectionTable connections;
  private final KernelSettings kernel;
  private final Firewalld firewalld;
  private final DockerZone zone;
  private final AppliedStore store;
  private final Set<Family> droppedByOthers = EnumSet.noneOf(Family.class);
  private volatile AppliedRecord applied;
  private volatile boolean ownsTables;

  Host(
      Firewall firewall,
      ConnectionTable connections,
      Sysctls sysctls,
      ModuleLoader modules,
      Firewalld firewalld,
      AppliedStore store)
      throws IOException {
    this.firewall = requireNonNull(firewall, "firewall");
    this.connections = requireNonNull(connections, "connections");
    this.kernel = new KernelSettings(sysctls, this, modules);
    this.firewalld = requireNonNull(firewalld, "firewalld");
    this.zone = new DockerZone(firewalld, this);
    this.store = requireNonNull(store, "store");
    this.applied = store.load().orElseGet(() -> AppliedRecord.nothing(Standing.REPLACE));
  }

  /**
   * This network namespace, and what an agent that used the same directory recorded about it.
   *
   * @throws IOException if there is a record that can't be read
   */
  public static Host open(
      Path runDirectory,
      Firewall firewall,
      ConnectionTable connections,
      Sysctls sysctls,
      ModuleLoader modules,
      Firewalld firewalld)
      throws IOException {
    return new Host(
        firewall,
        connections,
        sysctls,
        modules,
        firewalld,
        new AppliedFile(runDirectory.resolve("applied.json")));
  }

  /**
   * The rules of dockerd's that are here, and that no agent wrote or took over. Where there are
   * some an agent should stand beside dockerd, unless its user knows that dockerd writes none any
   * more.
   *
   * @throws FirewallException if the rules can't be read
   */
  public synchronized Optional<LeftRules> dockerdsRules() throws FirewallException {
    return dockerdsRules(Family.IPV4, List.of());
  }

  private Optional<LeftRules> dockerdsRules(Family family, List<BridgeNetwork> networks)
      throws FirewallException {
    Ruleset owned = applied.owned(family);
    return LeftRules.in(observeDockerds(family), networks).filter(left -> !left.isPartOf(owned));
  }

  /** Without nft on this host there can't be a table of nftables' that anybody could read. */
  private Tables observeDockerds(Family family) throws FirewallException {
    return firewall.observe(family, firewall.canReadNftables() ? LeftRules.NFT_TABLES : Set.of());
  }

  /** Everything that may be ours, or shall be. */
  private Tables observe(Ruleset owned, Ruleset desired) throws FirewallException {
    Set<String> nftTables = new HashSet<>(OwnedRules.nftTables(owned));
    nftTables.addAll(OwnedRules.nftTables(desired));
    return firewall.observe(owned.family(), nftTables);
  }

  /**
   * Finds out whether rules of these settings can be read here, and so be written, before there are
   * any: a host may have the tools for one kind only.
   *
   * @throws FirewallException if they can't; the message names what to install
   */
  public synchronized void requireToolsFor(Settings settings) throws FirewallException {
    firewall.observe(
        Family.IPV4,
        switch (settings.standing()) {
          case REPLACE -> settings.layout().nftTables();
          case BESIDE -> settings.layout().nftTablesBeside();
        });
    if (settings.labelsConnections() && !firewall.canAskForLabels()) {
      throw new FirewallException(
          "write rules beside dockerd's in layout "
              + settings.layout()
              + ": iptables here can't ask for the label of a connection (xt_connlabel); use"
              + " --layout docker29, which writes all rules with iptables");
    }
  }

  /**
   * Whether ports can be published in nftables beside a dockerd that drops in iptables what it does
   * not know.
   *
   * @throws FirewallException if that can't be found out
   */
  public synchronized boolean canLabelConnections() throws FirewallException {
    return firewall.canReadNftables() && firewall.canAskForLabels();
  }

  /**
   * Whether tables of nftables' can be ours alone here; see {@link Firewall#canOwnTables}.
   *
   * @throws FirewallException if that can't be found out now
   */
  synchronized boolean canOwnTables() throws FirewallException {
    ownsTables = firewall.canOwnTables();
    return ownsTables;
  }

  /** Whether a pass has found so. */
  public boolean ownsTables() {
    return ownsTables;
  }

  /**
   * Whether there can be tables of nftables' own here.
   *
   * @throws FirewallException if that can't be found out
   */
  public synchronized boolean canHaveNftables() throws FirewallException {
    return firewall.canReadNftables();
  }

  /** The layout of the rules that an agent wrote here; empty when there are none. */
  public synchronized Optional<LayoutName> layoutInForce() {
    return applied.layoutInForce();
  }

  /**
   * Makes a family's rules of dockerd's ours, if there are any that are not: the next {@link
   * #write} keeps those that are wanted, and takes the others away.
   *
   * @param networks that dockerd is known to have
   * @throws FirewallException if the rules can't be read
   */
  synchronized void takeOver(Family family, List<BridgeNetwork> networks)
      throws FirewallException, IOException {
    Optional<LeftRules> left = dockerdsRules(family, networks);
    if (left.isEmpty()) {
      return;
    }
    Ruleset owned = applied.owned(family);
    OwnedRules taken =
        OwnedRules.of(
            OwnedRules.union(owned, left.get().rules()),
            OwnedRules.policies(owned),
            applied.rules().getOrDefault(family, OwnedRules.NONE).made());
    LayoutName theirs = left.get().generation().map(Generation::layout).orElse(applied.layout());
    remember(applied.afterTakingOver(theirs, family, taken));
    log.info("took over the {} rules of {}", text(family), left.get().whose());
  }

  /** Why ports with a header have no rules that send connections on, one line each. */
  public List<String> leftToProxy() {
    return Reasons.ofHeaders(applied.state().bindings());
  }

  /**
   * Our rules that are in force now.
   *
   * @param layouts the layouts that know the reasons
   * @throws FirewallException if the rules can't be read
   */
  public synchronized List<RuleLine> rules(BiFunction<Standing, LayoutName, Layout> layouts)
      throws FirewallException {
    Layout layout = layouts.apply(applied.standing(), applied.layout());
    List<RuleLine> lines = new ArrayList<>();
    for (Family family : applied.rules().keySet().stream().sorted().toList()) {
      Ruleset owned = applied.owned(family);
      Tables observed = observe(owned, owned);
      Ruleset explained =
          complete(layout.rulesFor(applied.state(), family), observed, applied.standing());
      lines.addAll(new RulesInForce(observed, owned, explained).lines());
    }
    return lines;
  }

  /**
   * Everybody's rules that are in force now, ours with what they are for.
   *
   * @param layouts the layouts that know the reasons
   * @throws FirewallException if the rules can't be read
   */
  public synchronized Tables explained(
      Family family, BiFunction<Standing, LayoutName, Layout> layouts) throws FirewallException {
    Tables observed = firewall.observeAll(family);
    Layout layout = layouts.apply(applied.standing(), applied.layout());
    Ruleset reasons =
        complete(layout.rulesFor(applied.state(), family), observed, applied.standing());
    return new ExplainedTables(applied.owned(family), reasons).of(observed);
  }

  /**
   * Takes everything away that is ours: rules, the FORWARD policy, settings, what firewalld has of
   * us, the record. A setting that can't be put back stays in the record for the next time, and so
   * does the policy where that setting is forwarding. Where a dockerd writes rules of its own, it
   * came to rely on forwarding and on the policy that goes with it, and would not switch them on
   * again; those stay.
   *
   * @return what was done and what was left, one line each; empty if nothing of ours was here
   * @throws FirewallException if a family's rules can't be changed; the record still has them
   * @throws IOException if the record can't be written
   */
  public synchronized List<String> tearDown() throws FirewallException, IOException {
    List<String> lines = new ArrayList<>();
    AppliedRecord before = applied;
    boolean dockerdForwards = dockerdsRules().isPresent();
    // Before the policy: with forwarding on and nothing dropped, this host would route for anybody.
    List<String> settings = kernel.restore(dockerdForwards ? KernelSettings.FORWARDING : Set.of());
    for (Family family : Family.values()) {
      Ruleset owned = withUntouchedUserChains(applied.owned(family));
      if (dockerdForwards) {
        owned = OwnedRules.withoutPolicies(owned);
      }
      Ruleset rest =
          kernel.forwardingForUs().contains(family)
              ? OwnedRules.onlyPolicies(owned)
              : Ruleset.empty(family);
      if (!owned.isEmpty() && !write(observe(owned, owned), owned, rest).isEmpty()) {
        lines.add("removed the " + text(family) + " rules");
        lines.addAll(leftToTheUser(family, before));
      }
    }
    lines.addAll(settings);
    lines.addAll(zone.restore());
    forget(ConntrackFlush.between(before, AppliedRecord.nothing(before.standing())));
    remember(applied.afterTeardown());
    if (applied.isOfNothing()) {
      store.clear();
    }
    return lines;
  }

  /** What is published by our rules, or was by those of an earlier agent. */
  public List<PortBinding> published() {
    return applied().state().bindings();
  }

  /** What our rules are made from; empty when there are no networks to write any for. */
  public Optional<DesiredState> served() {
    return Optional.of(applied().state()).filter(state -> !state.networks().isEmpty());
  }

  /** What we did so far; known also while a pass waits for a tool. */
  AppliedRecord applied() {
    return applied;
  }

  /**
   * Has this told when firewalld has lost what it had for now, on any thread.
   *
   * @param changed must return at once
   */
  public void followFirewalld(Runnable changed) {
    firewalld.follow(changed);
  }

  DockerZone zone() {
    return zone;
  }

  KernelSettings kernel() {
    return kernel;
  }

  /**
   * Makes our rules of one family these. What they serve is for {@link #finish} to say.
   *
   * @return what was done; empty where there was nothing to look at
   */
  synchronized Optional<Written> write(Ruleset wanted, Standing standing)
      throws FirewallException, IOException {
    Ruleset owned = applied.owned(wanted.family());
    if (owned.isEmpty() && wanted.isEmpty()) {
      return Optional.empty();
    }
    Tables observed = observe(owned, wanted);
    Ruleset desired = complete(wanted, observed, standing);
    Plan plan = write(observed, owned, desired);
    notePolicy(observed, owned);
    return Optional.of(new Written(observed, desired, plan));
  }

  /**
   * What {@link #write} did.
   *
   * @param observed what was there before
   * @param desired what of that is ours now
   */
  record Written(Tables observed, Ruleset desired, Plan plan) {
    int changes() {
      return plan.changesOfRules();
    }

    /** What was wrong before, if somebody else had changed what was right. */
    List<String> damage() {
      return Damage.between(observed, plan.appliedTo(observed));
    }
  }

  /** A policy that was ours is by now what we want it to be. */
  private void notePolicy(Tables observed, Ruleset owned) {
    boolean drops =
        observed
            .chain(Table.FILTER, Hook.FORWARD.name())
            .flatMap(Chain::policy)
            .filter(policy -> policy == Policy.DROP)
            .isPresent();
    if (drops && !OwnedRules.policies(owned).containsValue(Policy.DROP)) {
      droppedByOthers.add(owned.family());
    } else {
      droppedByOthers.remove(owned.family());
    }
  }

  /**
   * The families whose FORWARD dropped what nobody accepted when their rules were written last, and
   * not for us.
   */
  synchronized Set<Family> droppedByOthers() {
    return Set.copyOf(droppedByOthers);
  }

  /** A dockerd that writes its own rules asks the user's itself. */
  private static Ruleset complete(Ruleset rules, Tables observed, Standing standing) {
    return switch (standing) {
      case REPLACE -> UsersChain.keptInForce(rules, observed);
      case BESIDE -> rules;
    };
  }

  private Plan write(Tables observed, Ruleset owned, Ruleset desired)
      throws FirewallException, IOException {
    Family family = desired.family();
    Plan plan = Plan.between(observed, owned, desired);
    Ownership next = Ownership.after(plan, observed, owned, desired);
    if (!plan.isEmpty()) {
      remember(applied.withRules(family, next.meanwhile()));
      firewall.apply(family, plan);
      logDone(plan, family);
    }
    remember(applied.withRules(family, next.afterwards()));
    return plan;
  }

  private static void logDone(Plan plan, Family family) {
    int changes = plan.changesOfRules();
    if (changes > 0) {
      log.info("{} changes of the {} rules", changes, text(family));
    }
    if (changes < plan.changes().size()) {
      log.info("claimed the {} table that an earlier agent owned", text(family));
    }
  }

  /** A pass wrote all its rules: remembers what they serve, and has stale connections forgotten. */
  synchronized void finish(AppliedRecord next) throws IOException {
    List<Flows> stale = ConntrackFlush.between(applied, next);
    remember(next);
    forget(stale);
  }

  synchronized void remember(AppliedRecord next) throws IOException {
    if (!next.equals(applied)) {
      store.save(next);
      applied = next;
    }
  }

  /** What we made for the user, and the user never used, is ours to take away. */
  private Ruleset withUntouchedUserChains(Ruleset owned) throws FirewallException {
    if (owned.userChains().isEmpty()) {
      return owned;
    }
    Tables observed = firewall.observe(owned.family());
    List<Chain> chains = new ArrayList<>(owned.chains());
    owned.userChains().stream()
        .filter(chain -> observed.rules(chain.table(), chain.name()).equals(chain.rules()))
        .forEach(chains::add);
    return new Ruleset(owned.family(), chains, List.of(), owned.hooks(), owned.nftTables());
  }

  private List<String> leftToTheUser(Family family, AppliedRecord before) throws FirewallException {
    Set<String> users = before.rules().getOrDefault(family, OwnedRules.NONE).users();
    return firewall.observe(family).chains().stream()
        .filter(chain -> users.contains(OwnedRules.key(chain)))
        .map(chain -> "left the " + text(family) + " chain " + chain.name() + " to its user")
        .toList();
  }

  /** The rules are right already, so connections that stay are reported and no failure. */
  private void forget(List<Flows> flows) {
    if (flows.isEmpty()) {
      return;
    }
    try {
      log.debug("forgot {} connections of {}", connections.forget(flows), flows);
    } catch (FirewallException e) {
      log.warn("{}; connections from before the change may be stuck", e.getMessage());
    }
  }

  private static String text(Family family) {
    return switch (family) {
      case IPV4 -> "IPv4";
      case IPV6 -> "IPv6";
    };
  }
}
