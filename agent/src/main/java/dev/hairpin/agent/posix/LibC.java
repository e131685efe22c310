package dev.hairpin.agent.posix;

import jnr.ffi.Pointer;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import jnr.ffi.annotations.SaveError;

/** The calls of libc that jnr-posix has no binding for. */
public interface LibC {
  /** setns(2). */
  @SaveError
  int setns(int descriptor, int type);

  /** socket(2). */
  @SaveError
  int socket(int domain, int type, int protocol);

  /** ioctl(2) with an argument in memory. */
  @SaveError
  int ioctl(int descriptor, long request, @In @Out Pointer argument);

  /** syscall(2), for what older C libraries have no name for. */
  @SaveError
  long syscall(long number, long first, long second, long third);

  /** sendto(2). */
  @SaveError
  long sendto(
      int socket, @In byte[] data, long length, int flags, @In byte[] address, int addressLength);
}
