package dev.hairpin.agent.plan;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.docker.DaemonSettings;
import dev.hairpin.agent.docker.EngineVersion;
import dev.hairpin.rules.layouts.LayoutName;
import java.util.Set;

/**
 * The engine whose rules are worked out.
 *
 * @param layout of its rules
 * @param switches that are on in its environment
 */
public record Engine(
    LayoutName layout, EngineVersion version, DaemonSettings settings, Set<EngineSwitch> switches) {
  public Engine {
    requireNonNull(layout, "layout");
    requireNonNull(version, "version");
    requireNonNull(settings, "settings");
    switches = Set.copyOf(switches);
  }

  /**
   * An engine that starts with these settings and writes these rules.
   *
   * @throws ConfigurationException if there is none
   */
  public static Engine of(
      LayoutName layout, EngineVersion version, DaemonSettings settings, Set<EngineSwitch> switches)
      throws ConfigurationException {
    if (!version.writes(layout)) {
      throw new ConfigurationException(
          "dockerd " + version + " does not write the layout " + layout);
    }
    String backend = layout.keyword().endsWith("-nft") ? "nftables" : "iptables";
    if (!settings.firewallBackend().orElse(backend).equals(backend)) {
      throw new ConfigurationException(
          "layout "
              + layout
              + " is for "
              + backend
              + ", but the daemon's firewall-backend is "
              + settings.firewallBackend().get());
    }
    if (version.refusal(settings).isPresent()) {
      throw new ConfigurationException(version.refusal(settings).get());
    }
    return new Engine(layout, version, settings, switches);
  }
}
