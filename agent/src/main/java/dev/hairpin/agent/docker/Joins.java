package dev.hairpin.agent.docker;

import static java.util.Comparator.comparing;

import dev.hairpin.agent.docker.InspectedContainer.Attachment;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.Member;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Containers joining networks, in the order in which they did. Docker says when a container
 * started, not when it joined a network, which it may do later ({@code docker network connect}).
 * Addresses tell: an engine gives away the lowest free one, so who has a lower address although it
 * started later was there before; unless somebody else may have had that address in between.
 */
final class Joins {
  private static final Comparator<Join> IN_TURN =
      comparing(Join::at)
          .thenComparing(Join::isLate)
          .thenComparing(Join::started)
          .thenComparing(join -> join.container().publisher().id())
          .thenComparing(join -> !join.isFirst())
          .thenComparingInt(Join::age);

  private final Bridges bridges;
  private final List<InspectedContainer> containers;
  private final List<Join> unsorted = new ArrayList<>();

  /**
   * @param containers all that there are; those that run have joined
   */
  Joins(Bridges bridges, List<InspectedContainer> containers) {
    this.bridges = bridges;
    this.containers = containers;
    containers.stream().filter(each -> each.state().running()).forEach(this::add);
  }

  /**
   * A container's place on a network.
   *
   * @param isFirst whether it was run on that network, the others being joined behind
   * @param age of the network, as a place in the order of creation
   * @param at no earlier than the start
   */
  record Join(
      InspectedContainer container,
      BridgeNetwork network,
      Attachment attachment,
      boolean isFirst,
      int age,
      Instant at) {
    Instant started() {
      return container.state().startedAt().orElse(Instant.MAX);
    }

    boolean isLate() {
      return at.isAfter(started());
    }

    Member member() {
      return new Member(container.publisher(), network.bridge(), attachment.addresses());
    }

    private Join notBefore(Instant other) {
      return other.isAfter(at)
          ? new Join(container, network, attachment, isFirst, age, other)
          : this;
    }

    private boolean hasHigherAddressThan(Join other) {
      for (Family family : Family.values()) {
        Optional<BigInteger> mine = attachment.address(family).map(Joins::number);
        Optional<BigInteger> others = other.attachment.address(family).map(Joins::number);
        if (mine.isPresent() && others.isPresent()) {
          return mine.get().compareTo(others.get()) > 0;
        }
      }
      return false;
    }
  }

  private void add(InspectedContainer container) {
    List<BridgeNetwork> oldestFirst = bridges.oldestFirst();
    Optional<BridgeNetwork> first = bridges.ranOn(container);
    for (Attachment attachment : container.attachments()) {
      bridges
          .of(attachment)
          .filter(network -> !attachment.addresses().isEmpty())
          .map(network ->
              new Join(
                  container,
                  network,
                  attachment,
                  first.equals(Optional.of(network)),
                  oldestFirst.indexOf(network),
                  container.state().startedAt().orElse(Instant.MAX)))
          .ifPresent(unsorted::add);
    }
  }

  List<Join> inTurn() {
    return unsorted.stream().map(this::placed).sorted(IN_TURN).toList();
  }

  /** The network that a container was run on it joined when it started. */
  private Join placed(Join join) {
    return join.isFirst() || isAddressOfAnother(join)
        ? join
        : unsorted.stream()
            .filter(other -> other.isFirst() && other.network().equals(join.network()))
            .filter(join::hasHigherAddressThan)
            .map(Join::at)
            .reduce(join, Join::notBefore, (one, another) -> one.notBefore(another.at()));
  }

  /**
   * Whether some container that was there when this one started may have lost its address since, as
   * it was stopped or started again.
   */
  private boolean isAddressOfAnother(Join join) {
    return containers.stream()
        .filter(other -> !other.equals(join.container()))
        .filter(other -> bridges.wanted(other).contains(join.network()))
        .filter(other -> other.created().filter(join.started()::isAfter).isPresent())
        .anyMatch(other ->
            other
                .state()
                .startedAt()
                .filter(start -> !other.state().running() || start.isAfter(join.started()))
                .isPresent());
  }

  private static BigInteger number(IpAddress address) {
    return new BigInteger(1, address.inet().getAddress());
  }
}
