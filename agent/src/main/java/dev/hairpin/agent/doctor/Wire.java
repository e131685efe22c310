package dev.hairpin.agent.doctor;

import static java.util.Objects.requireNonNull;

/**
 * An interface as hardware.
 *
 * @param mac its hardware address, in lower case; empty without one
 * @param mtu the longest packet that it takes, in bytes
 * @param up whether it is switched on
 * @param index the kernel's number for it in its namespace
 * @param peer the number of the other end of a veth, in that end's namespace; 0 for what is none
 */
public record Wire(String name, String mac, int mtu, boolean up, int index, int peer) {
  public Wire {
    requireNonNull(name, "name");
    requireNonNull(mac, "mac");
  }
}
