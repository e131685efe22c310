package dev.hairpin.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Engine;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.World;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.testcontainers.containers.GenericContainer;

/**
 * Testcontainers, as a Java project uses it, on an engine whose ports are all ours. The settings
 * that it reads from the environment are in the pom.
 */
@NeedsRealNetwork
class TestcontainersIT {
  @Test
  void mappedPortOfItsContainerAnswersThroughUs() {
    try (World world = World.create()) {
      AgentProcess agent = AgentProcess.withEngine(world);
      Engine.under(agent, "--host=" + System.getenv("DOCKER_HOST"));
      // Its waiting for the port asks 127.0.0.1, so all of it happens on the host.
      int status = world.host().call(TestcontainersIT::statusOfMappedPort);
      assertThat(status).isEqualTo(200);
    }
  }

  private static int statusOfMappedPort() throws IOException, InterruptedException {
    try (GenericContainer<?> web = new GenericContainer<>("peer:latest")) {
      web.withCommand("/bin/busybox", "httpd", "-f", "-p", "80", "-h", "/bin")
          .withExposedPorts(80)
          .withStartupTimeout(Duration.ofSeconds(20))
          .start();
      URI busybox =
          URI.create("http://" + web.getHost() + ":" + web.getMappedPort(80) + "/busybox");
      try (HttpClient client = HttpClient.newHttpClient()) {
        return client
            .send(HttpRequest.newBuilder(busybox).build(), HttpResponse.BodyHandlers.discarding())
            .statusCode();
      }
    }
  }
}
