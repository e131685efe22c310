package dev.hairpin.it.promises;

import dev.hairpin.agent.proxies.PortHolder;
import dev.hairpin.agent.proxies.PortOpener;
import dev.hairpin.agent.proxies.ProxyPool;
import dev.hairpin.proxy.ProxySettings;
import dev.hairpin.proxy.UserlandProxy;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.apply.CommandRunner;
import dev.hairpin.rules.apply.Firewall;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.apply.KernelFirewall;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.layouts.BesideHairpinLayout;
import dev.hairpin.rules.layouts.LayoutName;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.plan.Plan;
import dev.hairpin.rules.promises.BesidePromises;
import dev.hairpin.rules.promises.Network;
import dev.hairpin.rules.promises.Promises;
import dev.hairpin.rules.promises.Situation;
import dev.hairpin.rules.promises.WantedState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;

/** Rules on a stage, which goes from situation to situation. */
final class Scene {
  private final Stage stage;
  private final Script script;
  private final Firewall firewall;
  private final Asker asker;
  private final UserlandProxy proxy;

  /**
   * Whose rules there are, and what is asked.
   *
   * @param rules each written after the ones before it, whoever writes it
   */
  record Script(
      BiFunction<Situation, Family, List<Ruleset>> rules,
      Function<Situation, Stream<Promises.Case>> rows) {
    /** The rules of one layout, all of them ours. */
    static Script of(LayoutName layout) {
      return new Script(
          (situation, family) ->
              List.of(layout.layout().rulesFor(WantedState.in(situation), family)),
          situation -> Promises.of(layout, situation));
    }

    /** Ours in a table of nftables', beside those of a dockerd that publishes nothing. */
    static Script beside(LayoutName dockerds) {
      return new Script(
          (situation, family) ->
              List.of(
                  dockerds.layout().rulesFor(WantedState.ofDockerd(situation), family),
                  new BesideHairpinLayout().rulesFor(WantedState.besideDockerd(situation), family)),
          situation -> BesidePromises.of(dockerds, situation));
    }
  }

  Scene(Stage stage, Script script) {
    this.stage = stage;
    this.script = script;
    this.firewall = new KernelFirewall(CommandRunner.local().inNamespace(stage.host().file()));
    this.asker = new Asker(stage);
    // Threads live where they were started: the proxy's in the host's namespace.
    this.proxy =
        stage
            .world()
            .inhabitedBy(stage.host().call(() -> UserlandProxy.start(ProxySettings.defaults())));
  }

  /** Brings a situation about and asks all that is promised in it. */
  Map<Promises.Case, String> play(Situation situation) {
    DesiredState wanted = WantedState.in(situation);
    set(situation);
    write(situation);
    try (ProxyPool ports =
        new ProxyPool(PortOpener.of(proxy, situation.proxyMode()), PortHolder::new)) {
      hold(wanted, ports);
      return asker.ask(script.rows().apply(situation).toList());
    }
  }

  private void set(Situation situation) {
    String loopback =
        switch (situation.proxyMode()) {
          case USERLAND -> "0";
          case HAIRPIN -> "1";
        };
    String bridged = situation.bridgedMeetRules() ? "1" : "0";
    List<String> settings = new ArrayList<>();
    for (Network network : Network.values()) {
      settings.add("net.ipv4.conf." + network.bridge() + ".route_localnet=" + loopback);
    }
    settings.add("net.bridge.bridge-nf-call-iptables=" + bridged);
    settings.add("net.bridge.bridge-nf-call-ip6tables=" + bridged);
    stage.host().command("sysctl", "-qw").and(settings).run();
    stage.setHairpinMode(
        switch (situation.proxyMode()) {
          case USERLAND -> false;
          case HAIRPIN -> true;
        });
  }

  private void write(Situation situation) {
    stage.host().command("nft", "flush", "ruleset").run();
    stage.host().command("conntrack", "-F").run();
    for (Family family : Family.values()) {
      try {
        firewall.apply(family, situation.before(family));
        for (Ruleset rules : script.rules().apply(situation, family)) {
          firewall.apply(
              family, Plan.between(firewall.observe(family), Ruleset.empty(family), rules));
        }
        firewall.apply(family, situation.afterwards(family));
      } catch (FirewallException e) {
        throw new AssertionError(situation + ": " + e.getMessage(), e);
      }
    }
  }

  private void hold(DesiredState wanted, ProxyPool ports) {
    Map<PortBinding, String> failures = stage.host().call(() -> ports.openAll(wanted.bindings()));
    if (!failures.isEmpty()) {
      throw new AssertionError("no sockets for " + failures);
    }
  }
}
