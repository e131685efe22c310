package dev.hairpin.agent.plan;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import java.util.List;

/**
 * A line of {@code reach.tsv}: what somebody tried, and what came of it.
 *
 * @param hostPort the published port that it is about
 * @param container whose port that is
 * @param from who tried: {@code outside}, {@code host}, {@code self} (the container), {@code
 *     peer:NETWORK} (a neighbour on it), {@code stranger} (on another network)
 * @param target what the address stands for, for the reader
 * @param result {@code open A:P sees S}, {@code refused}, {@code timeout}, {@code error NAME}
 */
record ReachRow(
    Protocol protocol,
    int hostPort,
    String container,
    String from,
    String target,
    IpAddress address,
    int port,
    String result) {
  static ReachRow parse(String line) {
    List<String> column = List.of(line.split("\t", -1));
    String address = column.get(5);
    int colon = address.lastIndexOf(':');
    String container = column.get(2);
    return new ReachRow(
        Protocol.of(column.get(0)).orElseThrow(),
        Integer.parseInt(column.get(1)),
        container.substring(0, container.indexOf(':')),
        column.get(3),
        column.get(4),
        IpAddress.parse(address.substring(0, colon).replace("[", "").replace("]", "")),
        Integer.parseInt(address.substring(colon + 1)),
        column.get(6));
  }

  Family family() {
    return address.family();
  }

  /** Whether the sender had no address or route of this family, so that nothing was sent. */
  boolean wasNotSent() {
    return result.startsWith("error ");
  }

  ReachRow withResult(String other) {
    return new ReachRow(protocol, hostPort, container, from, target, address, port, other);
  }

  @Override
  public String toString() {
    return protocol + " " + from + " " + target + " " + address.withPort(port) + ": " + result;
  }
}
