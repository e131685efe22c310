package dev.hairpin.proxy;

import dev.hairpin.proxy.posix.UdpSocket;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.nio.NioIoHandle;
import io.netty.channel.nio.NioIoOps;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectableChannel;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A datagram socket on the JDK's selector. The JDK's channel only opens, registers and closes it;
 * datagrams go past it by the descriptor.
 */
final class NioDatagramEndpoint implements DatagramEndpoint, NioIoHandle {
  private static final Logger log = LoggerFactory.getLogger(NioDatagramEndpoint.class);

  private final DatagramChannel channel;
  private final UdpSocket socket;
  private Runnable onReadable = () -> {};
  private volatile IoEventLoop loop;
  private IoRegistration registration;

  NioDatagramEndpoint(DatagramChannel channel) throws IOException {
    channel.configureBlocking(false);
    this.channel = channel;
    this.socket = UdpSocket.of(NioDescriptors.of(channel));
  }

  @Override
  public UdpSocket socket() {
    return socket;
  }

  @Override
  public OptionalInt descriptor() {
    return OptionalInt.empty();
  }

  @Override
  public void watch(IoEventLoop watching, Runnable action) {
    loop = watching;
    onReadable = action;
    Future<IoRegistration> registered = watching.register(this);
    registration = registered.getNow();
    registration.submit(NioIoOps.READ);
  }

  @Override
  public SelectableChannel selectableChannel() {
    return channel;
  }

  @Override
  public void handle(IoRegistration source, IoEvent event) {
    onReadable.run();
  }

  @Override
  public void close() {
    if (registration != null) {
      registration.cancel();
    }
    try {
      channel.close();
    } catch (IOException e) {
      log.debug("close UDP socket {}: {}", socket.fd(), e.toString());
    }
  }

  @Override
  public void awaitReleased() {
    if (loop != null) {
      NioSockets.awaitReleased(channel, loop);
    }
  }
}
