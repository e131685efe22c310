package dev.hairpin.proxy;

import dev.hairpin.proxy.posix.UdpSocket;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A datagram socket on an epoll loop, level-triggered. */
final class EpollDatagramEndpoint implements DatagramEndpoint, EpollIoHandle {
  private static final Logger log = LoggerFactory.getLogger(EpollDatagramEndpoint.class);

  private final UdpSocket socket;
  private final FileDescriptor fd;
  private Runnable onReadable = () -> {};
  private IoRegistration registration;

  EpollDatagramEndpoint(UdpSocket socket) {
    this.socket = socket;
    this.fd = new FileDescriptor(socket.fd());
  }

  @Override
  public UdpSocket socket() {
    return socket;
  }

  @Override
  public OptionalInt descriptor() {
    return OptionalInt.of(socket.fd());
  }

  @Override
  public void watch(IoEventLoop loop, Runnable action) {
    onReadable = action;
    Future<IoRegistration> registered = loop.register(this);
    registration = registered.getNow();
    registration.submit(EpollIoOps.EPOLLIN);
  }

  @Override
  public FileDescriptor fd() {
    return fd;
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
    if (fd.isOpen()) {
      try {
        fd.close();
      } catch (IOException e) {
        log.debug("close UDP socket {}: {}", fd, e.toString());
      }
    }
  }

  /** Closing is close(2) here, so there is nothing to wait for. */
  @Override
  public void awaitReleased() {}
}
