package dev.hairpin.agent.sighting;

import dev.hairpin.agent.sighting.Sighting.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One packet, and where it was seen, in order.
 *
 * @param sightings at least one
 */
public record SeenPacket(List<Sighting> sightings) {
  /** What packets pass on the way through a host, in order. */
  private static final List<String> HOOKS =
      List.of("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING");

  /** In the order of their priorities at any hook but for nat, which comes last behind filter. */
  private static final List<String> TABLES = List.of("raw", "mangle", "nat", "filter", "security");

  public SeenPacket {
    sightings = List.copyOf(sightings);
    if (sightings.isEmpty()) {
      throw new IllegalArgumentException("a packet that nobody has seen");
    }
  }

  /** Tells the packets apart. Those of several connections may have been seen by turns. */
  public static List<SeenPacket> among(List<Sighting> sightings) {
    List<List<Sighting>> packets = new ArrayList<>();
    for (Sighting sighting : sightings) {
      packets.reversed().stream()
          .filter(packet -> continues(packet, sighting))
          .findFirst()
          .orElseGet(() -> {
            List<Sighting> another = new ArrayList<>();
            packets.add(another);
            return another;
          })
          .add(sighting);
    }
    return packets.stream().map(SeenPacket::new).toList();
  }

  private static boolean continues(List<Sighting> packet, Sighting next) {
    Sighting last = packet.getLast();
    return switch (next.layer()) {
      case BRIDGE -> !next.table().equals("broute") && haveSameAddresses(last, next);
      case IP ->
          lastOfIp(packet)
              .map(before ->
                  before.header().isOfSamePacket(next.header()) && isFurther(before, next))
              .orElseGet(() -> haveSameAddresses(last, next));
    };
  }

  private static boolean haveSameAddresses(Sighting one, Sighting other) {
    return one.header().source().equals(other.header().source())
        && one.header().destination().equals(other.header().destination());
  }

  private static Optional<Sighting> lastOfIp(List<Sighting> packet) {
    return packet.reversed().stream().filter(seen -> seen.layer() == Layer.IP).findFirst();
  }

  /** Two packets may be alike in all that the log says, but none goes back on its way. */
  private static boolean isFurther(Sighting before, Sighting next) {
    int from = HOOKS.indexOf(before.chain());
    int to = HOOKS.indexOf(next.chain());
    if (from < 0 || to < 0) {
      return true;
    }
    boolean comesAroundAgain =
        before.chain().equals("POSTROUTING")
            && next.chain().equals("PREROUTING")
            && before.output().equals("lo")
            && next.input().equals("lo");
    return comesAroundAgain
        || from < to
        || (from == to
            && (isTheSameChain(before, next)
                || TABLES.indexOf(before.table()) < TABLES.indexOf(next.table())));
  }

  /** Rule by rule, unless the chain had come to its end. */
  private static boolean isTheSameChain(Sighting before, Sighting next) {
    return before.table().equals(next.table())
        && switch (before.event()) {
          case Sighting.Event.Matched matched -> true;
          case Sighting.Event.Returned returned -> true;
          case Sighting.Event.Policy policy -> false;
          case Sighting.Event.Logged logged -> false;
          case Sighting.Event.Passed passed -> false;
        };
  }

  /** {@code SYN}; of a frame that only the bridge has seen, nothing is known. */
  public String kind() {
    return lastOfIp(sightings).map(seen -> seen.header().kind()).orElse("frame");
  }

  public Header first() {
    return sightings.stream()
        .filter(seen -> seen.layer() == Layer.IP)
        .findFirst()
        .orElse(sightings.getFirst())
        .header();
  }
}
