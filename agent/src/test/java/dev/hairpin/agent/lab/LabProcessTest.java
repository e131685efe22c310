package dev.hairpin.agent.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class LabProcessTest {
  @Test
  void aProcessLivesUntilItIsEnded() throws IOException, InterruptedException {
    Process sleeper = new ProcessBuilder("sleep", "60").start();
    try {
      LabProcess process = LabProcess.of("sleeper", sleeper.pid()).orElseThrow();
      assertThat(process.isAlive()).isTrue();

      process.end();
      sleeper.waitFor();

      assertThat(process.isAlive()).isFalse();
      assertThat(LabProcess.of("sleeper", sleeper.pid())).isEmpty();
    } finally {
      sleeper.destroyForcibly();
    }
  }

  @Test
  void anotherProcessWithTheSameNumberIsNotTouched() throws IOException {
    Process sleeper = new ProcessBuilder("sleep", "60").start();
    try {
      LabProcess process = LabProcess.of("sleeper", sleeper.pid()).orElseThrow();
      LabProcess before = new LabProcess("sleeper", process.pid(), process.startTicks() - 1);
      assertThat(before.isAlive()).isFalse();

      before.kill();

      assertThat(process.isAlive()).isTrue();
    } finally {
      sleeper.destroyForcibly();
    }
  }
}
