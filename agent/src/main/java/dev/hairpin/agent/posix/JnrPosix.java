package dev.hairpin.agent.posix;

import com.google.common.base.Suppliers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import jnr.constants.platform.Errno;
import jnr.constants.platform.OpenFlags;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;

/** Linux, through jnr. */
final class JnrPosix implements Posix {
  /** From linux/sched.h, sys/file.h, sys/socket.h, linux/sockios.h and linux/if_bridge.h. */
  private static final int CLONE_NEWNET = 0x40000000;

  private static final int LOCK_EX = 2;
  private static final int LOCK_NB = 4;
  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int MSG_NOSIGNAL = 0x4000;

  /** From asm-generic/unistd.h; the same on every architecture. */
  private static final int SYS_PIDFD_OPEN = 434;

  private static final int SYS_PIDFD_GETFD = 438;

  /** Room for a path in struct sockaddr_un (unix(7)). */
  private static final int SUN_PATH_BYTES = 108;

  private static final long SIOCGIFBR = 0x8940;
  private static final long BRCTL_GET_BRIDGES = 1;

  /**
   * As many as the kernel hands out in one BRCTL_GET_BRIDGES (br_ioctl.c, get_bridge_ifindices).
   */
  private static final int MOST_BRIDGES = 2047;

  /** waitpid(2): don't wait. */
  private static final int WNOHANG = 1;

  static final LibC LIBC = LibraryLoader.create(LibC.class).load("c");
  static final Runtime RUNTIME = Runtime.getRuntime(LIBC);

  /**
   * It takes as long to load as all of {@link LibC}, and what only looks around needs none of it.
   */
  private final Supplier<POSIX> posix = Suppliers.memoize(POSIXFactory::getNativePOSIX);

  @Override
  public int effectiveUserId() {
    return posix.get().geteuid();
  }

  @Override
  public Optional<Lock> tryLock(Path file) throws IOException {
    int descriptor = open(file);
    POSIX jnr = posix.get();
    if (jnr.flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
      return Optional.of(() -> LIBC.close(descriptor));
    }
    int error = jnr.errno();
    LIBC.close(descriptor);
    if (Errno.EWOULDBLOCK.intValue() == error) {
      return Optional.empty();
    }
    throw failure("lock " + file, error);
  }

  @Override
  public OptionalLong lockHolder(Path file) throws IOException {
    return LockHolder.of(file);
  }

  @Override
  public void enterNetworkNamespace(Path namespace) throws IOException {
    int descriptor = open(namespace);
    try {
      if (LIBC.setns(descriptor, CLONE_NEWNET) != 0) {
        throw failure("enter network namespace " + namespace, RUNTIME.getLastError());
      }
    } finally {
      LIBC.close(descriptor);
    }
  }

  @Override
  public Set<Integer> bridges() throws IOException {
    int socket = LIBC.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket < 0) {
      throw failure("list bridges", RUNTIME.getLastError());
    }
    try {
      return bridges(socket);
    } finally {
      LIBC.close(socket);
    }
  }

  private Set<Integer> bridges(int socket) throws IOException {
    Pointer indexes = Memory.allocateDirect(RUNTIME, MOST_BRIDGES * Integer.BYTES, true);
    int word = RUNTIME.longSize();
    Pointer arguments = Memory.allocateDirect(RUNTIME, 3 * word, true);
    arguments.putNativeLong(0, BRCTL_GET_BRIDGES);
    arguments.putPointer(word, indexes);
    arguments.putNativeLong(2L * word, MOST_BRIDGES);
    int found = LIBC.ioctl(socket, SIOCGIFBR, arguments);
    if (found < 0) {
      int error = RUNTIME.getLastError();
      // A kernel that never made a bridge has not loaded the module that answers.
      if (error == Errno.ENOPKG.intValue() || error == Errno.ENOTTY.intValue()) {
        return Set.of();
      }
      throw failure("list bridges", error);
    }
    Set<Integer> bridges = new LinkedHashSet<>();
    for (int i = 0; i < found; i++) {
      bridges.add(indexes.getInt((long) i * Integer.BYTES));
    }
    return bridges;
  }

  @Override
  public void sendDatagram(String socket, String text) throws IOException {
    byte[] path = socket.getBytes(StandardCharsets.UTF_8);
    if (path.length == 0 || path.length >= SUN_PATH_BYTES) {
      throw new IOException("send to socket \"" + socket + "\": not the name of a Unix socket");
    }
    boolean isAbstract = path[0] == '@';
    if (isAbstract) {
      path[0] = 0;
    }
    ByteBuffer address =
        ByteBuffer.allocate(Short.BYTES + path.length + (isAbstract ? 0 : 1))
            .order(ByteOrder.nativeOrder())
            .putShort((short) AF_UNIX)
            .put(path);
    byte[] data = text.getBytes(StandardCharsets.UTF_8);
    int descriptor = LIBC.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
      throw failure("make a socket", RUNTIME.getLastError());
    }
    try {
      if (LIBC.sendto(
              descriptor, data, data.length, MSG_NOSIGNAL, address.array(), address.capacity())
          < 0) {
        throw failure("send to socket " + socket, RUNTIME.getLastError());
      }
    } finally {
      LIBC.close(descriptor);
    }
  }

  @Override
  public Held hold(long pid) throws IOException {
    int process = (int) LIBC.syscall(SYS_PIDFD_OPEN, pid, 0, 0);
    if (process < 0) {
      throw failure("take hold of process " + pid, RUNTIME.getLastError());
    }
    return new Held() {
      @Override
      public int duplicateOf(int descriptor) throws IOException {
        int duplicate = (int) LIBC.syscall(SYS_PIDFD_GETFD, process, descriptor, 0);
        if (duplicate < 0) {
          throw failure(
              "duplicate descriptor " + descriptor + " of process " + pid, RUNTIME.getLastError());
        }
        return duplicate;
      }

      @Override
      public void close() {
        LIBC.close(process);
      }
    };
  }

  @Override
  public long start(List<String> argv, List<String> environment, List<Integer> descriptors)
      throws IOException {
    return Spawn.start(argv, environment, descriptors);
  }

  @Override
  public void reap(long pid) {
    posix.get().waitpid(pid, new int[1], WNOHANG);
  }

  @Override
  public void close(int descriptor) {
    LIBC.close(descriptor);
  }

  private int open(Path file) throws IOException {
    int descriptor =
        LIBC.open(file.toString(), OpenFlags.O_RDONLY.intValue() | OpenFlags.O_CLOEXEC.intValue());
    if (descriptor < 0) {
      throw failure("open " + file, RUNTIME.getLastError());
    }
    return descriptor;
  }

  static IOException failure(String doing, int error) {
    String cause = Errno.valueOf(error).description().toLowerCase(Locale.ROOT);
    String help =
        error == Errno.EPERM.intValue()
            ? "; run as root"
            : error == Errno.ENOSYS.intValue() ? "; Linux 5.6 or newer can" : "";
    return new IOException(doing + ": " + cause + help);
  }
}
