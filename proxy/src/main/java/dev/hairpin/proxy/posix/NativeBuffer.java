package dev.hairpin.proxy.posix;

import jnr.ffi.Memory;
import jnr.ffi.Pointer;

/** Memory outside the heap, for as long as this object is reachable. One thread at a time. */
public final class NativeBuffer {
  private final Pointer memory;
  private final int size;

  /**
   * @param size in bytes, at least 1
   */
  public NativeBuffer(int size) {
    this.memory = Memory.allocateDirect(Native.RUNTIME, size);
    this.size = size;
  }

  public int size() {
    return size;
  }

  /** Writes the bytes at its start. */
  public void put(byte[] bytes) {
    memory.put(0, bytes, 0, bytes.length);
  }

  /** Copies the start of another. */
  public void copyFrom(NativeBuffer other, int bytes) {
    other.memory.transferTo(0, memory, 0, bytes);
  }

  long address() {
    return memory.address();
  }
}
