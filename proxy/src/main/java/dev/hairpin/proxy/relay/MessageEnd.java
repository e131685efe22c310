package dev.hairpin.proxy.relay;

import dev.hairpin.proxy.posix.MessageInfo;
import dev.hairpin.proxy.posix.NativeBuffer;
import dev.hairpin.proxy.posix.PosixException;
import dev.hairpin.proxy.posix.Received;

/** Where messages come from, or go to. */
interface MessageEnd {
  /** Whether {@link #receive} may find something. */
  boolean isReadable();

  /** Whether {@link #send} may be taken. */
  boolean isWritable();

  /** Takes a message, or a part, and writes it to the buffer from {@code offset} on. */
  Received receive(NativeBuffer buffer, int offset) throws PosixException;

  /** Sends the start of the buffer as a message; false if none of it was taken. */
  boolean send(NativeBuffer buffer, int length, MessageInfo info) throws PosixException;

  /** Nothing more will be sent. */
  void endOutput() throws PosixException;
}
