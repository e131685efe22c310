package dev.hairpin.proxy;

import static io.netty.channel.ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Queue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One end of a proxied connection: what arrives on its channel is written to its peer. Called on
 * the event loop that both ends share.
 *
 * <p>ALLOW_HALF_CLOSURE is set, so an end of stream is an event, and a channel that closes before
 * both of its directions have ended was reset.
 */
final class ChannelLeg extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(ChannelLeg.class);

  private final ChannelConnection connection;
  private final SocketChannel channel;

  /** Read before there was a peer: a FIN wakes epoll, and Netty reads what is before it. */
  private final Queue<Object> early = new ArrayDeque<>(0);

  private ChannelLeg peer;
  private boolean inputEnded;
  private boolean outputEnded;

  ChannelLeg(ChannelConnection connection, SocketChannel channel) {
    this.connection = connection;
    this.channel = channel;
  }

  SocketChannel channel() {
    return channel;
  }

  /** Begins to read, and to write to {@code other}, which is connected. */
  void start(ChannelLeg other) {
    peer = other;
    while (!early.isEmpty()) {
      peer.write(early.remove());
    }
    peer.channel.flush();
    if (inputEnded) {
      peer.endOutput();
    } else {
      channel.config().setAutoRead(peer.channel.isWritable());
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object bytes) {
    connection.moved(this, ((ByteBuf) bytes).readableBytes());
    if (peer == null) {
      early.add(bytes);
      return;
    }
    peer.write(bytes);
    if (!peer.channel.isWritable()) {
      peer.channel.flush();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (peer != null) {
      peer.channel.flush();
    }
  }

  /**
   * Stops the peer's reading while this channel's backlog is over its high-water mark, and lets it
   * read on once that has drained below the low one.
   */
  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (peer != null && !peer.inputEnded) {
      peer.channel.config().setAutoRead(channel.isWritable());
    }
  }

  /** Passes an end of stream on, and leaves the other direction open. */
  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == ChannelInputShutdownEvent.INSTANCE && !inputEnded) {
      inputEnded = true;
      if (peer != null) {
        peer.endOutput();
      }
      closeIfDone();
    }
  }

  /** Takes over the reference, also when the channel is already closed. */
  void write(Object bytes) {
    channel.write(bytes).addListener(FIRE_EXCEPTION_ON_FAILURE);
  }

  /** Shutting down fails what is still queued, so the queue goes out first. */
  private void endOutput() {
    channel
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(drained -> {
          if (drained.isSuccess()) {
            channel.shutdownOutput().addListener(shut -> outputEnded(shut.cause()));
          } else {
            connection.broken(this, KernelWords.of(drained.cause()));
          }
        });
  }

  private void outputEnded(Throwable cause) {
    if (cause != null) {
      connection.broken(this, KernelWords.of(cause));
      return;
    }
    outputEnded = true;
    closeIfDone();
  }

  private void closeIfDone() {
    if (inputEnded && outputEnded) {
      channel.close().addListener(FIRE_EXCEPTION_ON_FAILURE);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    early.forEach(ReferenceCountUtil::release);
    early.clear();
    if (!inputEnded || !outputEnded) {
      connection.broken(this, "closed");
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!(cause instanceof IOException)) {
      log.error("relay {}: {}", channel, cause.toString(), cause);
    }
    connection.broken(this, KernelWords.of(cause));
  }
}
