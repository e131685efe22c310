package dev.hairpin.rules.apply;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.HostPort;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A connection as conntrack(8) lists it, as far as it has to be known to be forgotten. The reply
 * tuple has the addresses after NAT.
 *
 * @param sentTo empty where the protocol has no ports
 * @param answeringPort of {@code replySource}; 0 where the protocol has no ports
 */
record TrackedConnection(
    IpAddress replySource,
    IpAddress replyDestination,
    Optional<HostPort> sentTo,
    int answeringPort) {
  private static final Pattern ADDRESSES = Pattern.compile("src=(\\S+) dst=(\\S+)");
  private static final Pattern PORTS = Pattern.compile("sport=(\\d+) dport=(\\d+)");

  /**
   * Reads a line: {@code udp 17 29 src=192.0.2.2 dst=192.0.2.1 sport=4 dport=53 src=172.17.0.2
   * dst=192.0.2.2 sport=5353 dport=4 mark=0 use=1}. Empty if it is none, such as a heading.
   */
  static Optional<TrackedConnection> parse(String line) {
    Matcher addresses = ADDRESSES.matcher(line);
    if (!addresses.find()) {
      return Optional.empty();
    }
    IpAddress destination = IpAddress.parse(addresses.group(2));
    if (!addresses.find()) {
      return Optional.empty();
    }
    IpAddress replySource = IpAddress.parse(addresses.group(1));
    IpAddress replyDestination = IpAddress.parse(addresses.group(2));
    Matcher ports = PORTS.matcher(line);
    Optional<Protocol> protocol = Protocol.of(line.substring(0, line.indexOf(' ')));
    if (protocol.isEmpty() || !ports.find()) {
      return Optional.of(new TrackedConnection(replySource, replyDestination, Optional.empty(), 0));
    }
    int port = Integer.parseInt(ports.group(2));
    int answering = ports.find() ? Integer.parseInt(ports.group(1)) : 0;
    return Optional.of(
        new TrackedConnection(
            replySource,
            replyDestination,
            // Port 0 is nothing that anybody could publish.
            Optional.of(port)
                .filter(number -> number > 0)
                .map(number -> new HostPort(protocol.get(), destination, number)),
            answering));
  }

  /** All that it is among. */
  Stream<Flows> flows() {
    Stream<Flows> ofAddresses =
        Stream.of(new Flows.OfAddress(replySource), new Flows.OfAddress(replyDestination));
    Stream<Flows> ofPorts =
        sentTo.stream()
            .flatMap(to -> Stream.of(to, onAnyAddress(to)))
            .flatMap(to ->
                Stream.of(
                    new Flows.OfHostPort(to), new Flows.OfBinding(to, replySource, answeringPort)));
    return Stream.concat(ofAddresses, ofPorts);
  }

  private static HostPort onAnyAddress(HostPort port) {
    Family family = port.address().family();
    return new HostPort(port.protocol(), IpAddress.any(family), port.port());
  }
}
