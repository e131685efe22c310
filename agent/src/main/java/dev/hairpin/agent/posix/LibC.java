package dev.hairpin.agent.posix;

import jnr.ffi.Pointer;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import jnr.ffi.annotations.SaveError;

/** The calls of libc that are made here; jnr-posix makes the others. */
public interface LibC {
  /** open(2) of what is there already. */
  @SaveError
  int open(String path, int flags);

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

  /** bind(2). */
  @SaveError
  int bind(int socket, @In Pointer address, int length);

  /** connect(2). */
  @SaveError
  int connect(int socket, @In Pointer address, int length);

  /** getsockname(2). */
  @SaveError
  int getsockname(int socket, Pointer address, Pointer length);

  /** getsockopt(2). */
  @SaveError
  int getsockopt(int socket, int level, int name, Pointer value, Pointer length);

  /** setsockopt(2). */
  @SaveError
  int setsockopt(int socket, int level, int name, Pointer value, int length);

  /** sendmsg(2). */
  @SaveError
  long sendmsg(int socket, Pointer header, int flags);

  /** recvmsg(2). */
  @SaveError
  long recvmsg(int socket, Pointer header, int flags);

  /** send(2). */
  @SaveError
  long send(int socket, Pointer data, long length, int flags);

  /** recv(2). */
  @SaveError
  long recv(int socket, Pointer buffer, long length, int flags);

  /** memfd_create(2); glibc 2.27. */
  @SaveError
  int memfd_create(String name, int flags);

  /** newlocale(3); a null pointer as the base is an empty locale. */
  @SaveError
  Pointer newlocale(int categories, String name, Pointer base);

  /** uselocale(3), for the calling thread. */
  Pointer uselocale(Pointer locale);

  /** close(2). */
  @SaveError
  int close(int descriptor);

  /** posix_spawnp(3). This and its kin return the error. */
  int posix_spawnp(
      Pointer process,
      String file,
      Pointer actions,
      Pointer attributes,
      Pointer arguments,
      Pointer environment);

  /** posix_spawn_file_actions_init(3). */
  int posix_spawn_file_actions_init(Pointer actions);

  /** posix_spawn_file_actions_destroy(3). */
  int posix_spawn_file_actions_destroy(Pointer actions);

  /** posix_spawn_file_actions_addopen(3). */
  int posix_spawn_file_actions_addopen(
      Pointer actions, int descriptor, String path, int flags, int mode);

  /** posix_spawn_file_actions_adddup2(3); one that stays where it is loses FD_CLOEXEC. */
  int posix_spawn_file_actions_adddup2(Pointer actions, int from, int to);

  /** Closes this descriptor and all above it; glibc 2.34. */
  int posix_spawn_file_actions_addclosefrom_np(Pointer actions, int from);

  /** Changes the directory; glibc 2.29. */
  int posix_spawn_file_actions_addchdir_np(Pointer actions, String path);

  /** posix_spawnattr_init(3). */
  int posix_spawnattr_init(Pointer attributes);

  /** posix_spawnattr_destroy(3). */
  int posix_spawnattr_destroy(Pointer attributes);

  /** posix_spawnattr_setflags(3). */
  int posix_spawnattr_setflags(Pointer attributes, short flags);

  /** posix_spawnattr_setsigmask(3). */
  int posix_spawnattr_setsigmask(Pointer attributes, Pointer signals);
}
