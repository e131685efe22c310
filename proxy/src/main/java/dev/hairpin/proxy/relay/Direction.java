package dev.hairpin.proxy.relay;

import static dev.hairpin.proxy.posix.ConnectionSocket.NOT_NOW;

import dev.hairpin.proxy.posix.NativeBuffer;
import dev.hairpin.proxy.posix.Pipe;
import dev.hairpin.proxy.posix.PosixException;
import dev.hairpin.proxy.posix.TcpSocket;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * Moves what arrives at one socket to the other, and the end of the stream after it.
 *
 * <p>Small traffic is copied through the loop's scratch buffer. A stream that fills it twice in a
 * row is bulky, and is spliced through a pipe until little comes. So an idle stream holds nothing,
 * and one whose receiver stalls what its pipe has, or a buffer of {@link
 * LoopSupplies#SCRATCH_BYTES}. Everything else waits in the kernel's socket buffers, which stops
 * the sender.
 */
final class Direction implements Way {
  /** After so many pieces, or bytes, it is the turn of the loop's other connections. */
  private static final int ROUNDS = 16;

  private static final long BYTES_OF_TURN = 1024 * 1024;

  private static final int FULL_READS_OF_BULK = 2;

  /** A turn that moves less than this isn't worth a pipe, and so many in a row end the bulk. */
  private static final long SMALL_TURN = 16 * 1024;

  private static final int SMALL_TURNS_OF_CALM = 8;

  private final LoopSupplies supplies;
  private final StreamEnd<TcpSocket> from;
  private final StreamEnd<TcpSocket> to;
  private final LongConsumer meter;

  /** What was copied and not written yet: this part of a buffer that was the loop's scratch. */
  private NativeBuffer left;

  private int leftFrom;
  private int leftTo;
  private Pipe pipe;
  private int fullReads;
  private int smallTurns;
  private boolean bulky;
  private boolean inputEnded;
  private boolean done;

  /**
   * @param meter told how many bytes were taken from the sender
   */
  Direction(
      LoopSupplies supplies,
      StreamEnd<TcpSocket> from,
      StreamEnd<TcpSocket> to,
      LongConsumer meter) {
    this.supplies = supplies;
    this.from = from;
    this.to = to;
    this.meter = meter;
  }

  @Override
  public void precede(byte[] bytes) {
    if (bytes.length > 0) {
      left = supplies.takeScratch();
      left.put(bytes);
      leftFrom = 0;
      leftTo = bytes.length;
    }
  }

  @Override
  public boolean isDone() {
    return done;
  }

  @Override
  public boolean pump() throws PosixException {
    if (done) {
      return false;
    }
    long moved = 0;
    for (int round = 0; round < ROUNDS && moved < BYTES_OF_TURN; round++) {
      if (!drain()) {
        return false;
      }
      if (inputEnded) {
        finish();
        return false;
      }
      if (!from.isReadable() || !to.isWritable()) {
        settle(moved);
        return false;
      }
      moved += fill();
    }
    return true;
  }

  @Override
  public void release() {
    done = true;
    dropLeft();
    returnPipe();
  }

  /** Writes out what was taken; false if the receiver doesn't take all of it now. */
  private boolean drain() throws PosixException {
    while (left != null) {
      if (!to.isWritable()) {
        return false;
      }
      writeLeft();
    }
    while (pipe != null && !pipe.isEmpty()) {
      if (!to.isWritable()) {
        return false;
      }
      if (pipe.drainTo(to.socket()) == NOT_NOW) {
        to.isFull();
      }
    }
    return true;
  }

  private void writeLeft() throws PosixException {
    int written = to.socket().write(left, leftFrom, leftTo - leftFrom);
    leftFrom += Math.max(written, 0);
    if (leftFrom == leftTo) {
      dropLeft();
    } else {
      to.isFull();
    }
  }

  private void dropLeft() {
    if (left != null) {
      supplies.giveBack(left);
      left = null;
    }
  }

  private int fill() throws PosixException {
    int taken = bulky && hasPipe() ? splice() : copy();
    if (taken == 0) {
      end();
    } else if (taken == NOT_NOW) {
      from.isEmpty();
    }
    return Math.max(taken, 0);
  }

  private boolean hasPipe() {
    if (pipe == null) {
      Optional<Pipe> borrowed = supplies.borrowPipe();
      pipe = borrowed.orElse(null);
    }
    return pipe != null;
  }

  private int splice() throws PosixException {
    int taken = pipe.fillFrom(from.socket());
    if (taken > 0) {
      meter.accept(taken);
    }
    return taken;
  }

  private int copy() throws PosixException {
    NativeBuffer scratch = supplies.scratch();
    int taken = from.socket().read(scratch);
    if (taken <= 0) {
      return taken;
    }
    boolean isShort = taken < scratch.size();
    if (isShort) {
      from.wasReadShort();
      fullReads = 0;
    } else {
      fullReads++;
      bulky = fullReads >= FULL_READS_OF_BULK;
    }
    // Before the receiver has them: whoever got an answer finds it counted.
    meter.accept(taken);
    // What short connections answer comes with a FIN, and leaves with it.
    pass(scratch, taken, isShort && from.hasSentAll());
    return taken;
  }

  private void pass(NativeBuffer scratch, int length, boolean isLast) throws PosixException {
    int written =
        isLast ? to.socket().writeLast(scratch, 0, length) : to.socket().write(scratch, 0, length);
    if (written < length) {
      to.isFull();
      left = supplies.takeScratch();
      leftFrom = Math.max(written, 0);
      leftTo = length;
    }
  }

  /** A reset looks like the end of the stream once the kernel has told of it. */
  private void end() throws PosixException {
    if (from.failure() != 0) {
      throw new PosixException("recv", from.failure());
    }
    inputEnded = true;
  }

  private void finish() throws PosixException {
    to.socket().endOutput();
    release();
  }

  /** The sender has nothing more for now. */
  private void settle(long moved) {
    returnPipe();
    smallTurns = moved < SMALL_TURN ? smallTurns + 1 : 0;
    if (smallTurns >= SMALL_TURNS_OF_CALM) {
      bulky = false;
      fullReads = 0;
    }
  }

  private void returnPipe() {
    if (pipe != null) {
      supplies.giveBack(pipe);
      pipe = null;
    }
  }
}
