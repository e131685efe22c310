package dev.hairpin.agent.lab;

import java.util.List;

/**
 * The lab's namespaces and what joins them. Every link is made inside them, so the network that the
 * command runs in never sees one.
 *
 * <pre>
 *   outside ── eth0 ── eth0 host docker1 ─┬─ veth1 ── veth0 ns1
 *                                         └─ veth2 ── veth0 ns2
 * </pre>
 */
public final class LabNetwork {
  /** Where the published port is, and the agent. */
  public static final String HOST = "host";

  /** Somebody else's machine, next to the host. */
  public static final String OUTSIDE = "outside";

  /** Where the web server is, on a bridge of the host. */
  public static final String NS1 = "ns1";

  /** A neighbour of the web server, on the same bridge. */
  public static final String NS2 = "ns2";

  public static final String BRIDGE = "docker1";
  public static final String HOST_ADDRESS = "192.0.2.1";
  public static final String OUTSIDE_ADDRESS = "192.0.2.2";
  public static final String BRIDGE_ADDRESS = "172.18.0.1";
  public static final String NS1_ADDRESS = "172.18.0.2";
  public static final String NS2_ADDRESS = "172.18.0.3";

  /** The server's port, and the host's port that leads to it. */
  public static final int PORT = 3000;

  /** In the order in which they are made. */
  static final List<String> NAMESPACES = List.of(HOST, OUTSIDE, NS1, NS2);

  private LabNetwork() {}

  /** What {@code ip -batch} makes inside a namespace once all are there. */
  static List<String> links(String namespace) {
    return switch (namespace) {
      case HOST ->
          List.of(
              "link set lo up",
              "link add eth0 type veth peer name eth0 netns " + OUTSIDE,
              "address add " + HOST_ADDRESS + "/24 dev eth0",
              // Nobody else is on the wire: waiting for duplicates would only make the first
              // requests fail.
              "address add 2001:db8:1::1/64 dev eth0 nodad",
              "link set eth0 up",
              "link add " + BRIDGE + " type bridge",
              "address add " + BRIDGE_ADDRESS + "/16 dev " + BRIDGE,
              "link set " + BRIDGE + " up",
              "link add veth1 type veth peer name veth0 netns " + NS1,
              "link set veth1 master " + BRIDGE,
              "link set veth1 up",
              "link add veth2 type veth peer name veth0 netns " + NS2,
              "link set veth2 master " + BRIDGE,
              "link set veth2 up");
      case OUTSIDE ->
          List.of(
              "link set lo up",
              "address add " + OUTSIDE_ADDRESS + "/24 dev eth0",
              "address add 2001:db8:1::2/64 dev eth0 nodad",
              "link set eth0 up");
      case NS1 -> member(NS1_ADDRESS);
      case NS2 -> member(NS2_ADDRESS);
      default -> throw new IllegalArgumentException("\"" + namespace + "\" is not of the lab");
    };
  }

  /** As a container's network is. */
  private static List<String> member(String address) {
    return List.of(
        "link set lo up",
        "address add " + address + "/16 dev veth0",
        "link set veth0 up",
        "route add default via " + BRIDGE_ADDRESS);
  }
}
