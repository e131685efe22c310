package dev.hairpin.agent.proxies;

import dev.hairpin.rules.binding.HostPort;
import java.util.Collection;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Has sockets outlive this process, and knows those that outlived an earlier one: what is sent to
 * them meanwhile waits in the kernel. Safe to use from any thread.
 */
public interface SocketKeeper {
  /** Where sockets end with the process. */
  SocketKeeper NONE = new None();

  /**
   * The socket that an earlier process left for this port; empty if there is none. It is kept on.
   *
   * @return a descriptor, the caller's from here on
   */
  OptionalInt take(HostPort hostPort);

  /**
   * Has sockets outlive this process from here on. What can't be kept ends with the process, and is
   * logged.
   *
   * @param descriptors by port; valid until {@link #forget}
   */
  void keep(Map<HostPort, Integer> descriptors);

  /** Keeps these no longer: when this returns, they are as open as the caller has them. */
  void forget(Collection<HostPort> hostPorts);

  /**
   * Closes what an earlier process left, nobody has taken, and is in the way of this port: the same
   * number on the wildcard, or where this is the wildcard.
   *
   * @return whether there was any
   */
  boolean closeLeftAt(HostPort hostPort);

  /** Closes all that an earlier process left and nobody has taken. */
  void closeLeft();

  /** {@link #NONE}. */
  final class None implements SocketKeeper {
    private None() {}

    @Override
    public OptionalInt take(HostPort hostPort) {
      return OptionalInt.empty();
    }

    @Override
    public void keep(Map<HostPort, Integer> descriptors) {}

    @Override
    public void forget(Collection<HostPort> hostPorts) {}

    @Override
    public boolean closeLeftAt(HostPort hostPort) {
      return false;
    }

    @Override
    public void closeLeft() {}
  }
}
