package dev.hairpin.proxy.posix;

import jnr.ffi.Pointer;

/** The arguments of one recvmsg(2) or sendmsg(2) of SCTP. One thread at a time. */
final class OneMessage {
  private final MessageHeaders headers = new MessageHeaders(1);
  private final Pointer header = headers.from(0);
  private final Pointer vector = Native.allocate(2 * Long.BYTES);

  /** Has a message written to the buffer's end from {@code offset} on. */
  Pointer toReceive(NativeBuffer buffer, int offset) {
    payload(buffer.address() + offset, buffer.size() - offset);
    headers.controlIs(0, ControlMessages.ROOM);
    return header;
  }

  /** Has the start of the buffer sent. */
  Pointer toSend(NativeBuffer buffer, int length, MessageInfo info) {
    payload(buffer.address(), length);
    headers.controlIs(0, 0);
    ControlMessages control = headers.control(0);
    control.describe(info);
    headers.controlIs(0, control.length());
    return header;
  }

  private void payload(long address, int length) {
    vector.putAddress(0, address);
    vector.putLong(Long.BYTES, length);
    headers.vectors(0, vector.address(), 1);
  }

  /** What the kernel said of the message that was received. */
  int flags() {
    return headers.flags(0);
  }

  MessageInfo info() {
    return headers.control(0).messageInfo();
  }
}
