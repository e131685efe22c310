package dev.hairpin.proxy;

import java.net.InetSocketAddress;

/**
 * A host port that the proxy holds: nobody else can bind it until this is closed. Safe to use from
 * any thread.
 */
public interface ListeningPort extends AutoCloseable {
  Transport transport();

  /** Where clients connect to, with the port that was really bound. */
  InetSocketAddress frontend();

  /** Where new connections and flows are sent. */
  InetSocketAddress backend();

  /** Sends new connections and flows elsewhere. Those that are established stay where they are. */
  void retarget(InetSocketAddress backend);

  /**
   * Gives the port back and ends what it carries. When this returns, another program can bind the
   * port. Closing twice is harmless.
   */
  @Override
  void close();
}
