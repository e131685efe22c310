package dev.hairpin.proxy.relay;

import dev.hairpin.proxy.posix.MessageInfo;
import dev.hairpin.proxy.posix.NativeBuffer;
import dev.hairpin.proxy.posix.PosixException;
import dev.hairpin.proxy.posix.Received;
import dev.hairpin.proxy.posix.Received.Nothing;
import dev.hairpin.proxy.posix.SctpSocket;

/** An SCTP socket that epoll watches. */
record SctpEnd(StreamEnd<SctpSocket> end) implements MessageEnd {
  @Override
  public boolean isReadable() {
    return end.isReadable() || end.socket().hasEndedOutput();
  }

  @Override
  public boolean isWritable() {
    return end.isWritable();
  }

  /**
   * Once the kernel has told of a failure, it says of an empty socket that nothing has come yet.
   */
  @Override
  public Received receive(NativeBuffer buffer, int offset) throws PosixException {
    Received received = end.socket().receive(buffer, offset);
    if (received == Nothing.NOT_NOW) {
      end.isEmpty();
      if (end.failure() != 0) {
        throw new PosixException("recvmsg", end.failure());
      }
    }
    return received;
  }

  @Override
  public boolean send(NativeBuffer buffer, int length, MessageInfo info) throws PosixException {
    boolean taken = end.socket().send(buffer, length, info);
    if (!taken) {
      end.isFull();
    }
    return taken;
  }

  @Override
  public void endOutput() throws PosixException {
    end.socket().endOutput();
  }
}
