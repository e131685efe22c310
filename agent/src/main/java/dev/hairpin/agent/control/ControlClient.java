package dev.hairpin.agent.control;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.ConfigurationException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Asks a running agent. */
public final class ControlClient {
  private final Path socket;
  private final Duration patience;

  /**
   * A client of the agent that listens at {@code socket}.
   *
   * @param patience how long an answer may take
   */
  public ControlClient(Path socket, Duration patience) {
    this.socket = requireNonNull(socket, "socket").toAbsolutePath();
    this.patience = requireNonNull(patience, "patience");
  }

  /**
   * Sends a request and waits for its response.
   *
   * @throws ConfigurationException if no agent listens, or this user may not talk to it
   * @throws IOException if the agent took the request and then fell silent
   */
  public Response ask(Request request) throws ConfigurationException, IOException {
    return askIfRunning(request)
        .orElseThrow(() ->
            new ConfigurationException(
                "ask the agent at "
                    + socket
                    + ": nobody listens there; start it with \"hairpin agent\", or name its"
                    + " directory with --run-dir"));
  }

  /** As {@link #ask}, but that no agent is there is an answer too. */
  public Optional<Response> askIfRunning(Request request)
      throws ConfigurationException, IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      try {
        channel.connect(UnixDomainSocketAddress.of(socket));
      } catch (IOException e) {
        if (isShutToUs()) {
          throw new ConfigurationException(
              "ask the agent at " + socket + ": permission denied; run this as root", e);
        }
        return Optional.empty();
      }
      return Optional.of(exchange(channel, request));
    }
  }

  private boolean isShutToUs() {
    return Files.isDirectory(socket.getParent())
        && (!Files.isExecutable(socket.getParent())
            || (Files.exists(socket) && !Files.isWritable(socket)));
  }

  private Response exchange(SocketChannel channel, Request request) throws IOException {
    Thread hangUp = Thread.ofVirtual().start(() -> closeAfterPatience(channel));
    try {
      ByteBuffer line = ControlMessages.line(request);
      while (line.hasRemaining()) {
        channel.write(line);
      }
      return ControlMessages.response(
          ControlMessages.readLine(channel, ControlMessages.MAX_RESPONSE_BYTES));
    } catch (ClosedChannelException e) {
      throw new IOException(
          "ask the agent at " + socket + ": no answer within " + patience.toSeconds() + " s", e);
    } catch (IOException e) {
      throw new IOException("ask the agent at " + socket + ": " + e.getMessage(), e);
    } finally {
      hangUp.interrupt();
    }
  }

  private void closeAfterPatience(SocketChannel channel) {
    try {
      Thread.sleep(patience);
      channel.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException("close " + socket, e);
    }
  }
}
