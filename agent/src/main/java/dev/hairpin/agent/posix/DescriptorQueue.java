package dev.hairpin.agent.posix;

import static dev.hairpin.agent.posix.JnrPosix.LIBC;
import static dev.hairpin.agent.posix.JnrPosix.RUNTIME;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jnr.constants.platform.Errno;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;

/**
 * A queue in the kernel where open descriptors wait (unix(7), SCM_RIGHTS). What they lead to stays
 * open as long as any process has the queue, whoever put them there. Not safe for several threads.
 *
 * <p>It is a Unix datagram socket that is connected to itself. Another program can't send to it, as
 * it takes messages of its peer alone, and a process that is to keep it needs one descriptor.
 */
public final class DescriptorQueue implements AutoCloseable {
  /** As many descriptors as a message can have (SCM_MAX_FD in the kernel's net/scm.h). */
  public static final int MOST_IN_MESSAGE = 253;

  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_NONBLOCK = 0x800;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_TYPE = 3;
  private static final int SO_DOMAIN = 39;
  private static final int SO_PEEK_OFF = 42;
  private static final int SCM_RIGHTS = 1;
  private static final int MSG_PEEK = 0x2;
  private static final int MSG_CTRUNC = 0x8;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MSG_CMSG_CLOEXEC = 0x40000000;

  /** Of struct sockaddr_un with no more than the family: the kernel chooses a name. */
  private static final int UNNAMED_BYTES = 2;

  private static final int ADDRESS_BYTES = 110;

  /** struct msghdr, as 64-bit Linux has it. */
  private static final int HEADER_BYTES = 56;

  private static final int VECTOR = 16;
  private static final int VECTOR_COUNT = 24;
  private static final int CONTROL = 32;
  private static final int CONTROL_LENGTH = 40;
  private static final int FLAGS = 48;

  /** struct cmsghdr: length, level, type. */
  private static final int LEVEL = 8;

  private static final int TYPE = 12;
  private static final int DATA = 16;
  private static final int CONTROL_BYTES = DATA + (MOST_IN_MESSAGE + 1) / 2 * 2 * Integer.BYTES;

  /** struct iovec, and the one byte that a message with descriptors has to have. */
  private static final int VECTOR_BYTES = 16;

  private final int socket;
  private final Pointer header = allocate(HEADER_BYTES);
  private final Pointer vector = allocate(VECTOR_BYTES);
  private final Pointer payload = allocate(Long.BYTES);
  private final Pointer control = allocate(CONTROL_BYTES);

  private DescriptorQueue(int socket) {
    this.socket = socket;
    vector.putAddress(0, payload.address());
    vector.putLong(Long.BYTES, 1);
    header.putAddress(VECTOR, vector.address());
    header.putLong(VECTOR_COUNT, 1);
  }

  /** An empty one. */
  public static DescriptorQueue make() throws IOException {
    int socket = LIBC.socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    check("make a queue of descriptors", socket);
    try {
      Pointer address = allocate(ADDRESS_BYTES);
      address.putShort(0, (short) AF_UNIX);
      check("name a queue of descriptors", LIBC.bind(socket, address, UNNAMED_BYTES));
      Pointer length = allocate(Integer.BYTES);
      length.putInt(0, ADDRESS_BYTES);
      check("name a queue of descriptors", LIBC.getsockname(socket, address, length));
      check("make a queue of descriptors", LIBC.connect(socket, address, length.getInt(0)));
      return new DescriptorQueue(socket);
    } catch (IOException e) {
      LIBC.close(socket);
      throw e;
    }
  }

  /**
   * The queue behind a descriptor, such as a duplicate of another process's.
   *
   * @param descriptor the queue's from here on; still the caller's if it is none
   */
  public static Optional<DescriptorQueue> of(int descriptor) {
    return option(descriptor, SO_DOMAIN) == AF_UNIX && option(descriptor, SO_TYPE) == SOCK_DGRAM
        ? Optional.of(new DescriptorQueue(descriptor))
        : Optional.empty();
  }

  private static int option(int socket, int name) {
    Pointer value = allocate(Integer.BYTES);
    Pointer length = allocate(Integer.BYTES);
    length.putInt(0, Integer.BYTES);
    return LIBC.getsockopt(socket, SOL_SOCKET, name, value, length) < 0 ? -1 : value.getInt(0);
  }

  /** Its own descriptor. */
  public int descriptor() {
    return socket;
  }

  /**
   * Appends a message with duplicates of these descriptors; the caller keeps its own.
   *
   * @param descriptors one to {@link #MOST_IN_MESSAGE}
   * @throws IOException if the kernel takes no more (ETOOMANYREFS: more than RLIMIT_NOFILE wait
   *     somewhere, without CAP_SYS_RESOURCE); the queue is as it was
   */
  public void put(List<Integer> descriptors) throws IOException {
    int bytes = DATA + descriptors.size() * Integer.BYTES;
    control.putLong(0, bytes);
    control.putInt(LEVEL, SOL_SOCKET);
    control.putInt(TYPE, SCM_RIGHTS);
    for (int i = 0; i < descriptors.size(); i++) {
      control.putInt(DATA + (long) i * Integer.BYTES, descriptors.get(i));
    }
    header.putAddress(CONTROL, control.address());
    header.putLong(CONTROL_LENGTH, bytes);
    check(
        "keep " + descriptors.size() + " descriptors in a queue",
        (int) LIBC.sendmsg(socket, header, MSG_NOSIGNAL));
  }

  /**
   * What waits.
   *
   * @param messages how many
   * @param newest duplicates of the descriptors of the last one, the caller's to close; empty if
   *     there is none
   */
  public record Contents(int messages, List<Integer> newest) {
    public Contents {
      newest = List.copyOf(newest);
    }
  }

  /**
   * Looks without taking anything out.
   *
   * @throws IOException if this process can't have that many descriptors; none is left open
   */
  public Contents look() throws IOException {
    int messages = 0;
    List<Integer> newest = List.of();
    peekFrom(0);
    try {
      for (Optional<List<Integer>> next = peek(); next.isPresent(); next = peek()) {
        messages++;
        newest.forEach(LIBC::close);
        newest = next.get();
      }
      return new Contents(messages, newest);
    } catch (IOException e) {
      newest.forEach(LIBC::close);
      throw e;
    } finally {
      peekFrom(-1);
    }
  }

  /** With SO_PEEK_OFF the second look sees the second message; -1 is the default. */
  private void peekFrom(int offset) throws IOException {
    Pointer value = allocate(Integer.BYTES);
    value.putInt(0, offset);
    check(
        "look into a queue of descriptors",
        LIBC.setsockopt(socket, SOL_SOCKET, SO_PEEK_OFF, value, Integer.BYTES));
  }

  private Optional<List<Integer>> peek() throws IOException {
    header.putAddress(CONTROL, control.address());
    header.putLong(CONTROL_LENGTH, CONTROL_BYTES);
    if (!receive(MSG_PEEK | MSG_CMSG_CLOEXEC)) {
      return Optional.empty();
    }
    List<Integer> descriptors = new ArrayList<>();
    if (header.getLong(CONTROL_LENGTH) > DATA) {
      for (long at = DATA; at < control.getLong(0); at += Integer.BYTES) {
        descriptors.add(control.getInt(at));
      }
    }
    if ((header.getInt(FLAGS) & MSG_CTRUNC) != 0) {
      descriptors.forEach(LIBC::close);
      throw JnrPosix.failure("take descriptors out of a queue", Errno.EMFILE.intValue());
    }
    return Optional.of(descriptors);
  }

  /**
   * Takes the oldest message out, and lets go of its descriptors: what nobody else has open is
   * closed when this returns.
   *
   * @return whether there was one
   */
  public boolean drop() throws IOException {
    header.putAddress(CONTROL, 0);
    header.putLong(CONTROL_LENGTH, 0);
    return receive(0);
  }

  private boolean receive(int flags) throws IOException {
    if (LIBC.recvmsg(socket, header, flags) >= 0) {
      return true;
    }
    int error = RUNTIME.getLastError();
    if (error == Errno.EAGAIN.intValue()) {
      return false;
    }
    throw JnrPosix.failure("read a queue of descriptors", error);
  }

  /** Lets go of the queue. When nobody has it any more, the kernel closes what is in it. */
  @Override
  public void close() {
    LIBC.close(socket);
  }

  private static void check(String doing, int result) throws IOException {
    if (result < 0) {
      throw JnrPosix.failure(doing, RUNTIME.getLastError());
    }
  }

  private static Pointer allocate(int bytes) {
    return Memory.allocateDirect(RUNTIME, bytes, true);
  }
}
