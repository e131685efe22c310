package dev.hairpin.agent.cli;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.control.Response;
import dev.hairpin.agent.keeper.Keeper;
import dev.hairpin.agent.reconcile.Host;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.netfilter.Tables;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What an agent has recorded of this host, and left here if it has ended. */
final class LeftBehind {
  private final AgentDirectories directories;
  private final Host host;

  private LeftBehind(AgentDirectories directories, Host host) {
    this.directories = directories;
    this.host = host;
  }

  static LeftBehind open(AgentDirectories directories) throws ConfigurationException, IOException {
    ThisHost.requireRoot("look at what the agent left");
    return new LeftBehind(directories, ThisHost.open(directories.run(), pid -> {}));
  }

  Response rules() {
    try {
      return new Response.Rules(host.rules(ThisHost::layout), host.leftToProxy());
    } catch (FirewallException e) {
      return new Response.Refused(e.getMessage(), false);
    }
  }

  /**
   * Everybody's rules that are in force, ours with what they are for.
   *
   * @throws FirewallException if they can't be read
   */
  Tables explained(Family family) throws FirewallException {
    return host.explained(family, ThisHost::layout);
  }

  /** What our rules and proxy serve. */
  List<PortBinding> published() {
    return host.published();
  }

  /** What our proxy serves. */
  List<PortBinding> proxied() {
    return host.served().map(DesiredState::proxied).orElse(List.of());
  }

  /** What is published now, or was when the last agent ended; empty if nothing is known of one. */
  Optional<DesiredState> served() {
    return host.served();
  }

  Response remove() throws IOException {
    try {
      List<String> lines = new ArrayList<>(host.tearDown());
      int sockets = Keeper.end(directories.run());
      if (sockets > 0) {
        lines.add("closed " + sockets + " sockets that waited for the next agent");
      }
      new RunDirectory(directories.run()).removeUnused();
      return new Response.Done(
          lines.isEmpty()
              ? List.of("nothing to take away: " + directories.run() + " has no record of an agent")
              : lines);
    } catch (FirewallException e) {
      return new Response.Refused(e.getMessage(), false);
    }
  }
}
