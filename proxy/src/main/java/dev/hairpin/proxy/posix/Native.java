package dev.hairpin.proxy.posix;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/** The C library, memory for its arguments, and what its results mean. */
final class Native {
  static final LibC LIBC = LibraryLoader.create(LibC.class).load("c");
  static final Runtime RUNTIME = Runtime.getRuntime(LIBC);

  private Native() {}

  static Pointer allocate(int bytes) {
    return Memory.allocateDirect(RUNTIME, bytes, true);
  }

  /** Memory whose pages cost nothing until they are written to. */
  static Pointer allocateUntouched(int bytes) {
    return Memory.allocateDirect(RUNTIME, bytes, false);
  }

  static int check(String call, int result) throws PosixException {
    if (result < 0) {
      throw new PosixException(call, RUNTIME.getLastError());
    }
    return result;
  }

  /** A call on a socket that doesn't block is never interrupted, so EINTR isn't looked for. */
  static int moved(String call, long result) throws PosixException {
    if (result >= 0) {
      return (int) result;
    }
    int errno = RUNTIME.getLastError();
    if (errno == Errno.EAGAIN) {
      return ConnectionSocket.NOT_NOW;
    }
    throw new PosixException(call, errno);
  }
}
