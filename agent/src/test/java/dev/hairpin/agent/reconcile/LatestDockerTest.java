package dev.hairpin.agent.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hairpin.agent.docker.DockerSnapshot;
import dev.hairpin.agent.docker.DockerView;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class LatestDockerTest {
  @Test
  void whoAsksKnowsWhatDockerSaysNow() {
    AtomicReference<DockerSnapshot> now = new AtomicReference<>(DockerSnapshot.UNKNOWN);
    AtomicInteger changes = new AtomicInteger();
    try (LatestDocker docker = LatestDocker.start(now::get, changes::incrementAndGet)) {
      now.set(DockerSnapshot.EMPTY);
      docker.ask();
      assertThat(docker.latest()).contains(DockerSnapshot.EMPTY);
      assertThat(changes).hasValue(2);
    }
  }

  @Test
  void dockerIsAskedAgainAfterAnAnswerThatNobodyForesaw() {
    AtomicInteger asked = new AtomicInteger();
    DockerView view =
        () -> {
          if (asked.incrementAndGet() == 1) {
            throw new IllegalStateException("what nobody foresaw");
          }
          return DockerSnapshot.EMPTY;
        };

    try (LatestDocker docker = LatestDocker.start(view, () -> {})) {
      assertThat(docker.trouble())
          .contains("ask Docker: java.lang.IllegalStateException: what nobody foresaw");
      docker.refreshIfSilent();
      await().untilAsserted(() -> assertThat(docker.latest()).contains(DockerSnapshot.EMPTY));
      assertThat(docker.trouble()).isEmpty();
    }
  }
}
