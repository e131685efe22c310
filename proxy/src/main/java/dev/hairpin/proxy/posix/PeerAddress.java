package dev.hairpin.proxy.posix;

import java.net.InetSocketAddress;
import jnr.ffi.Pointer;

/** Where accept(2) writes whom a connection is from. One thread at a time. */
public final class PeerAddress {
  private final Pointer memory = Native.allocate(SocketAddresses.MAX_BYTES);
  private final Pointer length = Native.allocate(Integer.BYTES);

  /** Of the last connection that was accepted. */
  public InetSocketAddress get() {
    return SocketAddresses.read(memory);
  }

  Pointer memory() {
    return memory;
  }

  /** The length, which accept(2) reads and writes. */
  Pointer prepared() {
    length.putInt(0, SocketAddresses.MAX_BYTES);
    return length;
  }
}
