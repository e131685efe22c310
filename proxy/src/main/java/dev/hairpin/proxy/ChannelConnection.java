package dev.hairpin.proxy;

import static io.netty.channel.ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE;

import io.netty.buffer.Unpooled;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.SocketChannelConfig;
import java.net.InetSocketAddress;
import java.util.Iterator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client's connection and the one to the backend that is made for it. Both are on one event loop,
 * and everything but {@link #start} and {@link #resetAndWait} happens there.
 *
 * <p>The backend is connected before any of the client's bytes are read, so that a client whose
 * backend is down has lost nothing when it is reset.
 */
final class ChannelConnection implements Connection {
  private static final Logger log = LoggerFactory.getLogger(ChannelConnection.class);

  /** A bulk stream is read in pieces of this size; a small one costs a small buffer. */
  private static final int MAX_READ_BYTES = 256 * 1024;

  private static final WriteBufferWaterMark BACKLOG =
      new WriteBufferWaterMark(256 * 1024, 512 * 1024);

  private final Engine engine;
  private final ConnectionPort port;
  private final SocketChannel client;
  private final Backend target;
  private final Iterator<InetSocketAddress> addresses;
  private final ChannelLeg clientLeg;
  private ChannelLeg backendLeg;
  private boolean ended;

  ChannelConnection(Engine engine, ConnectionPort port, SocketChannel client) {
    this.engine = engine;
    this.port = port;
    this.client = client;
    this.target = port.backend();
    this.addresses = Dialling.addresses(target).iterator();
    this.clientLeg = new ChannelLeg(this, client);
  }

  /** Called on the server socket's event loop, which may be another one. */
  void start() {
    client.config().setAutoRead(false);
    client.pipeline().addLast(clientLeg);
    EventLoop loop = engine.nextLoop();
    loop.register(client)
        .addListener(registered -> {
          if (registered.isSuccess()) {
            connectNext(loop);
          }
        });
  }

  private void connectNext(EventLoop loop) {
    if (!ended) {
      InetSocketAddress address = addresses.next();
      engine
          .dialling()
          .open(
              target,
              () -> NioSockets.streamTo(address),
              loop,
              channel -> connect(loop, channel, address),
              this::connectFailed);
    }
  }

  private void connect(EventLoop loop, SocketChannel backend, InetSocketAddress address) {
    if (ended) {
      backend.unsafe().closeForcibly();
      return;
    }
    try {
      backend.config().setAutoRead(false);
      configure(backend);
      backend.config().setConnectTimeoutMillis((int) engine.settings().connectTimeout().toMillis());
      backendLeg = new ChannelLeg(this, backend);
      backend.pipeline().addLast(backendLeg);
      loop.register(backend).addListener(FIRE_EXCEPTION_ON_FAILURE);
      backend.connect(address).addListener((ChannelFuture f) -> connected(f, loop));
    } catch (ChannelException e) {
      connectFailed(e);
    }
  }

  /**
   * Before the channel sees events: a FIN on one without half-closure would close it.
   *
   * @throws ChannelException if the connection is already gone
   */
  static void configure(SocketChannel channel) {
    SocketChannelConfig config = channel.config();
    config.setAllowHalfClosure(true);
    config.setTcpNoDelay(true);
    config.setKeepAlive(true);
    config.setWriteBufferWaterMark(BACKLOG);
    config.setRecvByteBufAllocator(
        new AdaptiveRecvByteBufAllocator(1024, 16 * 1024, MAX_READ_BYTES));
  }

  private void connected(ChannelFuture connecting, EventLoop loop) {
    if (ended) {
      return;
    }
    if (!connecting.isSuccess()) {
      if (KernelWords.isRefusal(connecting.cause()) && addresses.hasNext()) {
        connectNext(loop);
      } else {
        connectFailed(connecting.cause());
      }
      return;
    }
    port.backendAnswered();
    log.debug("{} carries {} to {}", port, clientText(), target);
    announceClient();
    clientLeg.start(backendLeg);
    backendLeg.start(clientLeg);
  }

  /** It goes out with whatever the client has sent already. */
  private void announceClient() {
    byte[] header =
        switch (target.header()) {
          case NONE -> new byte[0];
          case V1, V2 -> target.header().header(client.remoteAddress(), client.localAddress());
        };
    if (header.length > 0) {
      backendLeg.write(Unpooled.wrappedBuffer(header));
    }
  }

  private void connectFailed(Throwable cause) {
    if (ended) {
      return;
    }
    port.backendFailed(client.remoteAddress(), target.address(), cause);
    end();
  }

  void moved(ChannelLeg from, int bytes) {
    if (from == clientLeg) {
      port.meter().movedUp(bytes);
    } else {
      port.meter().movedDown(bytes);
    }
  }

  /** Passes a reset, or whatever else broke one end, on to both. */
  void broken(ChannelLeg leg, String reason) {
    if (!ended) {
      log.debug(
          "{} of {} ended: {} {}",
          port,
          clientText(),
          leg == clientLeg ? "client" : "backend",
          reason);
      end();
    }
  }

  private void end() {
    ended = true;
    reset(client);
    if (backendLeg != null) {
      reset(backendLeg.channel());
    }
  }

  /** Closes with RST instead of FIN: what the other end was sent is not all there was. */
  private static void reset(SocketChannel channel) {
    if (channel.isOpen()) {
      try {
        channel.config().setOption(ChannelOption.SO_LINGER, 0);
      } catch (ChannelException e) {
        log.debug("reset {}: {}", channel, e.getMessage());
      }
      channel.close().addListener(FIRE_EXCEPTION_ON_FAILURE);
    }
  }

  @Override
  public void resetAndWait() {
    client.eventLoop().submit(() -> broken(clientLeg, "port closed")).awaitUninterruptibly();
  }

  private String clientText() {
    return Endpoints.text(client.remoteAddress());
  }
}
