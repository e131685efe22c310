package dev.hairpin.proxy;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;

/**
 * Netty's epoll handler, with registrations that survive having nothing to wait for.
 *
 * <p>A channel that has seen the peer's FIN and is not reading, because the other side of the relay
 * stalls, asks for no events at all. Netty 4.2.13 to 4.2.20 then takes the descriptor out of epoll
 * but remembers it as added, and the next request fails with ENOENT: the bytes before the FIN would
 * never be read. Asking for errors only instead would spin on EPOLLHUP once both directions are
 * shut. So such a registration is cancelled, and made again when there is something to wait for.
 */
final class ParkingIoHandler implements IoHandler {
  private final IoHandler epoll;

  private ParkingIoHandler(IoHandler epoll) {
    this.epoll = epoll;
  }

  static IoHandlerFactory newFactory() {
    IoHandlerFactory epoll = EpollIoHandler.newFactory();
    return executor -> new ParkingIoHandler(epoll.newHandler(executor));
  }

  @Override
  public IoRegistration register(IoHandle handle) throws Exception {
    return new Registration(handle, epoll.register(handle));
  }

  @Override
  public void initialize() {
    epoll.initialize();
  }

  @Override
  public int run(IoHandlerContext context) {
    return epoll.run(context);
  }

  @Override
  public void prepareToDestroy() {
    epoll.prepareToDestroy();
  }

  @Override
  public void destroy() {
    epoll.destroy();
  }

  @Override
  public void wakeup() {
    epoll.wakeup();
  }

  @Override
  public boolean isCompatible(Class<? extends IoHandle> handleType) {
    return epoll.isCompatible(handleType);
  }

  /** Events are submitted on the event loop only, as Netty's channels do. */
  private final class Registration implements IoRegistration {
    private final IoHandle handle;
    private volatile IoRegistration inEpoll;
    private volatile boolean parked;
    private volatile boolean cancelled;

    Registration(IoHandle handle, IoRegistration inEpoll) {
      this.handle = handle;
      this.inEpoll = inEpoll;
    }

    /** The signature is Netty's. */
    @Override
    @SuppressWarnings("TypeParameterUnusedInFormals")
    public <T> T attachment() {
      return inEpoll.attachment();
    }

    @Override
    public long submit(IoOps ops) {
      if (cancelled) {
        return -1;
      }
      if (ops.equals(EpollIoOps.NONE)) {
        parked = true;
        inEpoll.cancel();
        return 0;
      }
      if (parked) {
        inEpoll = registerAgain();
        parked = false;
      }
      return inEpoll.submit(ops);
    }

    private IoRegistration registerAgain() {
      try {
        return epoll.register(handle);
      } catch (Exception e) {
        throw new IllegalStateException("register " + handle + " again: " + e.getMessage(), e);
      }
    }

    @Override
    public boolean isValid() {
      return !cancelled;
    }

    @Override
    public boolean cancel() {
      if (cancelled) {
        return false;
      }
      cancelled = true;
      inEpoll.cancel();
      return true;
    }
  }
}
