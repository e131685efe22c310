package dev.hairpin.agent.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Without it commands work, but slowly, and nobody would notice. */
class RehearsalTest {
  @Test
  @Timeout(value = 60, unit = TimeUnit.SECONDS)
  void goesThroughToItsEnd() throws Exception {
    Process rehearsal =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Rehearsal.class.getName())
            .redirectErrorStream(true)
            .start();
    String said = new String(rehearsal.getInputStream().readAllBytes(), UTF_8);

    assertThat(rehearsal.waitFor()).as(said).isZero();
    assertThat(said)
        .contains(
            "rule-drops",
            "not-listening",
            "0.0.0.0:8080",
            "table ip docker-bridges",
            "=> dropped by filter DOCKER-USER",
            "Usage: hairpin")
        .doesNotContain("could-not-read", "Exception");
  }
}
