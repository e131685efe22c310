package dev.hairpin.proxy.relay;

import dev.hairpin.proxy.posix.NativeBuffer;
import dev.hairpin.proxy.posix.PeerAddress;
import dev.hairpin.proxy.posix.Pipe;
import dev.hairpin.proxy.posix.PosixException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the streams and servers of one event loop share: room to copy through, and pipes to splice
 * through. An idle stream has neither.
 */
public final class LoopSupplies implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LoopSupplies.class);

  /** Two reads of this size in a row make a stream bulky. */
  static final int SCRATCH_BYTES = 64 * 1024;

  /**
   * Empty pipes that wait for the next stream. An empty pipe takes a descriptor pair, no memory.
   */
  private static final int MAX_IDLE_PIPES = 64;

  /**
   * Pipes in use. A stalled reader may leave each full, with 1 MiB of the kernel's memory; streams
   * beyond them are copied, and stall on the kernel's socket buffers.
   */
  private static final int MAX_PIPES = 256;

  /** Buffers that came back. More are left to the garbage collector. */
  private static final int MAX_SPARE_BUFFERS = 16;

  /**
   * The longest SCTP message that is carried. Longer ones than {@link #SCRATCH_BYTES}, and those
   * that come in parts, are put together in a buffer of this size, whose pages cost nothing until
   * they are used.
   */
  static final int MESSAGE_BYTES = 1024 * 1024;

  private static final int MAX_SPARE_ASSEMBLIES = 4;

  private final PeerAddress peer = new PeerAddress();
  private final Deque<NativeBuffer> spareAssemblies = new ArrayDeque<>();
  private final Deque<NativeBuffer> spare = new ArrayDeque<>();
  private NativeBuffer scratch = new NativeBuffer(SCRATCH_BYTES);
  private final Deque<Pipe> idlePipes = new ArrayDeque<>();
  private int lent;

  /** Whom the connection is from that the loop accepted last. */
  public PeerAddress peer() {
    return peer;
  }

  /** Room that lasts until the next stream's turn. */
  NativeBuffer scratch() {
    return scratch;
  }

  /** The scratch buffer with what is in it; the loop gets another one. */
  NativeBuffer takeScratch() {
    NativeBuffer taken = scratch;
    scratch = spare.isEmpty() ? new NativeBuffer(SCRATCH_BYTES) : spare.pop();
    return taken;
  }

  /** Room for the rest of a message as well, with the part that the scratch buffer begins with. */
  NativeBuffer assemblyOf(NativeBuffer part, int bytes) {
    NativeBuffer assembly =
        spareAssemblies.isEmpty() ? new NativeBuffer(MESSAGE_BYTES) : spareAssemblies.pop();
    assembly.copyFrom(part, bytes);
    return assembly;
  }

  void giveBack(NativeBuffer buffer) {
    boolean isAssembly = buffer.size() == MESSAGE_BYTES;
    Deque<NativeBuffer> others = isAssembly ? spareAssemblies : spare;
    if (others.size() < (isAssembly ? MAX_SPARE_ASSEMBLIES : MAX_SPARE_BUFFERS)) {
      others.push(buffer);
    }
  }

  /** A pipe that is empty; none when there are too many already or no descriptors. */
  Optional<Pipe> borrowPipe() {
    if (lent >= MAX_PIPES) {
      return Optional.empty();
    }
    try {
      Pipe pipe = idlePipes.isEmpty() ? Pipe.open() : idlePipes.pop();
      lent++;
      return Optional.of(pipe);
    } catch (PosixException e) {
      log.debug("splice: {}; copying instead", e.getMessage());
      return Optional.empty();
    }
  }

  /** Takes a pipe back. One that still holds bytes, of a stream that broke, is closed. */
  void giveBack(Pipe pipe) {
    lent--;
    if (pipe.isEmpty() && idlePipes.size() < MAX_IDLE_PIPES) {
      idlePipes.push(pipe);
    } else {
      close(pipe);
    }
  }

  /** Closes the idle pipes; those that are lent come back first. */
  @Override
  public void close() {
    idlePipes.forEach(LoopSupplies::close);
    idlePipes.clear();
  }

  private static void close(Pipe pipe) {
    try {
      pipe.close();
    } catch (IOException e) {
      log.debug("close a pipe: {}", e.getMessage());
    }
  }
}
