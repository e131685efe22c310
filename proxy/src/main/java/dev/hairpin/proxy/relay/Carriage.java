package dev.hairpin.proxy.relay;

import dev.hairpin.proxy.posix.ConnectionSocket;
import dev.hairpin.proxy.posix.PosixException;
import java.net.InetSocketAddress;
import java.util.function.LongConsumer;

/** What a transport has of its own in how its connections are carried. */
sealed interface Carriage<S extends ConnectionSocket> permits StreamCarriage, MessageCarriage {
  /** A socket that can be connected to the address. */
  S open(InetSocketAddress backend) throws PosixException;

  /** Sets what it needs to carry all that the client's carries. Before it is connected. */
  void prepare(S backend, S client) throws PosixException;

  /**
   * From one socket to the other.
   *
   * @param meter told how many bytes were taken from the sender
   */
  Way way(StreamEnd<S> from, StreamEnd<S> to, LongConsumer meter);
}
