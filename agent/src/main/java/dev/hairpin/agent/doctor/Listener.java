package dev.hairpin.agent.doctor;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import java.util.Optional;

/**
 * A socket that waits for clients, as {@code ss -l} shows it.
 *
 * @param address that it is bound to; the wildcard for all
 * @param bothFamilies whether it has the IPv6 wildcard and takes IPv4 as well
 * @param port 1-65535
 * @param program that holds it; empty where that could not be seen
 */
public record Listener(
    Protocol protocol,
    IpAddress address,
    boolean bothFamilies,
    int port,
    Optional<Program> program) {
  public Listener {
    requireNonNull(protocol, "protocol");
    requireNonNull(address, "address");
    requireNonNull(program, "program");
  }

  /**
   * A process.
   *
   * @param name as the kernel cuts it: 15 bytes at most
   */
  public record Program(String name, long pid) {
    public Program {
      requireNonNull(name, "name");
    }

    /** {@code nginx (pid 123)}. */
    @Override
    public String toString() {
      return name + " (pid " + pid + ")";
    }
  }

  /** Whether it gets what is sent to this address and port. */
  public boolean takes(Protocol asked, IpAddress to, int toPort) {
    return protocol == asked
        && port == toPort
        && (address.equals(to)
            || (address.isWildcard() && (address.family() == to.family() || bothFamilies)));
  }

  /** Whether nobody but its own host can ask it. */
  public boolean isOnLoopback() {
    return address.isLoopback();
  }

  /** Whether it takes packets of that family at all. */
  public boolean speaks(Family family) {
    return address.family() == family || bothFamilies;
  }

  /** {@code tcp 127.0.0.1:80, held by nginx (pid 123)}. */
  @Override
  public String toString() {
    return protocol
        + " "
        + (bothFamilies ? "*:" + port : address.withPort(port))
        + program.map(holder -> ", held by " + holder).orElse("");
  }
}
