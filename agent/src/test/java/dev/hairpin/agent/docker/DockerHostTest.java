package dev.hairpin.agent.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DockerHostTest {

  @Test
  void aUnixSocketIsReadAndWrittenAsDockerDoes() {
    DockerHost host = DockerHost.parse("unix:///run/user/1000/docker.sock");

    assertThat(host.socket()).isEqualTo(Path.of("/run/user/1000/docker.sock"));
    assertThat(host).hasToString("unix:///run/user/1000/docker.sock");
    assertThat(DockerHost.DEFAULT).hasToString("unix:///var/run/docker.sock");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "tcp://192.0.2.1:2375",
        "/var/run/docker.sock",
        "unix://",
        "unix://docker.sock",
        "unix:///a\u0000b"
      })
  void anythingElseIsRefusedWithWhatToWrite(String text) {
    assertThatThrownBy(() -> DockerHost.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("docker host \"")
        .hasMessageEndingWith(
            "\" is not the path of a Unix socket; write unix:///var/run/docker.sock")
        .hasMessageNotContaining("\u0000");
  }
}
