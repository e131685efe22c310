package dev.hairpin.rules.promises;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import java.util.List;
import java.util.stream.Stream;

/** Something that can be addressed: an address of each family, or of one. */
public record Spot(List<IpAddress> addresses) {
  public static final Spot LOOPBACK = at("127.0.0.1", "::1");

  public Spot {
    addresses = List.copyOf(addresses);
  }

  public static Spot at(String... addresses) {
    return new Spot(Stream.of(addresses).map(IpAddress::parse).toList());
  }

  public boolean has(Family family) {
    return addresses.stream().anyMatch(address -> address.family() == family);
  }

  /** The address of a family; where there is none, that of the other. */
  public IpAddress address(Family family) {
    return addresses.stream()
        .filter(address -> address.family() == family)
        .findFirst()
        .orElseGet(addresses::getFirst);
  }

  String[] texts() {
    return addresses.stream().map(IpAddress::toString).toArray(String[]::new);
  }
}
