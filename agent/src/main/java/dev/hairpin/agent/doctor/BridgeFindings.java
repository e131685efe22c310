package dev.hairpin.agent.doctor;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes findings of bridges that don't lead to their networks. */
final class BridgeFindings {
  private final Map<String, Wire> wires;

  /**
   * @param wires the host's interfaces as hardware, by name
   */
  BridgeFindings(Map<String, Wire> wires) {
    this.wires = wires;
  }

  Finding finding(Cure.Connect connect, List<Way> ways) {
    String name = connect.network().bridge();
    Optional<Wire> wire = Optional.ofNullable(wires.get(name));
    boolean isDown = wire.filter(found -> !found.up()).isPresent();
    String state =
        wire.isEmpty()
            ? "no such interface"
            : isDown ? "down" : "no address in " + connect.network().subnets();
    return Finding.of(
        Code.NO_ROUTE,
        ways,
        List.of(ways.getFirst().binding().containerAddress().toString()),
        List.of(name + ": " + state),
        List.of(
            isDown
                ? Remedies.run("ip", "link", "set", "dev", name, "up")
                : Remedies.byHand("restart-docker")));
  }
}
