package dev.hairpin.proxy.posix;

import jnr.ffi.Pointer;
import jnr.ffi.annotations.SaveError;

/** The C library's functions, as their man pages have them. Public because jnr-ffi asks for it. */
public interface LibC {
  @SaveError
  int socket(int domain, int type, int protocol);

  @SaveError
  int bind(int fd, Pointer address, int length);

  @SaveError
  int connect(int fd, Pointer address, int length);

  @SaveError
  int listen(int fd, int backlog);

  @SaveError
  int accept4(int fd, Pointer address, Pointer length, int flags);

  @SaveError
  int shutdown(int fd, int how);

  @SaveError
  int close(int fd);

  @SaveError
  int getsockname(int fd, Pointer address, Pointer length);

  @SaveError
  int getsockopt(int fd, int level, int name, Pointer value, Pointer length);

  @SaveError
  int fcntl(int fd, int command, int argument);

  @SaveError
  int setsockopt(int fd, int level, int name, Pointer value, int length);

  @SaveError
  long recv(int fd, long buffer, long length, int flags);

  @SaveError
  long send(int fd, long buffer, long length, int flags);

  @SaveError
  long recvmsg(int fd, Pointer message, int flags);

  @SaveError
  long sendmsg(int fd, Pointer message, int flags);

  @SaveError
  int pipe2(int[] ends, int flags);

  @SaveError
  long write(int fd, long buffer, long length);

  /**
   * The offsets are always null. As pointers, since jnr-ffi's compiled stubs for x86-64 (2.3.4)
   * lose the last of six arguments that are all integers.
   */
  @SaveError
  long splice(int in, Pointer inOffset, int out, Pointer outOffset, long length, int flags);

  @SaveError
  int recvmmsg(int fd, Pointer headers, int count, int flags, Pointer timeout);

  @SaveError
  int sendmmsg(int fd, Pointer headers, int count, int flags);

  @SaveError
  int open(String path, int flags);

  @SaveError
  int setns(int fd, int type);

  /** syscall(2), for what older C libraries have no name for. */
  @SaveError
  int syscall(long number, long first, Pointer second, long third, long fourth);

  String strerror(int errno);
}
