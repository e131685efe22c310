package dev.hairpin.it.world;

import java.util.List;

/** What is in force in the host namespace of a world, as its own tools print it. */
public record Kernel(World world) {
  /** Both families' rules, chains and policies, without comments and counters. */
  public List<String> rules() {
    return List.of("iptables-save", "ip6tables-save").stream()
        .flatMap(tool -> world.saved(tool).lines())
        .filter(line -> !line.startsWith("#"))
        .map(line -> line.startsWith(":") ? line.substring(0, line.lastIndexOf(' ')) : line)
        .toList();
  }

  /** Protocol and address of each listening socket: {@code tcp 0.0.0.0:8080}. */
  public List<String> listening() {
    return world
        .host()
        .command("ss", "-Hlntu")
        .run()
        .lines()
        .map(line -> line.split("\\s+", -1))
        .map(column -> column[0] + " " + column[4])
        .sorted()
        .toList();
  }

  /** A setting below /proc/sys/net: {@code ipv4/ip_forward}. */
  public String setting(String name) {
    return world.host().command("cat", "/proc/sys/net/" + name).run().strip();
  }

  /** The three rules of one published port, with the userland proxy on. */
  public static List<String> portRules(
      String bridge, String protocol, int hostPort, String address, int port) {
    return List.of(
        "-A DOCKER -d %s/32 ! -i %s -o %s -p %s -m %s --dport %d -j ACCEPT"
            .formatted(address, bridge, bridge, protocol, protocol, port),
        "-A POSTROUTING -s %s/32 -d %s/32 -p %s -m %s --dport %d -j MASQUERADE"
            .formatted(address, address, protocol, protocol, port),
        "-A DOCKER ! -i %s -p %s -m %s --dport %d -j DNAT --to-destination %s:%d"
            .formatted(bridge, protocol, protocol, hostPort, address, port));
  }

  /** The sockets that hold one port published on every address. */
  public static List<String> portSockets(String protocol, int hostPort) {
    return List.of(protocol + " 0.0.0.0:" + hostPort, protocol + " [::]:" + hostPort);
  }
}
