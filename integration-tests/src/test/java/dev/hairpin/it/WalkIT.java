package dev.hairpin.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Namespace;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.PeerServer;
import dev.hairpin.it.world.Probe;
import dev.hairpin.it.world.World;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What {@code hairpin walk} predicts, and what then happens. */
@NeedsRealNetwork
class WalkIT {
  private static final String NS1 = "172.18.0.2";
  private static final String NS2 = "172.18.0.3";
  private static final int PORT = 8080;

  /** How the rules are written, and who serves what they leave over. */
  enum Setting {
    DOCKER20("docker20", true),
    DOCKER20_WITHOUT_PROXY("docker20", false),
    DOCKER28("docker28", true),
    DOCKER29_NFT("docker29-nft", true),
    HAIRPIN("hairpin", true);

    private final String layout;
    private final boolean hasProxy;

    Setting(String layout, boolean hasProxy) {
      this.layout = layout;
      this.hasProxy = hasProxy;
    }

    String[] options() {
      return new String[] {"--no-docker", "--layout", layout, "--userland-proxy=" + hasProxy};
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsPredictedHappens(Setting setting) throws IOException {
    try (World world = World.create()) {
      Namespace ns1 = world.ns1();
      Namespace ns2 = world.onBridge("n2", "docker1", NS2 + "/16", "172.18.0.1");
      world.inhabitedBy(PeerServer.in(ns1).tcp(80).tcp(81));
      AgentProcess agent = AgentProcess.unwatched(world, setting.options());
      // The layout of a dockerd that leaves it to its user to switch forwarding on.
      world.host().command("sysctl", "-qw", "net.ipv4.ip_forward=1").run();
      agent.hairpin("publish", ns1.name(), PORT + ":80").run();

      Map<String, String> predicted = new LinkedHashMap<>();
      Map<String, String> happened = new LinkedHashMap<>();
      for (Question question :
          new Question[] {
            new Question(world.outside(), World.OUTSIDE_4, World.HOST_4, PORT),
            new Question(world.outside(), World.OUTSIDE_4, NS1, 80),
            new Question(world.outside(), World.OUTSIDE_4, NS1, 81),
            new Question(world.outside(), World.OUTSIDE_4, "127.0.0.1", PORT),
            new Question(world.host(), "host", World.HOST_4, PORT),
            new Question(world.host(), "host", "127.0.0.1", PORT),
            new Question(world.host(), "host", NS1, 80),
            new Question(world.host(), "host", World.HOST_4, PORT + 1),
            new Question(ns1, NS1, World.HOST_4, PORT),
            new Question(ns2, NS2, World.HOST_4, PORT),
            new Question(ns2, NS2, NS1, 81)
          }) {
        predicted.put(question.toString(), question.predicted(agent));
        happened.put(question.toString(), question.asked());
      }
      assertThat(happened).isEqualTo(predicted);
    }
  }

  private record Question(Namespace namespace, String from, String to, int port) {
    String asked() {
      return Probe.from(namespace).tcp(to, port);
    }

    String predicted(AgentProcess agent) throws IOException {
      String json = agent.hairpin("walk", "--json", "--from", from, to + ":" + port).run();
      return outcome(new ObjectMapper().readTree(json), to);
    }

    private static String outcome(JsonNode walk, String asked) {
      JsonNode verdict = walk.path("verdict");
      String to = verdict.path("to").asText();
      return switch (verdict.path("kind").asText()) {
        case "forwarded" -> isAnswered(walk, asked) ? open(walk, to) : "timeout";
        case "delivered" ->
            walk.has("onwards")
                ? outcome(
                    walk.path("onwards"),
                    walk.path("onwards").path("verdict").path("to").asText().split(":", 2)[0])
                : isAnswered(walk, asked) ? "refused" : "timeout";
        case "rejected" -> "refused";
        case "dropped", "unroutable" -> "timeout";
        case String other -> other;
      };
    }

    private static String open(JsonNode walk, String to) {
      return "open " + to + " sees " + walk.path("sourceSeen").asText();
    }

    /** By whom it asked: whatever comes from elsewhere is no answer. */
    private static boolean isAnswered(JsonNode walk, String asked) {
      JsonNode answer = walk.path("answer");
      String kind = answer.path("verdict").path("kind").asText();
      return (kind.equals("forwarded") || kind.equals("delivered"))
          && answer.path("sourceSeen").asText().equals(asked);
    }

    @Override
    public String toString() {
      return from + " asks " + to + ":" + port;
    }
  }
}
