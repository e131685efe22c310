package dev.hairpin.rules.nftables;

import static java.util.Comparator.comparing;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** Puts consecutive ports together that one element can stand for. */
final class PortRuns {
  private PortRuns() {}

  /**
   * A port by itself.
   *
   * @param target where it leads; empty where only being there counts
   * @param reason why it is there, given the words for all that it is put together with: {@code
   *     0.0.0.0:8000-8009/tcp}
   */
  record Port(
      Protocol protocol,
      IpAddress address,
      int number,
      Optional<Action.Dnat> target,
      Function<String, Reason> reason) {
    private boolean continues(Port last) {
      return isAt(last.protocol, last.address, last.number + 1)
          && (target.isEmpty() || (keepsNumber() && last.keepsNumber() && leadsTo(last)));
    }

    private boolean isAt(Protocol otherProtocol, IpAddress otherAddress, int otherNumber) {
      return protocol == otherProtocol && address.equals(otherAddress) && number == otherNumber;
    }

    private boolean keepsNumber() {
      return target.filter(to -> to.port().orElseThrow() == number).isPresent();
    }

    private boolean leadsTo(Port other) {
      return target.map(Action.Dnat::address).equals(other.target.map(Action.Dnat::address));
    }
  }

  /**
   * Consecutive ports that lead to the same ports of one address, or one port.
   *
   * @param first of them
   */
  record Run(Port first, PortRange ports) {
    Reason reason() {
      String last = ports.size() > 1 ? "-" + ports.last() : "";
      return first.reason.apply(
          first.address.withPort(ports.first()) + last + "/" + first.protocol);
    }
  }

  /** Of the same port given twice, the first counts: the kernel's rules would be asked in order. */
  static List<Run> of(Stream<Port> ports) {
    List<Run> runs = new ArrayList<>();
    Port first = null;
    Port last = null;
    for (Port port : sorted(ports)) {
      if (last != null && port.isAt(last.protocol, last.address, last.number)) {
        continue;
      }
      if (last != null && !port.continues(last)) {
        runs.add(run(first, last));
        first = port;
      }
      first = first == null ? port : first;
      last = port;
    }
    if (last != null) {
      runs.add(run(first, last));
    }
    return runs;
  }

  private static Run run(Port first, Port last) {
    return new Run(first, new PortRange(first.number, last.number));
  }

  /** Sorting is stable, so equal ones stay in the order in which they came. */
  private static List<Port> sorted(Stream<Port> ports) {
    return ports
        .sorted(
            comparing(Port::protocol).thenComparing(Port::address).thenComparingInt(Port::number))
        .toList();
  }
}
