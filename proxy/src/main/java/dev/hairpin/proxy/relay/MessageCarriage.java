package dev.hairpin.proxy.relay;

import dev.hairpin.proxy.posix.PosixException;
import dev.hairpin.proxy.posix.SctpSocket;
import java.net.InetSocketAddress;
import java.util.function.LongConsumer;

/** SCTP: messages on numbered streams. */
record MessageCarriage(LoopSupplies supplies) implements Carriage<SctpSocket> {
  @Override
  public SctpSocket open(InetSocketAddress backend) throws PosixException {
    return SctpSocket.open(backend);
  }

  @Override
  public void prepare(SctpSocket backend, SctpSocket client) throws PosixException {
    backend.prepare();
    backend.agreeOnStreamsOf(client);
  }

  @Override
  public Way way(StreamEnd<SctpSocket> from, StreamEnd<SctpSocket> to, LongConsumer meter) {
    return new MessageDirection(supplies, new SctpEnd(from), new SctpEnd(to), meter);
  }
}
