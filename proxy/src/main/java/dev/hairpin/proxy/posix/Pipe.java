package dev.hairpin.proxy.posix;

import static dev.hairpin.proxy.posix.ConnectionSocket.NOT_NOW;
import static dev.hairpin.proxy.posix.Native.LIBC;
import static dev.hairpin.proxy.posix.Native.check;
import static dev.hairpin.proxy.posix.Native.moved;

import java.io.Closeable;
import java.io.IOException;

/**
 * A pipe that bytes pass through from one socket to another without leaving the kernel (splice(2)).
 * One thread at a time.
 */
public final class Pipe implements Closeable {
  /**
   * The most that the kernel gives without privileges (pipe(7), pipe-max-size). With the usual 64
   * KiB splice moves a quarter less.
   */
  private static final int WANTED_BYTES = 1024 * 1024;

  private static final int O_NONBLOCK = 0x800;
  private static final int O_CLOEXEC = 0x80000;
  private static final int F_SETPIPE_SZ = 1031;
  private static final int F_GETPIPE_SZ = 1032;
  private static final int SPLICE_F_MOVE = 1;
  private static final int SPLICE_F_NONBLOCK = 2;
  private static final int FLAGS = SPLICE_F_MOVE | SPLICE_F_NONBLOCK;

  private final int readEnd;
  private final int writeEnd;
  private final int capacity;
  private int held;

  private Pipe(int readEnd, int writeEnd, int capacity) {
    this.readEnd = readEnd;
    this.writeEnd = writeEnd;
    this.capacity = capacity;
  }

  /** An empty one. It is smaller than wanted where the kernel's limits are reached. */
  public static Pipe open() throws PosixException {
    int[] ends = new int[2];
    check("pipe2", LIBC.pipe2(ends, O_NONBLOCK | O_CLOEXEC));
    LIBC.fcntl(ends[1], F_SETPIPE_SZ, WANTED_BYTES);
    return new Pipe(ends[0], ends[1], LIBC.fcntl(ends[1], F_GETPIPE_SZ, 0));
  }

  public boolean isEmpty() {
    return held == 0;
  }

  /**
   * Takes what has arrived at a socket. Only into an empty pipe: EAGAIN from a full one would look
   * like that from a socket that has nothing.
   *
   * @return how many bytes; 0 at the end of the stream, or {@link ConnectionSocket#NOT_NOW}
   */
  public int fillFrom(TcpSocket socket) throws PosixException {
    if (held != 0) {
      throw new IllegalStateException("fill a pipe that holds " + held + " bytes");
    }
    int taken = moved("splice", LIBC.splice(socket.fd(), null, writeEnd, null, capacity, FLAGS));
    held = Math.max(taken, 0);
    return taken;
  }

  /** Sends what is held, or as much as the peer takes now. */
  public int drainTo(TcpSocket socket) throws PosixException {
    int sent = moved("splice", LIBC.splice(readEnd, null, socket.fd(), null, held, FLAGS));
    if (sent != NOT_NOW) {
      held -= sent;
    }
    return sent;
  }

  @Override
  public void close() throws IOException {
    try {
      check("close", LIBC.close(readEnd));
    } finally {
      check("close", LIBC.close(writeEnd));
    }
  }
}
