package dev.hairpin.agent.cli;

import dev.hairpin.agent.reconcile.Standing;
import dev.hairpin.rules.layouts.LayoutName;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What {@code hairpin agent} was told.
 *
 * @param dockerHost where dockerd listens; empty to serve namespaces only
 * @param waitForDocker whether dockerd may come up later
 * @param userlandProxy whether the proxy carries what NAT doesn't
 * @param ip6tables whether IPv6 rules are written when a network has IPv6
 * @param dropForwarded whether FORWARD gets the policy DROP when forwarding was switched on for us
 * @param standing whether all rules are ours, or dockerd writes its own; empty to find out
 * @param teardown whether everything goes when the agent ends
 * @param layout whose rules to write
 */
record AgentOptions(
    Path runDirectory,
    Path stateDirectory,
    Optional<String> dockerHost,
    boolean waitForDocker,
    boolean userlandProxy,
    boolean ip6tables,
    boolean dropForwarded,
    Optional<Standing> standing,
    boolean teardown,
    LayoutName layout) {}
