package dev.hairpin.rules.trace;

import static com.google.common.collect.ImmutableSet.toImmutableSet;

import com.google.common.collect.ImmutableSet;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A host's interfaces, without the loopback interface, in the order in which the kernel lists them.
 * For each packet it is asked several times whether an address is the host's own, and a host may
 * have a cable to each of a hundred containers: that is known without going through them all. Equal
 * are those with the same interfaces in the same order.
 */
public final class Interfaces {
  private final List<Host.Interface> all;
  private final ImmutableSet<IpAddress> addresses;

  public Interfaces(List<Host.Interface> all) {
    this.all = List.copyOf(all);
    this.addresses =
        this.all.stream().flatMap(each -> each.addresses().stream()).collect(toImmutableSet());
  }

  public List<Host.Interface> all() {
    return all;
  }

  public Optional<Host.Interface> named(String name) {
    return all.stream().filter(each -> each.name().equals(name)).findFirst();
  }

  /** Whether one of them has it. */
  boolean have(IpAddress address) {
    return addresses.contains(address);
  }

  /** The first address of a family on any of them. */
  Optional<IpAddress> first(Family family) {
    return first(addresses.stream(), family);
  }

  /** The first address of a family on one of them, which its packets leave under. */
  Optional<IpAddress> firstOn(String name, Family family) {
    return first(on(name), family);
  }

  /** The address that is in reach of one of their links only. */
  Optional<IpAddress> linkLocalOn(String name) {
    return on(name).filter(address -> address.inet().isLinkLocalAddress()).findFirst();
  }

  private Stream<IpAddress> on(String name) {
    return named(name).stream().flatMap(each -> each.addresses().stream());
  }

  private static Optional<IpAddress> first(Stream<IpAddress> among, Family family) {
    return among.filter(address -> address.family() == family).findFirst();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Interfaces that && all.equals(that.all);
  }

  @Override
  public int hashCode() {
    return all.hashCode();
  }

  @Override
  public String toString() {
    return all.toString();
  }
}
