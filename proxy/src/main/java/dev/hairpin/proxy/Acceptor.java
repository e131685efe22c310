package dev.hairpin.proxy;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes a port's connections. */
final class Acceptor extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(Acceptor.class);

  private final TcpPort port;

  /** Set from the first failure until an accept succeeds. */
  private Future<?> retry;

  Acceptor(TcpPort port) {
    this.port = port;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object client) {
    if (retry != null) {
      retry = null;
      log.info("accept on {}: works again", port);
    }
    port.accepted((SocketChannel) client);
  }

  /**
   * An accept that fails, for want of descriptors above all, leaves the connection in the backlog.
   * Trying again at once would only spin, so the port rests for a second.
   */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (retry == null) {
      log.warn("accept on {}: {}; trying again every second", port, KernelWords.of(cause));
    }
    ctx.channel().config().setAutoRead(false);
    retry =
        ctx.executor()
            .schedule(() -> ctx.channel().config().setAutoRead(true), 1, TimeUnit.SECONDS);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (retry != null) {
      retry.cancel(false);
    }
  }
}
