package dev.hairpin.agent.docker;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class DockerEventsTest {
  private static final Logger LOGGER = (Logger) LoggerFactory.getLogger(DockerEvents.class);

  private final BlockingQueue<String> wakes = new LinkedBlockingQueue<>();
  private final Lines logged = new Lines();

  @TempDir Path directory;

  private Path socket;

  /** What was logged at info and above. */
  private static final class Lines extends AppenderBase<ILoggingEvent> {
    private final List<String> lines = new CopyOnWriteArrayList<>();

    @Override
    protected void append(ILoggingEvent event) {
      if (event.getLevel().isGreaterOrEqual(Level.INFO)) {
        lines.add(event.getLevel() + " " + event.getFormattedMessage());
      }
    }
  }

  @BeforeEach
  void listenToTheLog() {
    socket = directory.resolve("docker.sock");
    logged.start();
    LOGGER.addAppender(logged);
  }

  @AfterEach
  void leaveTheLog() {
    LOGGER.detachAppender(logged);
  }

  @Test
  void everyEventWakesAndSoDoesTheStreamsOpening() throws Exception {
    try (FakeDockerd dockerd = FakeDockerd.at(socket);
        DockerEvents events = follow()) {
      assertThat(events).isNotNull();
      awaitWake();
      // The answer's head, which wakes, leaves before the stream can carry events.
      await().until(() -> dockerd.listeners() == 1);

      dockerd.emit("container", "start");
      awaitWake();
      dockerd.emit("network", "connect");
      awaitWake();
      assertThat(dockerd.unknown()).isEmpty();
    }
  }

  @Test
  void aLostStreamIsOpenedAgainAndWakes() throws Exception {
    try (FakeDockerd dockerd = FakeDockerd.at(socket);
        DockerEvents events = follow()) {
      assertThat(events).isNotNull();
      for (int round = 0; round < 3; round++) {
        awaitWake();
        await().until(() -> dockerd.listeners() == 1);
        dockerd.dropConnections();
      }
      awaitWake();
    }
  }

  @Test
  void aRestartIsLoggedOnceGoingDownAndOnceComingBack() throws Exception {
    try (DockerEvents events = follow()) {
      assertThat(events).isNotNull();
      FakeDockerd first = FakeDockerd.at(socket);
      awaitWake();
      logged.lines.clear();
      wakes.clear();

      first.close();
      await().until(() -> logged.lines.size() == 1);
      try (FakeDockerd second = FakeDockerd.at(socket)) {
        awaitWake();
        assertThat(second.listeners()).isEqualTo(1);
      }
      await().until(() -> logged.lines.size() >= 2);

      assertThat(logged.lines.get(0))
          .startsWith("WARN ")
          .endsWith("; trying again until it answers");
      assertThat(logged.lines.get(1)).isEqualTo("INFO docker unix://" + socket + " answers again");
    }
  }

  @Test
  void aDaemonThatComesLaterIsWaitedFor() throws Exception {
    try (DockerEvents events = follow()) {
      assertThat(events).isNotNull();
      await().until(() -> !logged.lines.isEmpty());
      assertThat(wakes).isEmpty();

      try (FakeDockerd dockerd = FakeDockerd.at(socket)) {
        awaitWake();
        assertThat(dockerd.unknown()).isEmpty();
      }
    }
  }

  @Test
  void afterCloseNobodyListens() throws Exception {
    try (FakeDockerd dockerd = FakeDockerd.at(socket)) {
      DockerEvents events = follow();
      awaitWake();
      int asked = dockerd.requests().size();

      events.close();
      dockerd.dropConnections();

      await().during(Duration.ofMillis(200)).until(() -> dockerd.requests().size() == asked);
    }
  }

  @Test
  void waitingTimesGrowToALimitAndStartAgainAfterASuccess() {
    DockerEvents.Backoff backoff =
        new DockerEvents.Backoff(Duration.ofMillis(100), Duration.ofSeconds(5));

    assertThat(backoff.next()).isBetween(Duration.ofMillis(50), Duration.ofMillis(100));
    assertThat(backoff.next()).isBetween(Duration.ofMillis(100), Duration.ofMillis(200));
    for (int i = 0; i < 20; i++) {
      backoff.next();
    }
    assertThat(backoff.next()).isBetween(Duration.ofMillis(2500), Duration.ofSeconds(5));
    backoff.reset();
    assertThat(backoff.next()).isLessThanOrEqualTo(Duration.ofMillis(100));
  }

  private DockerEvents follow() throws IOException {
    return DockerEvents.follow(
        DockerHost.parse("unix://" + socket),
        () -> wakes.add("wake"),
        new DockerEvents.Backoff(Duration.ofMillis(10), Duration.ofMillis(50)));
  }

  private void awaitWake() throws InterruptedException {
    assertThat(wakes.poll(20, SECONDS)).as("a wake").isNotNull();
  }
}
