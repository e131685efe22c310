package dev.hairpin.agent.posix;

import static java.util.Objects.requireNonNull;

/**
 * A program that changed rules, as the kernel tells of it.
 *
 * @param name that the program goes by (comm, of 15 bytes at most), which it may have chosen itself
 * @param pid of its thread, in the kernel's own PID namespace
 * @param port of its netlink socket: its process id in the PID namespace that it lives in, unless
 *     another socket had that
 */
public record RuleWriter(String name, long pid, long port) {
  public RuleWriter {
    requireNonNull(name, "name");
  }

  /** {@code nft (pid 4711)}. */
  @Override
  public String toString() {
    return name + " (pid " + pid + ")";
  }
}
