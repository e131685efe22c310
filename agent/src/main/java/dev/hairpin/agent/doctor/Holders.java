package dev.hairpin.agent.doctor;

import static java.util.stream.Collectors.groupingBy;

import dev.hairpin.agent.walk.Link;
import dev.hairpin.agent.walk.Surveyed;
import dev.hairpin.rules.address.IpAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Which containers have which address, and answer for it as which hardware. */
final class Holders {
  private final Map<IpAddress, List<Holder>> byAddress;

  Holders(Evidence evidence) {
    this.byAddress =
        evidence.insides().entrySet().stream()
            .flatMap(inside -> holders(inside.getKey(), inside.getValue()))
            .collect(groupingBy(Holder::address));
  }

  private record Holder(IpAddress address, String name, String mac) {}

  private static Stream<Holder> holders(String name, Inside inside) {
    return inside.networks().values().stream()
        .map(Surveyed::links)
        .flatMap(List::stream)
        .flatMap(link ->
            Stream.ofNullable(inside.wires().get(link.name()))
                .flatMap(wire ->
                    link.addresses().stream()
                        .map(Link.Address::address)
                        .map(address -> new Holder(address, name, wire.mac()))));
  }

  /** The hardware address of another container that has an address as well. */
  Optional<String> other(IpAddress address, String name, String mac) {
    return byAddress.getOrDefault(address, List.of()).stream()
        .filter(holder -> !holder.name().equals(name) && !holder.mac().equals(mac))
        .map(Holder::mac)
        .findFirst();
  }
}
