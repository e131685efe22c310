package dev.hairpin.proxy.relay;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.hairpin.proxy.posix.Contents;
import dev.hairpin.proxy.posix.Errno;
import dev.hairpin.proxy.posix.MessageInfo;
import dev.hairpin.proxy.posix.NativeBuffer;
import dev.hairpin.proxy.posix.PosixException;
import dev.hairpin.proxy.posix.Received;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * An SCTP socket in memory: what arrives at it is put there, what it was given is remembered. As
 * with the kernel's, a message that is longer than the buffer comes in parts.
 */
final class FakeMessageEnd implements MessageEnd {
  private final Deque<Arrival> arriving = new ArrayDeque<>();
  private final List<Sent> sent = new ArrayList<>();
  private boolean isReadable;
  private boolean isWritable = true;
  private int room = Integer.MAX_VALUE;
  private int failure;
  private boolean ended;

  /** A part of a message, or none; what {@code found} says it has. */
  private record Arrival(String content, Received found) {}

  /** A message that was sent; its content has a character for each byte. */
  record Sent(String content, MessageInfo info) {}

  void arrives(String part, boolean isLast, MessageInfo info) {
    arriving.add(new Arrival(part, new Received.Part(part.length(), isLast, info)));
    isReadable = true;
  }

  void arrives(Received.Nothing event) {
    arriving.add(new Arrival("", event));
    isReadable = true;
  }

  /** How many messages are taken from now on; an edge says so. */
  void hasRoomFor(int messages) {
    room = messages;
    isWritable = true;
  }

  void failsWith(int errno) {
    failure = errno;
  }

  List<Sent> sent() {
    return sent;
  }

  int waiting() {
    return arriving.size();
  }

  boolean hasEnded() {
    return ended;
  }

  @Override
  public boolean isReadable() {
    return isReadable;
  }

  @Override
  public boolean isWritable() {
    return isWritable;
  }

  @Override
  public Received receive(NativeBuffer buffer, int offset) {
    require(isReadable, "receive before an edge");
    require(offset < buffer.size(), "receive into no room");
    if (arriving.isEmpty()) {
      isReadable = false;
      return Received.Nothing.NOT_NOW;
    }
    Arrival next = arriving.pop();
    if (!(next.found() instanceof Received.Part part)) {
      return next.found();
    }
    int fitting = Math.min(next.content().length(), buffer.size() - offset);
    Contents.put(buffer, offset, next.content().substring(0, fitting).getBytes(ISO_8859_1));
    if (fitting == next.content().length()) {
      return part;
    }
    String rest = next.content().substring(fitting);
    arriving.push(new Arrival(rest, new Received.Part(rest.length(), part.isLast(), part.info())));
    return new Received.Part(fitting, false, part.info());
  }

  @Override
  public boolean send(NativeBuffer buffer, int length, MessageInfo info) throws PosixException {
    require(isWritable, "send before an edge");
    require(!ended, "send after the end");
    require(length > 0, "send an empty message, which SCTP hasn't");
    if (failure != 0) {
      throw new PosixException("sendmsg", failure);
    }
    if (room == 0) {
      isWritable = false;
      return false;
    }
    room--;
    sent.add(new Sent(new String(Contents.get(buffer, length), ISO_8859_1), info));
    return true;
  }

  @Override
  public void endOutput() throws PosixException {
    if (ended) {
      throw new PosixException("shutdown", Errno.ENOTCONN);
    }
    ended = true;
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalStateException(otherwise);
    }
  }
}
