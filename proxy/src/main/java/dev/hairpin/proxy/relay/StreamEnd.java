package dev.hairpin.proxy.relay;

import dev.hairpin.proxy.posix.ConnectionSocket;
import dev.hairpin.proxy.posix.PosixException;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One socket of a relayed connection, and what epoll last said of it. It is registered once, for
 * all edges (epoll(7)): an edge is remembered until a call returns EAGAIN.
 */
final class StreamEnd<S extends ConnectionSocket> implements EpollIoHandle {
  private static final Logger log = LoggerFactory.getLogger(StreamEnd.class);

  private static final EpollIoOps EDGES =
      EpollIoOps.EPOLLIN
          .with(EpollIoOps.EPOLLOUT)
          .with(EpollIoOps.EPOLLRDHUP)
          .with(EpollIoOps.EPOLLET);

  private final S socket;
  private final FileDescriptor fd;
  private final Runnable onEdge;
  private IoRegistration registration;
  private boolean readable;
  private boolean writable;
  private boolean finArrived;
  private int failure;

  /**
   * @param onEdge called on the loop whenever there may be more to do
   */
  StreamEnd(S socket, Runnable onEdge) {
    this.socket = socket;
    this.fd = new FileDescriptor(socket.fd());
    this.onEdge = onEdge;
  }

  S socket() {
    return socket;
  }

  /** On the loop only, once. */
  void watch(IoEventLoop loop) {
    Future<IoRegistration> registered = loop.register(this);
    registration = registered.getNow();
    if (registration == null) {
      throw new IllegalStateException("watch socket " + fd.intValue(), registered.cause());
    }
    registration.submit(EDGES);
  }

  @Override
  public FileDescriptor fd() {
    return fd;
  }

  @Override
  public void handle(IoRegistration source, IoEvent event) {
    EpollIoOps ops = ((EpollIoEvent) event).ops();
    readable |= ops.contains(EpollIoOps.EPOLLIN) || ops.contains(EpollIoOps.EPOLLRDHUP);
    writable |= ops.contains(EpollIoOps.EPOLLOUT);
    finArrived |= ops.contains(EpollIoOps.EPOLLRDHUP);
    if (ops.contains(EpollIoOps.EPOLLERR)) {
      noteFailure();
    }
    onEdge.run();
  }

  /** The kernel tells of a failure once; what arrived before it can still be read. */
  private void noteFailure() {
    try {
      failure = socket.failure();
    } catch (PosixException e) {
      failure = e.errno();
    }
    readable = true;
    writable = true;
  }

  boolean isReadable() {
    return readable;
  }

  boolean isWritable() {
    return writable;
  }

  /** The errno of a reset, or of whatever else broke the socket; 0 if nothing did. */
  int failure() {
    return failure;
  }

  /** Nothing to read until the next edge. */
  void isEmpty() {
    readable = false;
  }

  /** A read that found less than there was room for took all; but a FIN may be behind it. */
  void wasReadShort() {
    readable = finArrived || failure != 0;
  }

  /** After a short read: whether the FIN comes next, or what is behind urgent data (tcp(7)). */
  boolean hasSentAll() {
    return finArrived && failure == 0;
  }

  /** Nothing can be written until the next edge. */
  void isFull() {
    writable = false;
  }

  /** Twice is harmless. */
  @Override
  public void close() {
    if (registration != null) {
      registration.cancel();
      registration = null;
    }
    if (fd.isOpen()) {
      try {
        fd.close();
      } catch (IOException e) {
        log.debug("close {}: {}", fd, e.toString());
      }
    }
  }

  /** Closes with RST: what the peer was sent is not all there was. */
  void reset() {
    if (fd.isOpen()) {
      try {
        socket.resetOnClose();
      } catch (PosixException e) {
        log.debug("reset {}: {}", fd, e.getMessage());
      }
      close();
    }
  }
}
