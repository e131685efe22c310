package dev.hairpin.proxy.posix;

import jnr.ffi.Pointer;

/**
 * An array of {@code struct mmsghdr} (recvmmsg(2)) and room for each message's peer address and
 * control messages, in native memory, laid out as 64-bit Linux has it.
 *
 * <p>Slices have no length of their own: jnr-ffi counts the offset of one that has twice when it
 * clears memory.
 */
final class MessageHeaders {
  private static final int HEADER_BYTES = 64;
  private static final int NAME = 0;
  private static final int NAME_LENGTH = 8;
  private static final int VECTOR = 16;
  private static final int VECTOR_COUNT = 24;
  private static final int CONTROL = 32;
  private static final int CONTROL_LENGTH = 40;
  private static final int FLAGS = 48;
  private static final int RECEIVED = 56;

  private static final int NAME_BYTES = 32;

  private final Pointer headers;
  private final Pointer names;
  private final Pointer controls;

  MessageHeaders(int messages) {
    headers = Native.allocate(messages * HEADER_BYTES);
    names = Native.allocate(messages * NAME_BYTES);
    controls = Native.allocate(messages * ControlMessages.ROOM);
  }

  /** The array from this message on. */
  Pointer from(int message) {
    return headers.slice((long) message * HEADER_BYTES);
  }

  void vectors(int message, long address, int count) {
    headers.putAddress(at(message, VECTOR), address);
    headers.putLong(at(message, VECTOR_COUNT), count);
  }

  /** Lets the kernel fill in the peer's address and the control messages. */
  void expectAddresses(int message) {
    nameIs(message, SocketAddresses.MAX_BYTES);
    controlIs(message, ControlMessages.ROOM);
  }

  void nameIs(int message, int bytes) {
    headers.putAddress(at(message, NAME), bytes == 0 ? 0 : names.address() + nameAt(message));
    headers.putInt(at(message, NAME_LENGTH), bytes);
  }

  void controlIs(int message, int bytes) {
    long address = controls.address() + controlAt(message);
    headers.putAddress(at(message, CONTROL), bytes == 0 ? 0 : address);
    headers.putLong(at(message, CONTROL_LENGTH), bytes);
  }

  Pointer name(int message) {
    return names.slice(nameAt(message));
  }

  ControlMessages control(int message) {
    return new ControlMessages(controls.slice(controlAt(message)), controlLength(message));
  }

  int received(int message) {
    return headers.getInt(at(message, RECEIVED));
  }

  /** MSG_EOR and the like. */
  int flags(int message) {
    return headers.getInt(at(message, FLAGS));
  }

  /** Whether the kernel has written the same addresses for both, byte for byte. */
  boolean haveSameAddresses(int one, int other) {
    return headers.getInt(at(one, NAME_LENGTH)) == headers.getInt(at(other, NAME_LENGTH))
        && controlLength(one) == controlLength(other)
        && areSame(names, nameAt(one), nameAt(other), headers.getInt(at(one, NAME_LENGTH)))
        && areSame(controls, controlAt(one), controlAt(other), controlLength(one));
  }

  private static boolean areSame(Pointer memory, long one, long other, int bytes) {
    for (int i = 0; i < bytes; i += Integer.BYTES) {
      if (memory.getInt(one + i) != memory.getInt(other + i)) {
        return false;
      }
    }
    return true;
  }

  private int controlLength(int message) {
    return (int) headers.getLong(at(message, CONTROL_LENGTH));
  }

  private static long at(int message, int field) {
    return (long) message * HEADER_BYTES + field;
  }

  private static long nameAt(int message) {
    return (long) message * NAME_BYTES;
  }

  private static long controlAt(int message) {
    return (long) message * ControlMessages.ROOM;
  }
}
