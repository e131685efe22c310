package dev.hairpin.it.doctor;

import static dev.hairpin.agent.doctor.Asker.LOCALHOST;
import static dev.hairpin.agent.doctor.Asker.NEIGHBOUR;
import static dev.hairpin.agent.doctor.Asker.OUTSIDE;

import dev.hairpin.agent.doctor.Code;
import java.util.List;

/** What settings of the kernel do to a published port. */
final class SettingFaults {
  private SettingFaults() {}

  /** Those of a host whose publisher has no userland proxy. */
  static List<Fault> withoutProxy() {
    return List.of(forwardingOff(), routeLocalnetOff(), bridgeFilterOff());
  }

  static Fault forwardingOff() {
    return Fault.named("net.ipv4.ip_forward=0")
        .host("sysctl -qw net.ipv4.ip_forward=0")
        .losing(OUTSIDE)
        .losingDatagrams(OUTSIDE)
        .found(Code.FORWARDING_OFF, "net.ipv4");
  }

  static Fault routeLocalnetOff() {
    return Fault.named("route_localnet=0 without a proxy")
        .host("sysctl -qw net.ipv4.conf.{bridge}.route_localnet=0")
        .losing(LOCALHOST)
        .losingDatagrams(LOCALHOST)
        .found(Code.ROUTE_LOCALNET_OFF, "{bridge}.route_localnet");
  }

  /** Answers to a neighbour go from port to port of the bridge, and nobody translates them. */
  static Fault bridgeFilterOff() {
    return Fault.named("bridge-nf-call-iptables=0 without a proxy")
        .host("sysctl -qw net.bridge.bridge-nf-call-iptables=0")
        .losing(NEIGHBOUR)
        .losingDatagrams(NEIGHBOUR)
        .found(Code.BRIDGE_FILTER_OFF, "bridge-nf-call-iptables");
  }
}
