package dev.hairpin.agent.plan;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.docker.DaemonSettings;
import dev.hairpin.agent.docker.EngineVersion;
import dev.hairpin.rules.layouts.LayoutName;
import java.util.ArrayList;
import java.util.List;
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

  /** What was asked for that this engine doesn't know, in whole lines. It is not looked at. */
  public List<String> unknown() {
    List<String> unknown = new ArrayList<>();
    if (settings.ipForwardNoDrop() && !version.isAtLeast(28, 0)) {
      unknown.add("ip-forward-no-drop");
    }
    if (settings.allowDirectRouting() && !version.isAtLeast(28, 2)) {
      unknown.add("allow-direct-routing");
    }
    if (settings.acceptMark().isPresent() && !version.isAtLeast(29, 0)) {
      unknown.add("bridge-accept-fwmark");
    }
    switches.stream().filter(on -> !on.isKnownTo(version)).map(Enum::name).forEach(unknown::add);
    return unknown.stream()
        .map(name -> "dockerd " + version + " does not know " + name + "; it is not looked at")
        .toList();
  }
}
