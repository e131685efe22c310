package dev.hairpin.proxy;

import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A listening socket on the JDK's selector. Its connections are copied by Netty's channels. */
final class NioStreamServer implements StreamServer {
  private static final Logger log = LoggerFactory.getLogger(NioStreamServer.class);

  private final Engine engine;
  private final ConnectionPort port;
  private final Server server;
  private final EventLoop loop;

  private NioStreamServer(Engine engine, ConnectionPort port, ServerSocketChannel channel) {
    this.engine = engine;
    this.port = port;
    this.server = new Server(channel);
    this.loop = engine.nextLoop();
  }

  /**
   * Binds the channel, which is closed if that fails.
   *
   * @param channel of exactly the address's family
   */
  static NioStreamServer bound(
      Engine engine, ConnectionPort port, ServerSocketChannel channel, InetSocketAddress frontend)
      throws IOException {
    NioStreamServer server = new NioStreamServer(engine, port, channel);
    server.bind(frontend);
    return server;
  }

  private void bind(InetSocketAddress frontend) throws IOException {
    server.config().setAutoRead(false);
    // Beside connections in TIME_WAIT, but not beside another listener.
    server.config().setReuseAddress(true);
    server.config().setBacklog(NetUtil.SOMAXCONN);
    server.pipeline().addLast(new Acceptor());
    succeeded(loop.register(server));
    succeeded(server.bind(frontend));
  }

  private void succeeded(ChannelFuture future) throws IOException {
    if (!future.awaitUninterruptibly().isSuccess()) {
      close();
      switch (future.cause()) {
        case IOException e -> throw e;
        case Throwable e -> throw new IOException(e.getMessage(), e);
      }
    }
  }

  @Override
  public InetSocketAddress frontend() {
    return server.localAddress();
  }

  @Override
  public OptionalInt descriptor() {
    return OptionalInt.empty();
  }

  @Override
  public void accepting(boolean on) {
    server.config().setAutoRead(on);
  }

  @Override
  public void awaitTurn() {
    loop.submit(() -> {}).awaitUninterruptibly();
  }

  @Override
  public Future<?> later(Runnable task, long seconds) {
    return loop.schedule(task, seconds, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    server.close().awaitUninterruptibly();
    NioSockets.awaitReleased(server.javaChannel(), loop);
  }

  private void accepted(SocketChannel client) {
    try {
      ChannelConnection.configure(client);
    } catch (ChannelException e) {
      log.debug("{} lost a client: {}", port, e.getMessage());
      client.unsafe().closeForcibly();
      return;
    }
    ChannelConnection connection = new ChannelConnection(engine, port, client);
    port.opened(connection);
    client.closeFuture().addListener(closed -> port.ended(connection));
    connection.start();
  }

  private final class Acceptor extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object client) {
      accepted((SocketChannel) client);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      port.acceptFailed(cause);
    }
  }

  /** Shows the JDK's channel to this class. */
  private static final class Server extends NioServerSocketChannel {
    Server(ServerSocketChannel channel) {
      super(channel);
    }

    @Override
    protected ServerSocketChannel javaChannel() {
      return super.javaChannel();
    }
  }
}
