package dev.hairpin.proxy.relay;

import dev.hairpin.proxy.posix.Errno;
import dev.hairpin.proxy.posix.MessageInfo;
import dev.hairpin.proxy.posix.NativeBuffer;
import dev.hairpin.proxy.posix.PosixException;
import dev.hairpin.proxy.posix.Received;
import dev.hairpin.proxy.posix.Received.Nothing;
import dev.hairpin.proxy.posix.Received.Part;
import java.util.function.LongConsumer;

/**
 * Carries each message that arrives at one socket to the other as one message, with its stream, its
 * payload protocol and whether it is ordered; and the end of the association after the last.
 *
 * <p>A message is taken only if the receiver took the one before it, so everything else waits in
 * the kernel's socket buffers, which stops the sender. An idle direction holds nothing.
 *
 * <p>SCTP has no half-closed association: who has shut down gets what the other had sent until
 * then, and no more (RFC 9260 section 9.2). What still comes for it here is dropped.
 */
final class MessageDirection implements Way {
  /** After so many parts, or bytes, it is the turn of the loop's other connections. */
  private static final int PARTS_OF_TURN = 64;

  private static final long BYTES_OF_TURN = 1024 * 1024;

  private final LoopSupplies supplies;
  private final MessageEnd from;
  private final MessageEnd to;
  private final LongConsumer meter;

  /** A message that is not whole yet, or that the receiver hasn't taken; null for none. */
  private NativeBuffer kept;

  private int keptBytes;
  private MessageInfo keptInfo;
  private boolean keptIsWhole;
  private boolean receiverIsGone;
  private boolean inputEnded;
  private boolean done;

  MessageDirection(LoopSupplies supplies, MessageEnd from, MessageEnd to, LongConsumer meter) {
    this.supplies = supplies;
    this.from = from;
    this.to = to;
    this.meter = meter;
  }

  /** The PROXY protocol, which is what comes first, has no word for SCTP. */
  @Override
  public void precede(byte[] bytes) {
    if (bytes.length > 0) {
      throw new IllegalArgumentException(bytes.length + " bytes that belong to no message");
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
    for (int part = 0; part < PARTS_OF_TURN && moved < BYTES_OF_TURN; part++) {
      if (!deliverKept()) {
        return false;
      }
      if (inputEnded) {
        finish();
        return false;
      }
      if (!from.isReadable() || !canSend()) {
        return false;
      }
      Received received = kept == null ? start() : goOn();
      switch (received) {
        case Part taken -> moved += taken.bytes();
        case Nothing.NOT_NOW -> {
          return false;
        }
        case Nothing.ABANDONED -> dropKept();
        case Nothing.END -> inputEnded = true;
      }
    }
    return true;
  }

  private boolean canSend() {
    return receiverIsGone || to.isWritable();
  }

  /** Sends a message that the receiver didn't take before; false if it still doesn't. */
  private boolean deliverKept() throws PosixException {
    if (kept == null || !keptIsWhole) {
      return true;
    }
    if (!canSend() || !send(kept, keptBytes, keptInfo)) {
      return false;
    }
    dropKept();
    return true;
  }

  /** Most messages come whole, and are sent from where they were received. */
  private Received start() throws PosixException {
    NativeBuffer scratch = supplies.scratch();
    Received received = from.receive(scratch, 0);
    if (received instanceof Part part) {
      meter.accept(part.bytes());
      if (!part.isLast()) {
        kept = supplies.assemblyOf(scratch, part.bytes());
        keep(part, part.bytes());
      } else if (!send(scratch, part.bytes(), part.info())) {
        kept = supplies.takeScratch();
        keep(part, part.bytes());
      }
    }
    return received;
  }

  private Received goOn() throws PosixException {
    if (keptBytes == kept.size()) {
      throw new PosixException("recvmsg", Errno.EMSGSIZE);
    }
    Received received = from.receive(kept, keptBytes);
    if (received instanceof Part part) {
      meter.accept(part.bytes());
      keep(part, keptBytes + part.bytes());
    }
    return received;
  }

  private void keep(Part part, int bytes) {
    keptBytes = bytes;
    keptInfo = part.info();
    keptIsWhole = part.isLast();
  }

  /** That the receiver is gone is for the other direction to see, which reads from it. */
  private boolean send(NativeBuffer message, int length, MessageInfo info) throws PosixException {
    if (receiverIsGone) {
      return true;
    }
    try {
      return to.send(message, length, info);
    } catch (PosixException e) {
      if (e.errno() != Errno.ESHUTDOWN && e.errno() != Errno.EPIPE) {
        throw e;
      }
      receiverIsGone = true;
      return true;
    }
  }

  private void finish() throws PosixException {
    to.endOutput();
    release();
  }

  @Override
  public void release() {
    done = true;
    dropKept();
  }

  private void dropKept() {
    if (kept != null) {
      supplies.giveBack(kept);
      kept = null;
    }
  }
}
