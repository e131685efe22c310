package dev.hairpin.proxy;

import dev.hairpin.proxy.posix.DatagramBatch;
import dev.hairpin.proxy.posix.Outgoing;

/**
 * An event loop's memory for datagrams, which all its ports and flows use in turn.
 *
 * @param received what was received last
 * @param outgoing what of it goes the same way
 * @param apart datagrams that had to be taken out of a message of {@code outgoing}
 */
record DatagramRoom(DatagramBatch received, Outgoing outgoing, Outgoing apart) {
  DatagramRoom() {
    this(new DatagramBatch(), new Outgoing(), new Outgoing());
  }
}
