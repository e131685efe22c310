package dev.hairpin.agent.doctor;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.walk.Surveyed;
import dev.hairpin.rules.address.Family;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a container or namespace looks like from within.
 *
 * @param namespace the file of its network namespace; empty where that is not known
 * @param listeners empty where that could not be looked up
 * @param networks its interfaces, addresses and routes, by family, as far as they are known
 * @param wires its interfaces as hardware, by name
 * @param sysctls settings by name, with dots: {@code net.ipv4.conf.eth0.rp_filter}
 */
public record Inside(
    Optional<String> namespace,
    Optional<List<Listener>> listeners,
    Map<Family, Surveyed> networks,
    Map<String, Wire> wires,
    Map<String, String> sysctls) {
  /** Nothing could be looked up. */
  public static final Inside UNKNOWN =
      new Inside(Optional.empty(), Optional.empty(), Map.of(), Map.of(), Map.of());

  public Inside {
    requireNonNull(namespace, "namespace");
    listeners = requireNonNull(listeners, "listeners").map(List::copyOf);
    networks = Map.copyOf(networks);
    wires = Map.copyOf(wires);
    sysctls = Map.copyOf(sysctls);
  }
}
