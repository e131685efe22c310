package dev.hairpin.agent.lab;

/** The ways to ask for a published port: each is served by something else. */
public enum Approach {
  FROM_OUTSIDE('a', "outside", LabNetwork.OUTSIDE, LabNetwork.HOST_ADDRESS),
  BY_HOST_ADDRESS('b', "host, its own address", LabNetwork.HOST, LabNetwork.HOST_ADDRESS),
  BY_LOCALHOST('c', "host, localhost", LabNetwork.HOST, "127.0.0.1"),
  BY_LOCALHOST_IPV6('d', "host, localhost, IPv6", LabNetwork.HOST, "::1"),
  HAIRPIN('e', "ns1 itself (hairpin)", LabNetwork.NS1, LabNetwork.HOST_ADDRESS);

  private final char letter;
  private final String who;
  private final String namespace;
  private final String address;

  Approach(char letter, String who, String namespace, String address) {
    this.letter = letter;
    this.who = who;
    this.namespace = namespace;
    this.address = address;
  }

  /** Who asks, for a person. */
  public String who() {
    return who;
  }

  /** Where the question is asked. */
  public String namespace() {
    return namespace;
  }

  /** The address that is asked, without a port. */
  public String address() {
    return address;
  }

  /** How tables and lists refer to it: {@code a} to {@code e}. */
  public char letter() {
    return letter;
  }
}
