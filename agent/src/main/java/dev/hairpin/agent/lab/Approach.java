package dev.hairpin.agent.lab;

/** The ways to ask for a published port: each is served by something else. */
public enum Approach {
  FROM_OUTSIDE('a', LabNetwork.OUTSIDE, LabNetwork.HOST_ADDRESS),
  BY_HOST_ADDRESS('b', LabNetwork.HOST, LabNetwork.HOST_ADDRESS),
  BY_LOCALHOST('c', LabNetwork.HOST, "127.0.0.1"),
  BY_LOCALHOST_IPV6('d', LabNetwork.HOST, "::1"),
  HAIRPIN('e', LabNetwork.NS1, LabNetwork.HOST_ADDRESS);

  private final char letter;
  private final String namespace;
  private final String address;

  Approach(char letter, String namespace, String address) {
    this.letter = letter;
    this.namespace = namespace;
    this.address = address;
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
