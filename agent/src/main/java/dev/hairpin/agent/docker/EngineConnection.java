package dev.hairpin.agent.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.model.Version;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.core.RemoteApiVersion;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import com.google.common.base.Strings;
import com.google.common.base.Throwables;
import com.google.common.primitives.Ints;
import dev.hairpin.rules.binding.UserText;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection to one daemon, in a version of the API that both understand. Every question has a
 * deadline: dockerd answers nothing about a container while that is being started, and the
 * transport has no timeouts on Unix sockets.
 */
final class EngineConnection implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EngineConnection.class);

  /** The newest API that the mapping was tried with (Docker 28.5). */
  private static final int NEWEST_MINOR = 51;

  /** Questions asked at once; others wait for their turn. */
  private static final int PARALLEL = 16;

  private final DockerHost host;
  private final Duration deadline;
  private final ZerodepDockerHttpClient http;
  private final ExecutorService threads;
  private final DockerClient client;
  private final String engineVersion;

  private EngineConnection(
      DockerHost host,
      Duration deadline,
      ZerodepDockerHttpClient http,
      ExecutorService threads,
      RemoteApiVersion apiVersion,
      String engineVersion) {
    this.host = host;
    this.deadline = deadline;
    this.http = http;
    this.threads = threads;
    this.client = DockerClientImpl.getInstance(config(host, apiVersion), http);
    this.engineVersion = engineVersion;
  }

  /**
   * Connects and agrees on a version.
   *
   * @param deadline for each question
   */
  static EngineConnection open(DockerHost host, Duration deadline)
      throws DockerUnreachableException {
    EngineConnection unversioned =
        new EngineConnection(
            host,
            deadline,
            new ZerodepDockerHttpClient.Builder()
                .dockerHost(host.uri())
                .sslConfig(NoTls::new)
                .maxConnections(PARALLEL + 1)
                .build(),
            threads(),
            RemoteApiVersion.unknown(),
            "");
    try {
      return unversioned.in(unversioned.ask("tell its version", c -> c.versionCmd().exec()));
    } catch (DockerUnreachableException e) {
      unversioned.close();
      throw e;
    } catch (DockerException e) {
      unversioned.close();
      throw unreachable(host, "tell its version", e);
    }
  }

  /** The same connection, speaking a version that this engine understands. */
  private EngineConnection in(Version engine) {
    return new EngineConnection(
        host,
        deadline,
        http,
        threads,
        negotiate(Strings.nullToEmpty(engine.getApiVersion())),
        Strings.nullToEmpty(engine.getVersion()));
  }

  /** What the engine called its version when this was opened; empty where it didn't say. */
  String engineVersion() {
    return engineVersion;
  }

  /** The daemon, in the version agreed on; for the questions whose answer has no end. */
  DockerClient client() {
    return client;
  }

  /**
   * Asks one question.
   *
   * @param what is asked for, in words
   */
  <T> T ask(String what, Function<DockerClient, T> question) throws DockerUnreachableException {
    return askAll(what, List.of(question)).getFirst().answer();
  }

  /**
   * Asks several questions at once. The deadline is for all of them; who has not been answered by
   * then won't be.
   */
  <T> List<Answer<T>> askAll(String what, List<Function<DockerClient, T>> questions)
      throws DockerUnreachableException {
    try {
      List<Future<T>> futures =
          threads.invokeAll(
              questions.stream()
                  .map(question -> (Callable<T>) () -> question.apply(client))
                  .toList(),
              deadline.toMillis(),
              TimeUnit.MILLISECONDS);
      List<Answer<T>> answers = new ArrayList<>();
      for (Future<T> future : futures) {
        answers.add(() -> answer(what, future));
      }
      return answers;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DockerUnreachableException(
          "ask docker " + host + " to " + what + ": interrupted", e);
    }
  }

  /** What became of a question. */
  @FunctionalInterface
  interface Answer<T> {
    /**
     * The answer.
     *
     * @throws DockerUnreachableException if there was none in time, or the connection broke
     * @throws DockerException if the daemon refused
     */
    T answer() throws DockerUnreachableException;
  }

  private <T> T answer(String what, Future<T> future) throws DockerUnreachableException {
    try {
      return future.get();
    } catch (CancellationException e) {
      throw new DockerUnreachableException(
          "ask docker "
              + host
              + " to "
              + what
              + ": no answer within "
              + deadline.toMillis()
              + " ms",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DockerUnreachableException(
          "ask docker " + host + " to " + what + ": interrupted", e);
    } catch (ExecutionException e) {
      throw failure(what, e.getCause());
    }
  }

  private DockerUnreachableException failure(String what, Throwable cause) {
    if (cause instanceof DockerException refused) {
      throw refused;
    }
    return unreachable(host, what, cause);
  }

  /** One line about a broken connection. */
  static DockerUnreachableException unreachable(DockerHost host, String what, Throwable cause) {
    Throwable root = Throwables.getRootCause(cause);
    String text = String.valueOf(root.getMessage()).toLowerCase(Locale.ROOT);
    Optional<String> refusal = connectRefusal(text);
    String message =
        refusal
            .map(why -> "connect docker " + host + ": " + why)
            .orElseGet(() ->
                "ask docker "
                    + host
                    + " to "
                    + what
                    + ": "
                    + (root instanceof IOException ? oneLine(text) : oneLine(root.toString())));
    return new DockerUnreachableException(message, cause);
  }

  private static Optional<String> connectRefusal(String text) {
    if (text.contains("no such file")) {
      return Optional.of("no such file; start dockerd, or name its socket with --docker-host");
    }
    if (text.contains("connection refused")) {
      return Optional.of("connection refused; nobody listens there, start dockerd");
    }
    if (text.contains("permission denied")) {
      return Optional.of("permission denied; run as root");
    }
    return Optional.empty();
  }

  private static String oneLine(String text) {
    return UserText.plain(text.lines().findFirst().orElse(""));
  }

  /**
   * The newest version that both know. Without one in the path, dockerd answers in its own newest,
   * which a later Docker may make one that the mapping has never seen.
   */
  private static RemoteApiVersion negotiate(String daemons) {
    Integer minor =
        daemons.startsWith("1.") ? Ints.tryParse(daemons.substring("1.".length())) : null;
    return minor == null
        ? RemoteApiVersion.unknown()
        : RemoteApiVersion.create(1, Math.min(minor, NEWEST_MINOR));
  }

  private static DockerClientConfig config(DockerHost host, RemoteApiVersion version) {
    // Not createDefaultConfigBuilder: there the environment and the home directory decide as well.
    return new DefaultDockerClientConfig.Builder()
        .withDockerHost(host.toString())
        .withApiVersion(version)
        .build();
  }

  /** Platform threads: the transport blocks under monitors, which would pin virtual ones. */
  private static ExecutorService threads() {
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            PARALLEL,
            PARALLEL,
            5,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().daemon().name("docker-", 0).factory());
    threads.allowCoreThreadTimeOut(true);
    return threads;
  }

  /** Hangs up. Questions that are still open end without an answer. */
  @Override
  public void close() {
    threads.shutdownNow();
    try {
      http.close();
    } catch (IOException e) {
      log.debug("hang up on docker {}: {}", host, e.toString());
    }
  }
}
