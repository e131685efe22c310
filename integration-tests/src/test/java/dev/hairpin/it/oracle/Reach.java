package dev.hairpin.it.oracle;

import dev.hairpin.rules.address.Protocol;

/**
 * One question about who can reach what, and its answer.
 *
 * @param container whose port it is about, with the port inside: {@code web:80}; {@code -:80} when
 *     there is none
 * @param from who asks: {@code outside}, {@code host}, {@code self} (the container), {@code
 *     peer:NETWORK} (a neighbour on it), {@code stranger} (on another network)
 * @param target what the address stands for, for the reader
 * @param address {@code ADDRESS:PORT} that was asked
 * @param result what came back, in the words of {@link dev.hairpin.it.world.Probe}
 */
public record Reach(
    Protocol protocol,
    String port,
    String container,
    String from,
    String target,
    String address,
    String result) {

  /** Reads a line of {@code reach.tsv}. */
  static Reach parse(String line) {
    String[] column = line.split("\t", -1);
    return new Reach(
        Protocol.of(column[0]).orElseThrow(),
        column[1],
        column[2],
        column[3],
        column[4],
        column[5],
        column[6]);
  }

  public Reach answered(String other) {
    return new Reach(protocol, port, container, from, target, address, other);
  }

  boolean isAboutIpv6Container() {
    return target.startsWith("ctr6:");
  }

  String host() {
    return address.substring(0, address.lastIndexOf(':')).replace("[", "").replace("]", "");
  }

  int asked() {
    return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
  }

  int containerPort() {
    return Integer.parseInt(container.substring(container.lastIndexOf(':') + 1));
  }

  String containerName() {
    return container.substring(0, container.lastIndexOf(':'));
  }

  @Override
  public String toString() {
    return String.join("\t", protocol.keyword(), port, container, from, target, address, result);
  }
}
