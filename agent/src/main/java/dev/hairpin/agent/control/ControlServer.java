package dev.hairpin.agent.control;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens on the agent's Unix socket. Each connection is one request and one response, on a virtual
 * thread of its own, so one that says nothing delays nobody; after a while it is hung up on.
 */
public final class ControlServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ControlServer.class);

  /** How long an answer may take to be sent once the server ends. */
  private static final Duration LAST_WORDS = Duration.ofSeconds(1);

  private final Path socket;
  private final ControlService service;
  private final Duration patience;
  private final ServerSocketChannel server;
  private final Set<Thread> serving = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("control-timeouts").daemon().factory());

  private ControlServer(
      Path socket, ControlService service, Duration patience, ServerSocketChannel server) {
    this.socket = socket;
    this.service = service;
    this.patience = patience;
    this.server = server;
  }

  /**
   * Binds the socket, with mode 0600, and begins to answer. A socket that an earlier agent left is
   * replaced: the caller holds the lock that says no other agent runs.
   *
   * @param directory made when missing, for its owner only
   * @param patience how long a client may take to say its request
   */
  public static ControlServer start(
      Path directory, String name, ControlService service, Duration patience) throws IOException {
    requireNonNull(service, "service");
    Files.createDirectories(directory);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    Path socket = directory.resolve(name);
    Files.deleteIfExists(socket);
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      // Nobody else can come in before the mode is set: the directory keeps them out.
      server.bind(UnixDomainSocketAddress.of(socket));
      Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException e) {
      server.close();
      throw e;
    }
    ControlServer control = new ControlServer(socket, service, patience, server);
    Thread.ofVirtual().name("control").start(control::acceptAll);
    return control;
  }

  private void acceptAll() {
    while (server.isOpen()) {
      try {
        SocketChannel client = server.accept();
        Thread thread = Thread.ofVirtual().name("control-client").unstarted(() -> serve(client));
        serving.add(thread);
        thread.start();
      } catch (ClosedChannelException e) {
        log.debug("control socket closed");
      } catch (IOException e) {
        log.warn("accept on control socket {}: {}", socket, e.getMessage());
      }
    }
  }

  private void serve(SocketChannel client) {
    ScheduledFuture<?> hangUp =
        clock.schedule(() -> closeQuietly(client), patience.toMillis(), TimeUnit.MILLISECONDS);
    try (client) {
      Response response;
      try {
        Request request =
            ControlMessages.request(
                ControlMessages.readLine(client, ControlMessages.MAX_REQUEST_BYTES));
        hangUp.cancel(false);
        response = answer(request);
      } catch (IOException e) {
        response = new Response.Refused("read request: " + e.getMessage(), true);
      }
      var line = ControlMessages.line(response);
      while (line.hasRemaining()) {
        client.write(line);
      }
    } catch (IOException e) {
      log.debug("control client went away: {}", e.toString());
    } finally {
      hangUp.cancel(false);
      serving.remove(Thread.currentThread());
    }
  }

  /** Whoever asks is told also of what nobody foresaw. */
  private Response answer(Request request) {
    try {
      return service.answer(request);
    } catch (RuntimeException e) {
      log.error("answer {}", request, e);
      return new Response.Refused("the agent failed to answer: " + e, false);
    }
  }

  private static void closeQuietly(SocketChannel client) {
    try {
      client.close();
    } catch (IOException e) {
      log.debug("close control client: {}", e.toString());
    }
  }

  /** Stops listening, removes the socket, and lets the answers that are known go out. */
  @Override
  public void close() throws IOException {
    server.close();
    try {
      for (Thread thread : serving) {
        thread.join(LAST_WORDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    clock.shutdownNow();
    Files.deleteIfExists(socket);
  }
}
