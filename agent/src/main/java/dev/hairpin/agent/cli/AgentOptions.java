package dev.hairpin.agent.cli;

import dev.hairpin.agent.proxies.DialFrom;
import dev.hairpin.agent.reconcile.Forwarding;
import dev.hairpin.agent.reconcile.Settings;
import dev.hairpin.agent.reconcile.Standing;
import dev.hairpin.rules.binding.PacketMark;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.layouts.LayoutName;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What {@code hairpin agent} was told.
 *
 * @param dockerHost where dockerd listens; empty to serve namespaces only
 * @param waitForDocker whether dockerd may come up later
 * @param layout whose rules to write; empty to find out
 * @param dialFrom where the proxy opens its sockets to containers
 * @param ip6tables whether IPv6 rules are written when a network has IPv6
 * @param directRouting whether containers may be addressed directly
 * @param acceptMark packets with this mark pass to all containers
 * @param standing whether all rules are ours, or dockerd writes its own; empty to find out
 * @param metrics the loopback address to serve metrics on
 * @param teardown whether everything goes when the agent ends
 */
record AgentOptions(
    Path runDirectory,
    Path stateDirectory,
    Optional<String> dockerHost,
    boolean waitForDocker,
    Optional<LayoutName> layout,
    ProxyMode proxyMode,
    DialFrom dialFrom,
    boolean ip6tables,
    Forwarding forwarding,
    boolean directRouting,
    Optional<PacketMark> acceptMark,
    Optional<Standing> standing,
    Optional<InetSocketAddress> metrics,
    boolean teardown) {

  /**
   * The same for the passes.
   *
   * @param environment in which dockerd looks for switches too (daemon/libnetwork, bridge driver)
   */
  Settings settings(Standing found, LayoutName layoutFound, Map<String, String> environment) {
    return new Settings(
        standing.orElse(found),
        layout.orElse(layoutFound),
        proxyMode,
        ip6tables,
        forwarding,
        directRouting,
        !isOn(environment, "DOCKER_INSECURE_NO_IPTABLES_RAW"),
        acceptMark,
        !isOn(environment, "DOCKER_IGNORE_BR_NETFILTER_ERROR"));
  }

  private static boolean isOn(Map<String, String> environment, String name) {
    return "1".equals(environment.get(name));
  }
}
