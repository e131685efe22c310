package dev.hairpin.proxy;

import dev.hairpin.proxy.posix.UdpSocket;
import io.netty.channel.IoEventLoop;
import java.util.OptionalInt;

/** A datagram socket that an event loop watches. */
interface DatagramEndpoint {
  UdpSocket socket();

  /** As {@link ListeningPort#descriptor}. */
  OptionalInt descriptor();

  /**
   * Calls {@code onReadable} on the loop as long as there are datagrams or errors to take. On the
   * loop only, once.
   */
  void watch(IoEventLoop loop, Runnable onReadable);

  /** Ends watching and closes the socket. On the loop that watches only; twice is harmless. */
  void close();

  /** Waits until the kernel has let go of the address, after {@link #close}. Not on the loop. */
  void awaitReleased();
}
