package dev.hairpin.agent.netns;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NetnsEventsTest {
  private static final Duration NEVER = Duration.ofHours(1);
  private static final Duration OFTEN = Duration.ofMillis(5);

  private final BlockingQueue<String> wakes = new LinkedBlockingQueue<>();
  private final AtomicReference<String> addresses = new AtomicReference<>("none");
  private final AtomicInteger looks = new AtomicInteger();

  @TempDir Path directory;

  @Test
  void aNameThatAppearsOrVanishesWakes() throws Exception {
    try (NetnsEvents events = follow(directory, NEVER)) {
      assertThat(events).isNotNull();
      awaitWake();
      Files.createFile(directory.resolve("ns1"));
      awaitWake();
      wakes.clear();
      Files.delete(directory.resolve("ns1"));
      awaitWake();
    }
  }

  @Test
  void theDirectoryMayAppearLaterAndGoAndComeAgain() throws Exception {
    Path later = directory.resolve("netns");
    try (NetnsEvents events = follow(later, OFTEN)) {
      assertThat(events).isNotNull();
      await().until(() -> looks.get() > 2);
      assertThat(wakes).isEmpty();
      for (int round = 0; round < 2; round++) {
        Files.createDirectory(later);
        awaitWake();
        await().until(() -> wakesAt(later.resolve("ns" + looks.get())));
        emptyOut(later);
        wakes.clear();
        await().until(() -> looks.get() > 2);
      }
    }
  }

  @Test
  void aChangeThatOnlyALookShowsWakes() throws Exception {
    try (NetnsEvents events = follow(directory.resolve("missing"), OFTEN)) {
      assertThat(events).isNotNull();
      await().until(() -> looks.get() > 2);
      assertThat(wakes).isEmpty();

      addresses.set("198.51.100.2");
      awaitWake();
    }
  }

  @Test
  void afterCloseNobodyLooks() {
    NetnsEvents events = follow(directory, OFTEN);
    await().until(() -> looks.get() > 2);

    events.close();

    await()
        .until(() -> {
          int before = looks.get();
          await().pollDelay(OFTEN.multipliedBy(10)).until(() -> true);
          return looks.get() == before;
        });
  }

  private NetnsEvents follow(Path directory, Duration slow) {
    return NetnsEvents.follow(
        directory,
        () -> {
          looks.incrementAndGet();
          return addresses.get();
        },
        () -> wakes.add("wake"),
        OFTEN,
        slow);
  }

  private void awaitWake() throws InterruptedException {
    assertThat(wakes.poll(10, SECONDS)).as("a wake").isNotNull();
  }

  private boolean wakesAt(Path file) throws IOException, InterruptedException {
    wakes.clear();
    Files.createFile(file);
    return wakes.poll(1, SECONDS) != null;
  }

  private static void emptyOut(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }
}
