package dev.hairpin.proxy.posix;

import jnr.ffi.Pointer;

/** What is in a buffer that only the kernel reads and writes otherwise. */
public final class Contents {
  private Contents() {}

  public static void put(NativeBuffer buffer, int offset, byte[] bytes) {
    memory(buffer).put(offset, bytes, 0, bytes.length);
  }

  public static byte[] get(NativeBuffer buffer, int length) {
    byte[] bytes = new byte[length];
    memory(buffer).get(0, bytes, 0, length);
    return bytes;
  }

  private static Pointer memory(NativeBuffer buffer) {
    return Pointer.wrap(Native.RUNTIME, buffer.address());
  }
}
