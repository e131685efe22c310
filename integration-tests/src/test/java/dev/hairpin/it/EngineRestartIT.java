package dev.hairpin.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Engine;
import dev.hairpin.it.world.Kernel;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.PeerServer;
import dev.hairpin.it.world.Probe;
import dev.hairpin.it.world.World;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** dockerd goes away and comes back under a running agent. */
@NeedsRealNetwork
class EngineRestartIT {
  private static final Duration SOON = Duration.ofSeconds(20);

  private World world;
  private Kernel kernel;
  private AgentProcess agent;

  @BeforeEach
  void startAgent() {
    world = World.create();
    kernel = new Kernel(world);
    agent = AgentProcess.withEngine(world);
  }

  @AfterEach
  void removeWorld() {
    world.close();
  }

  @Test
  void containersThatStopWithTheEngineAreTakenBackAndPublishedAgain() {
    Engine engine = Engine.under(agent);
    engine.run("run", "-d", "--name", "web", "--restart=always", "-p", "8080:80", "peer");
    engine.run("run", "-d", "--name", "off", "-p", "8081:80", "peer");
    serve(engine, "web");
    serve(engine, "off");
    awaitAnswers(8080, engine.addressOf("web", "bridge"));
    awaitAnswers(8081, engine.addressOf("off", "bridge"));

    engine.stop();
    engine.start();
    await("the engine to start its container again")
        .atMost(SOON)
        .until(() -> engine.inspect("web", "{{.State.Running}}").equals("true"));
    serve(engine, "web");
    awaitAnswers(8080, engine.addressOf("web", "bridge"));
    await("the other one to be taken back")
        .atMost(SOON)
        .untilAsserted(() -> {
          assertThat(kernel.rules()).noneMatch(rule -> rule.contains("8081"));
          assertThat(kernel.listening()).isEqualTo(Kernel.portSockets("tcp", 8080));
        });
  }

  @Test
  void liveRestoreKeepsContainersReachable() {
    Engine engine = Engine.under(agent, "--live-restore");
    engine.run("run", "-d", "--name", "web", "-p", "8080:80", "peer");
    serve(engine, "web");
    awaitAnswers(8080, "172.17.0.2");
    // The proxy may have answered before there was a rule.
    await("the pass to be over")
        .atMost(SOON)
        .until(() -> agent.hairpin("ps").run().contains("published"));
    List<String> before = kernel.rules();

    engine.stop();
    assertThat(fromOutside(8080)).isEqualTo("open 172.17.0.2:80 sees 192.0.2.2");
    engine.start();
    awaitAnswers(8080, "172.17.0.2");
    await("the same rules").atMost(SOON).until(() -> kernel.rules().equals(before));

    engine.run("rm", "-f", "web");
    awaitNothingPublished();
  }

  @Test
  void killedEngineUnderLiveRestoreKeepsContainersReachable() {
    Engine engine = Engine.under(agent, "--live-restore");
    engine.run("run", "-d", "--name", "web", "-p", "8080:80", "peer");
    serve(engine, "web");
    awaitAnswers(8080, "172.17.0.2");

    engine.kill();
    assertThat(fromOutside(8080)).isEqualTo("open 172.17.0.2:80 sees 192.0.2.2");
    engine.start();
    awaitAnswers(8080, "172.17.0.2");
    engine.run("run", "-d", "--name", "next", "-p", "8081:80", "peer");
    serve(engine, "next");
    awaitAnswers(8081, engine.addressOf("next", "bridge"));
  }

  private void serve(Engine engine, String container) {
    world.inhabitedBy(PeerServer.in(engine.namespaceOf(container)).tcp(80));
  }

  private void awaitAnswers(int port, String address) {
    await("answers on port " + port)
        .atMost(SOON)
        .untilAsserted(() -> {
          assertThat(fromOutside(port)).isEqualTo("open " + address + ":80 sees 192.0.2.2");
          assertThat(Probe.from(world.host()).tcp("127.0.0.1", port))
              .isEqualTo("open " + address + ":80 sees 172.17.0.1");
        });
  }

  private void awaitNothingPublished() {
    await("nothing to be published")
        .atMost(SOON)
        .untilAsserted(() -> {
          assertThat(kernel.rules()).noneMatch(rule -> rule.contains("DNAT"));
          assertThat(kernel.listening()).isEmpty();
        });
  }

  private String fromOutside(int port) {
    return Probe.from(world.outside()).tcp(World.HOST_4, port);
  }
}
