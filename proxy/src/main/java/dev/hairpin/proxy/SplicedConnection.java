package dev.hairpin.proxy;

import dev.hairpin.proxy.posix.ConnectionSocket;
import dev.hairpin.proxy.posix.PosixException;
import dev.hairpin.proxy.posix.Reservation;
import dev.hairpin.proxy.relay.RelayedConnection;
import io.netty.channel.IoEventLoop;
import java.net.InetSocketAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A connection of a port that epoll watches. */
final class SplicedConnection implements Connection, RelayedConnection.Owner {
  private static final Logger log = LoggerFactory.getLogger(SplicedConnection.class);

  private static final byte[] NOTHING = new byte[0];

  private final Engine engine;
  private final ConnectionPort port;
  private final IoEventLoop loop;
  private final ConnectionSocket socket;
  private final InetSocketAddress client;
  private final Backend backend;
  private final RelayedConnection<?> relayed;

  private SplicedConnection(
      Engine engine,
      ConnectionPort port,
      IoEventLoop loop,
      ConnectionSocket socket,
      InetSocketAddress client) {
    this.engine = engine;
    this.port = port;
    this.loop = loop;
    this.socket = socket;
    this.client = client;
    this.backend = port.backend();
    this.relayed = RelayedConnection.of(socket, loop, engine.suppliesOf(loop), this);
  }

  /**
   * Called on the server's loop.
   *
   * @param forBackend this connection's from here on
   */
  static void begin(
      Engine engine,
      ConnectionPort port,
      ConnectionSocket socket,
      InetSocketAddress client,
      Reservation forBackend) {
    IoEventLoop loop = engine.nextIoLoop();
    SplicedConnection connection = new SplicedConnection(engine, port, loop, socket, client);
    port.opened(connection);
    if (loop.inEventLoop()) {
      connection.start(forBackend);
    } else {
      loop.execute(() -> connection.start(forBackend));
    }
  }

  private void start(Reservation forBackend) {
    forBackend.close();
    relayed.start(
        Dialling.addresses(backend).iterator(),
        engine.dialling().opener(backend),
        engine.settings().connectTimeout());
  }

  @Override
  public byte[] connected() throws PosixException {
    port.backendAnswered();
    if (log.isDebugEnabled()) {
      log.debug("{} carries {} to {}", port, Endpoints.text(client), backend);
    }
    return switch (backend.header()) {
      case NONE -> NOTHING;
      case V1, V2 -> backend.header().header(client, socket.localAddress());
    };
  }

  @Override
  public void unreachable(PosixException why) {
    port.backendFailed(client, backend.address(), why);
  }

  @Override
  public void exhausted(PosixException why) {
    port.acceptFailed(why);
  }

  @Override
  public void broken(PosixException why) {
    if (log.isDebugEnabled()) {
      log.debug("{} of {} ended: {}", port, Endpoints.text(client), why.getMessage());
    }
  }

  @Override
  public void movedUp(long bytes) {
    port.meter().movedUp(bytes);
  }

  @Override
  public void movedDown(long bytes) {
    port.meter().movedDown(bytes);
  }

  @Override
  public void ended() {
    port.ended(this);
  }

  @Override
  public void resetAndWait() {
    loop.submit(relayed::reset).awaitUninterruptibly();
  }
}
