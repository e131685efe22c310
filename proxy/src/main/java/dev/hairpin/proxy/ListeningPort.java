package dev.hairpin.proxy;

import java.net.InetSocketAddress;
import java.util.OptionalInt;

/**
 * A host port that the proxy holds: nobody else can bind it until this is closed. Safe to use from
 * any thread but the proxy's own.
 */
public interface ListeningPort extends AutoCloseable {
  Transport transport();

  /** Where clients connect to, with the port that was really bound. */
  InetSocketAddress frontend();

  /** Where new connections and flows are sent. */
  Backend backend();

  /**
   * The descriptor of its socket, which {@link UserlandProxy#adopt} can make a port of in another
   * process. Valid until this is closed. Empty where no other process could.
   */
  default OptionalInt descriptor() {
    return OptionalInt.empty();
  }

  /** What was carried so far. */
  Traffic traffic();

  /**
   * Sends new connections and flows elsewhere. Connections that are established stay where they
   * are; UDP flows end, as the old backend's address may belong to another container by now. The
   * backend that it has already changes nothing, and neither does a port that is closed.
   */
  void retarget(Backend backend);

  /** The same with nothing but an address. */
  default void retarget(InetSocketAddress backend) {
    retarget(Backend.at(backend));
  }

  /**
   * Gives the port back and ends what it carries: connections are reset at both ends. When this
   * returns, another program can bind the port. Closing twice is harmless.
   */
  @Override
  void close();
}
