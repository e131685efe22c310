package dev.hairpin.agent.cli;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.reconcile.Host;
import dev.hairpin.agent.reconcile.Settings;
import dev.hairpin.agent.reconcile.Standing;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.layouts.Generation;
import dev.hairpin.rules.layouts.LayoutName;
import dev.hairpin.rules.layouts.LeftRules;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What an agent finds on the host when it starts, and decides by where its options leave it open.
 *
 * @param dockerds the rules of dockerd's that no agent wrote
 * @param inForce the layout of the rules that an agent wrote
 * @param last the layout that this host had before the machine was restarted
 * @param labels whether {@link Host#canLabelConnections}
 * @param nftables whether there can be rules of nftables' own
 */
record Surroundings(
    Optional<LeftRules> dockerds,
    Optional<LayoutName> inForce,
    Optional<LayoutName> last,
    boolean labels,
    boolean nftables) {
  /** What most engines in use write, and the only layout that wants nothing of the raw table. */
  private static final LayoutName OF_DOCKER = LayoutName.DOCKER20;

  /**
   * Looks around. It is the first time that the rules are read: whatever can't be done here is
   * found out now.
   */
  static Surroundings of(Host host, LayoutMemory memory)
      throws ConfigurationException, IOException {
    try {
      return new Surroundings(
          host.dockerdsRules(),
          host.layoutInForce(),
          memory.read(),
          host.canLabelConnections(),
          host.canHaveNftables());
    } catch (FirewallException e) {
      throw new ConfigurationException("run the agent: " + e.getMessage(), e);
    }
  }

  /** Everything decided. */
  Settings settings(AgentOptions options, Map<String, String> environment) {
    Standing found = dockerds.isPresent() ? Standing.BESIDE : Standing.REPLACE;
    LayoutName layout =
        switch (options.standing().orElse(found)) {
          case REPLACE -> layout(options);
          case BESIDE -> besideDockerd();
        };
    return options.settings(found, layout, environment);
  }

  /** Ours stay ours, so it doesn't matter what dockerd wrote. */
  private LayoutName besideDockerd() {
    return labels ? LayoutName.HAIRPIN : LayoutName.DOCKER29;
  }

  /**
   * The rules that are in force are kept: first of all our own, then those that a dockerd left.
   * After a restart of the machine there are none, and it is what was there before. On a new host
   * Docker's ports get rules that those who know Docker expect, and namespaces the best there are.
   */
  private LayoutName layout(AgentOptions options) {
    return inForce
        .or(() -> dockerds.flatMap(LeftRules::generation).map(Generation::layout))
        .or(() -> last)
        .orElseGet(() -> options.dockerHost().isPresent() ? OF_DOCKER : ofNamespaces());
  }

  private LayoutName ofNamespaces() {
    return nftables ? LayoutName.HAIRPIN : LayoutName.DOCKER29;
  }

  /**
   * What the agent makes of the rules that it found, a line for each thing that its user should
   * know.
   *
   * @param options what the user said
   */
  List<String> remarks(Settings settings, AgentOptions options) {
    List<String> remarks = new ArrayList<>();
    if (settings.acceptMark().isPresent() && !letsMarkedIn(settings)) {
      remarks.add(
          "--bridge-accept-fwmark is nothing that "
              + ThisHost.rulesAre(settings.standing(), settings.layout())
              + " know; marked packets are let in as others are. docker29, docker29-nft and hairpin have it");
    }
    switch (settings.standing()) {
      case REPLACE -> {
        dockerds.ifPresent(left ->
            remarks.add(
                "rules of "
                    + left.whose()
                    + " are here; they are taken over into layout "
                    + settings.layout()
                    + ": those that it has too stay, the others go"));
        inForce
            .filter(layout -> layout != settings.layout())
            .ifPresent(layout ->
                remarks.add(
                    "changing the rules from layout " + layout + " to " + settings.layout()));
      }
      case BESIDE -> {
        if (!settings.layout().labelsBeside() && options.layout().isEmpty()) {
          remarks.add(
              "each port takes rules of its own, which packets meet one after the other: nft or"
                  + " iptables' match connlabel is missing here");
        }
        dockerds
            .flatMap(LeftRules::generation)
            .filter(Generation.DOCKER29_NFT::equals)
            .ifPresent(dropping ->
                remarks.add(
                    "ports of labels answer on this host only: dockerd's table of nftables' drops"
                        + " what dockerd has not published, whoever else lets it in"));
        dockerds
            .filter(left -> options.standing().isEmpty())
            .ifPresent(left ->
                remarks.add(
                    "rules of "
                        + left.whose()
                        + " are here, and no agent wrote them: serving labels and namespaces"
                        + " beside them; if dockerd writes none any more (\"iptables\": false),"
                        + " --replace takes them over into layout "
                        + options.layout().orElseGet(() -> layout(options))
                        + ", and removes those that it doesn't have"));
      }
    }
    return remarks;
  }

  private static boolean letsMarkedIn(Settings settings) {
    return settings.standing() == Standing.REPLACE
        && switch (settings.layout()) {
          case DOCKER20, DOCKER28 -> false;
          case DOCKER29, DOCKER29_NFT, HAIRPIN -> true;
        };
  }
}
