package dev.hairpin.proxy.relay;

import static java.util.Objects.requireNonNull;

import dev.hairpin.proxy.posix.ConnectionSocket;
import dev.hairpin.proxy.posix.Errno;
import dev.hairpin.proxy.posix.PosixException;
import dev.hairpin.proxy.posix.SctpSocket;
import dev.hairpin.proxy.posix.TcpSocket;
import io.netty.channel.IoEventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;

/**
 * A client's connection and the one to the backend that is made for it. Both are on one event loop,
 * where everything happens.
 *
 * <p>The backend is connected before any of the client's bytes are read, so that a client whose
 * backend is down has lost nothing when it is reset.
 */
public final class RelayedConnection<S extends ConnectionSocket> {
  private static final int RETRY_MILLIS = 250;

  private final IoEventLoop loop;
  private final Carriage<S> carriage;
  private final Owner owner;
  private final StreamEnd<S> client;

  /** The rest is there from {@link #start} on, and these three once there is a socket. */
  private StreamEnd<S> backend;

  private Way up;
  private Way down;
  private Iterator<InetSocketAddress> addresses;
  private StreamOpener opener;
  private Future<?> timeout;
  private Future<?> retry;
  private boolean connected;
  private boolean pumpsAgain;
  private boolean ended;

  /** Who has to know how a connection fares. Called on the loop. */
  public interface Owner {
    /**
     * The backend has accepted; bytes begin to move.
     *
     * @return what the backend gets before any of the client's bytes, at most {@link
     *     LoopSupplies#SCRATCH_BYTES}. It isn't counted
     * @throws PosixException if that can't be known; both sockets are reset
     */
    byte[] connected() throws PosixException;

    /**
     * There will be no connection: the client is reset.
     *
     * @param why ETIMEDOUT if the backend didn't answer in time
     */
    void unreachable(PosixException why);

    /**
     * There is no socket to be had for the backend now. The client waits, and it is tried again
     * four times a second, so before a port that rests takes another.
     */
    void exhausted(PosixException why);

    /** One of the sockets was reset, or broke: both are reset. */
    void broken(PosixException why);

    /** So many of the client's bytes were taken. */
    void movedUp(long bytes);

    /** So many of the backend's bytes were taken. */
    void movedDown(long bytes);

    /** Both sockets are closed. The last call. */
    void ended();
  }

  private RelayedConnection(IoEventLoop loop, Carriage<S> carriage, S client, Owner owner) {
    this.loop = requireNonNull(loop, "loop");
    this.carriage = carriage;
    this.owner = requireNonNull(owner, "owner");
    this.client = new StreamEnd<>(client, this::proceed);
  }

  /**
   * The connection of a client that was just accepted.
   *
   * @param client this connection's from here on
   */
  public static RelayedConnection<?> of(
      ConnectionSocket client, IoEventLoop loop, LoopSupplies supplies, Owner owner) {
    requireNonNull(supplies, "supplies");
    return switch (client) {
      case TcpSocket tcp -> new RelayedConnection<>(loop, new StreamCarriage(supplies), tcp, owner);
      case SctpSocket sctp ->
          new RelayedConnection<>(loop, new MessageCarriage(supplies), sctp, owner);
    };
  }

  /**
   * Connects the backend, and relays once that has answered. Once.
   *
   * @param addresses of the backend, at least one. The next is tried where one refuses
   * @param patience how long the backend may take, all in all
   */
  public void start(Iterator<InetSocketAddress> addresses, StreamOpener opener, Duration patience) {
    this.addresses = addresses;
    this.opener = opener;
    timeout = loop.schedule(this::timedOut, patience.toNanos(), TimeUnit.NANOSECONDS);
    dialNext();
    if (!ended) {
      client.watch(loop);
    }
  }

  private void dialNext() {
    open(addresses.next());
  }

  private void open(InetSocketAddress address) {
    opener.open(
        () -> carriage.open(address),
        loop,
        new StreamOpener.Answer<S>() {
          @Override
          public void opened(S socket) {
            dial(new StreamEnd<>(socket, RelayedConnection.this::proceed), address);
          }

          @Override
          public void failed(PosixException why) {
            if (!ended && Errno.isOfExhaustion(why.errno())) {
              owner.exhausted(why);
              retry = loop.schedule(() -> open(address), RETRY_MILLIS, TimeUnit.MILLISECONDS);
            } else if (!ended) {
              unreachable(why);
            }
          }
        });
  }

  private void dial(StreamEnd<S> end, InetSocketAddress address) {
    if (ended) {
      end.close();
      return;
    }
    backend = end;
    up = carriage.way(client, backend, owner::movedUp);
    down = carriage.way(backend, client, owner::movedDown);
    try {
      carriage.prepare(end.socket(), client.socket());
      end.socket().beginConnect(address);
    } catch (PosixException e) {
      failed(e);
      return;
    }
    // Not before connect(2): until then epoll calls a socket writable and hung up.
    backend.watch(loop);
  }

  private void failed(PosixException why) {
    if (why.errno() == Errno.ECONNREFUSED && addresses.hasNext()) {
      backend.close();
      // Until there is a socket to it, nobody has refused: the client may speak meanwhile.
      backend = null;
      dialNext();
    } else {
      unreachable(why);
    }
  }

  /** Ends both ways at once, with a reset at both ends. Twice is harmless. */
  public void reset() {
    end(true);
  }

  private void timedOut() {
    if (!ended && !connected) {
      unreachable(new PosixException("connect", Errno.ETIMEDOUT));
    }
  }

  /** Something has happened to one of the sockets. */
  private void proceed() {
    if (!ended && (connected || isConnectedNow())) {
      pump();
    }
  }

  private boolean isConnectedNow() {
    if (client.failure() != 0) {
      broken(new PosixException("client", client.failure()));
    } else if (backend == null) {
      return false;
    } else if (backend.failure() != 0 && !wasAccepted(backend.failure())) {
      failed(new PosixException("connect", backend.failure()));
    } else if (backend.isWritable()) {
      begin();
    }
    return connected;
  }

  private void begin() {
    timeout.cancel(false);
    try {
      up.precede(owner.connected());
      connected = true;
    } catch (PosixException e) {
      broken(e);
    }
  }

  /** It may have been reset again, and have sent something first, before we came to look. */
  private static boolean wasAccepted(int failure) {
    return failure == Errno.ECONNRESET || failure == Errno.EPIPE;
  }

  private void broken(PosixException why) {
    owner.broken(why);
    reset();
  }

  private void unreachable(PosixException why) {
    owner.unreachable(why);
    reset();
  }

  private void pump() {
    boolean more;
    try {
      // What a broken socket sent before it broke still counts; to write to it is of no use.
      boolean moreUp = backend.failure() == 0 && up.pump();
      boolean moreDown = client.failure() == 0 && down.pump();
      more = moreUp || moreDown;
    } catch (PosixException e) {
      broken(e);
      return;
    }
    if (up.isDone() && down.isDone()) {
      end(false);
    } else if (brokeAfterItsEnd(client, up)) {
      broken(new PosixException("client", client.failure()));
    } else if (brokeAfterItsEnd(backend, down)) {
      broken(new PosixException("backend", backend.failure()));
    } else if (more && !pumpsAgain) {
      pumpsAgain = true;
      loop.execute(this::pumpAgain);
    }
  }

  private void pumpAgain() {
    pumpsAgain = false;
    if (!ended) {
      pump();
    }
  }

  /** Otherwise reading the rest of its stream comes upon the failure. */
  private static boolean brokeAfterItsEnd(StreamEnd<?> end, Way sent) {
    return end.failure() != 0 && sent.isDone();
  }

  private void end(boolean byReset) {
    if (ended) {
      return;
    }
    ended = true;
    if (timeout != null) {
      timeout.cancel(false);
    }
    if (retry != null) {
      retry.cancel(false);
    }
    close(client, byReset);
    if (backend != null) {
      up.release();
      down.release();
      close(backend, byReset);
    }
    owner.ended();
  }

  private static void close(StreamEnd<?> end, boolean byReset) {
    if (byReset) {
      end.reset();
    } else {
      end.close();
    }
  }
}
