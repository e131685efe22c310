package dev.hairpin.agent.doctor;

import dev.hairpin.rules.binding.PortBinding;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Looks for containers that send longer packets than the other end of their wire takes. That end
 * drops them and tells nobody (veth_forward_skb, is_skb_forwardable), so connections open, and stop
 * as soon as there is much to send. Pure.
 */
final class Wires {
  private final Evidence evidence;

  Wires(Evidence evidence) {
    this.evidence = evidence;
  }

  List<Finding> findings(Collection<PortBinding> published) {
    return published.stream()
        .map(binding -> binding.publisher().name())
        .distinct()
        .flatMap(container ->
            Optional.ofNullable(evidence.insides().get(container)).stream()
                .flatMap(inside -> inside.wires().values().stream())
                .flatMap(wire -> tooLong(container, wire).stream()))
        .toList();
  }

  private Optional<Finding> tooLong(String container, Wire wire) {
    return otherEnd(wire)
        .filter(end -> end.mtu() < wire.mtu())
        .map(end ->
            new Finding(
                Code.MTU_TOO_LARGE,
                List.of(),
                Optional.empty(),
                Optional.empty(),
                List.of(
                    container,
                    Integer.toString(wire.mtu()),
                    end.name(),
                    Integer.toString(end.mtu())),
                List.of(
                    wire.name() + " mtu " + wire.mtu() + ", in " + container,
                    end.name() + " mtu " + end.mtu()),
                List.of(
                    Remedies.run(
                        "ip",
                        "link",
                        "set",
                        "dev",
                        end.name(),
                        "mtu",
                        Integer.toString(wire.mtu())))));
  }

  /** Numbers are of a namespace: two ends are one wire if each has the other's. */
  private Optional<Wire> otherEnd(Wire wire) {
    return wire.peer() == 0
        ? Optional.empty()
        : evidence.wires().values().stream()
            .filter(end -> end.index() == wire.peer() && end.peer() == wire.index())
            .findFirst();
  }
}
