package dev.hairpin.proxy.relay;

import dev.hairpin.proxy.posix.PosixException;
import dev.hairpin.proxy.posix.TcpSocket;
import java.net.InetSocketAddress;
import java.util.function.LongConsumer;

/** TCP: bytes, and an end each way. */
record StreamCarriage(LoopSupplies supplies) implements Carriage<TcpSocket> {
  @Override
  public TcpSocket open(InetSocketAddress backend) throws PosixException {
    return TcpSocket.open(backend);
  }

  @Override
  public void prepare(TcpSocket backend, TcpSocket client) throws PosixException {
    backend.prepare();
  }

  @Override
  public Way way(StreamEnd<TcpSocket> from, StreamEnd<TcpSocket> to, LongConsumer meter) {
    return new Direction(supplies, from, to, meter);
  }
}
