package dev.hairpin.agent.doctor;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toUnmodifiableMap;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Who listens where, by port: with a thousand published ports there are thousands of sockets. */
final class Sockets {
  private final Optional<Map<Integer, List<Listener>>> ofHost;
  private final Map<String, Map<Integer, List<Listener>>> insides;

  Sockets(Evidence evidence) {
    this.ofHost = evidence.listeners().map(Sockets::byPort);
    this.insides =
        evidence.insides().entrySet().stream()
            .collect(
                toUnmodifiableMap(
                    Map.Entry::getKey,
                    inside -> byPort(inside.getValue().listeners().orElse(List.of()))));
  }

  private static Map<Integer, List<Listener>> byPort(List<Listener> listeners) {
    return listeners.stream().collect(groupingBy(Listener::port));
  }

  /** Who gets what is delivered on this host; empty where that could not be seen. */
  Optional<List<Listener>> taking(Protocol protocol, IpAddress address, int port) {
    return ofHost.map(ports ->
        ports.getOrDefault(port, List.of()).stream()
            .filter(each -> each.takes(protocol, address, port))
            .toList());
  }

  /** Those of a port, at any address inside of a container or namespace. */
  List<Listener> inside(String name, Protocol protocol, int port) {
    return insides.getOrDefault(name, Map.of()).getOrDefault(port, List.of()).stream()
        .filter(each -> each.protocol() == protocol)
        .toList();
  }
}
