package dev.hairpin.rules.binding;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.IpAddress;
import java.util.List;

/**
 * A publisher's place on one bridge, whether or not it publishes anything there.
 *
 * @param bridge the interface
 * @param addresses at most one of each family
 */
public record Member(Publisher publisher, String bridge, List<IpAddress> addresses) {
  public Member {
    requireNonNull(publisher, "publisher");
    requireNonNull(bridge, "bridge");
    addresses = List.copyOf(addresses);
  }
}
