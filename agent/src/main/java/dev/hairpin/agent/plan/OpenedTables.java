package dev.hairpin.agent.plan;

import static dev.hairpin.rules.binding.GatewayMode.NAT;

import dev.hairpin.agent.docker.Attempt;
import dev.hairpin.agent.docker.EngineVersion;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.FirewallOptions;
import dev.hairpin.rules.binding.PortRequest;
import dev.hairpin.rules.netfilter.Table;
import java.util.ArrayList;
import java.util.List;

/**
 * Which tables an engine opened for rules that it may have taken back since: {@code iptables-save}
 * goes on listing them, empty.
 */
final class OpenedTables {
  private final EngineVersion engine;
  private final FirewallOptions options;
  private final List<Attempt> attempts;

  OpenedTables(EngineVersion engine, FirewallOptions options, List<Attempt> attempts) {
    this.engine = engine;
    this.options = options;
    this.attempts = attempts;
  }

  List<Table> of(Family family) {
    List<Table> opened = new ArrayList<>();
    if (!options.families().contains(family)) {
      return opened;
    }
    List<Attempt> here =
        attempts.stream()
            .filter(attempt -> attempt.network().subnet(family).isPresent())
            .filter(attempt -> !attempt.network().internal())
            .toList();
    if (here.stream().anyMatch(attempt -> opensRaw(attempt, family))) {
      opened.add(Table.RAW);
    }
    if (here.stream().anyMatch(attempt -> opensMangle(attempt, family))) {
      opened.add(Table.MANGLE);
    }
    return opened;
  }

  /** From 28.0 on for members that must not be addressed directly, and for ports on loopback. */
  private boolean opensRaw(Attempt attempt, Family family) {
    if (!engine.isAtLeast(28, 0) || !options.rawTable()) {
      return false;
    }
    boolean guardsMembers =
        !options.directRouting() && attempt.network().gatewayMode(family) == NAT;
    return guardsMembers
        || (family == Family.IPV4 && attempt.ran() && guardsLoopback(attempt, family));
  }

  private static boolean guardsLoopback(Attempt attempt, Family family) {
    return attempt.network().gatewayMode(family).translates()
        && attempt.ports().stream()
            .flatMap(port -> port.hostAddress().stream())
            .anyMatch(address -> address.family() == family && address.isLoopback());
  }

  /**
   * For SCTP, up to 27. Before that the rules were written first, and taken back when the proxy
   * could not be started.
   */
  private boolean opensMangle(Attempt attempt, Family family) {
    return !engine.isAtLeast(28, 0)
        && (attempt.ran() || !engine.isAtLeast(27, 0))
        && attempt.network().gatewayMode(family).translates()
        && attempt.ports().stream().anyMatch(port -> isSctp(port, family));
  }

  private static boolean isSctp(PortRequest port, Family family) {
    return port.protocol() == Protocol.SCTP
        && port.hostAddress().map(address -> address.family() == family).orElse(true);
  }
}
