package dev.hairpin.agent.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hairpin.agent.Problem;
import dev.hairpin.agent.publication.HostPortChoice;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.layouts.LayoutName;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EngineDockerViewTest {
  private static final RecordedEngine TWO_NETS = new RecordedEngine("two-nets");

  /** Long enough for an answer on a busy machine. */
  private static final Duration PATIENT = Duration.ofSeconds(20);

  private static final Duration IMPATIENT = Duration.ofMillis(300);

  @TempDir Path directory;

  private Path socket;
  private DockerHost host;
  private FakeDockerd dockerd;

  @BeforeEach
  void startDockerd() throws IOException {
    socket = directory.resolve("docker.sock");
    host = DockerHost.parse("unix://" + socket);
    dockerd = FakeDockerd.at(socket).replay(TWO_NETS);
  }

  @AfterEach
  void stopDockerd() throws IOException {
    assertThat(dockerd.unknown()).isEmpty();
    dockerd.close();
  }

  @Test
  void whatDockerdAnswersIsMapped() throws Exception {
    try (EngineDockerView view = view(PATIENT)) {
      assertThat(view.snapshot()).isEqualTo(TWO_NETS.snapshot());
    }
  }

  @ParameterizedTest(name = "a daemon of {0} is asked in {1}")
  @CsvSource({"1.41, /v1.41", "1.51, /v1.51", "1.99, /v1.51"})
  void theNewestVersionThatBothKnowIsSpoken(String daemons, String prefix) throws Exception {
    dockerd.close();
    dockerd = FakeDockerd.at(socket, daemons).replay(TWO_NETS);
    try (EngineDockerView view = view(PATIENT)) {
      view.snapshot();
    }

    assertThat(dockerd.requests())
        .contains("/version", prefix + "/networks", prefix + "/containers/json");
  }

  @Test
  void aContainerThatIsLabelledAndNotKnownYetIsToCome() throws Exception {
    try (EngineDockerView view = view(PATIENT)) {
      assertThat(view.snapshot().headersToCome()).isFalse();

      JsonNode labelled =
          new ObjectMapper()
              .readTree(
                  """
                  {"Id": "fedcba", "Name": "/told", "State": {"Running": true},
                   "Config": {"Labels": {"hairpin.proxy-protocol": "v2"}}}
                  """);
      dockerd.create(labelled);
      assertThat(view.snapshot().headersToCome()).isTrue();

      dockerd.run(labelled);
      assertThat(view.snapshot().headersToCome()).isFalse();
    }
  }

  @Test
  void allContainersAreKnownAlsoThoseThatDoNotRun() throws Exception {
    dockerd
        .create(json("{'Id': 'fedcba', 'Name': '/off', 'HostConfig': {'NetworkMode': 'bridge'}}"))
        .create(json("{'Id': 'fedcbb', 'Name': '/own', 'HostConfig': {'NetworkMode': 'host'}}"))
        .neverAnswer(TWO_NETS.containersAsJson().getFirst().path("Id").asText() + "/json");
    try (EngineDockerView view = view(Duration.ofSeconds(2))) {
      List<DockerContainer> containers = view.snapshot().containers();

      assertThat(containers)
          .extracting(container -> container.publisher().name(), DockerContainer::unreachable)
          .containsExactlyInAnyOrder(
              tuple("ca", Optional.of(Unreachable.NOT_KNOWN_YET)),
              tuple("cb", Optional.empty()),
              tuple("off", Optional.of(Unreachable.NOT_RUNNING)),
              tuple("own", Optional.of(Unreachable.ON_THE_HOST)));
    }
  }

  private static JsonNode json(String text) throws IOException {
    return new ObjectMapper().readTree(text.replace('\'', '"'));
  }

  @Test
  void onlyNewAndChangedContainersAreInspected() throws Exception {
    try (EngineDockerView view = view(PATIENT)) {
      view.snapshot();
      view.snapshot();
      assertThat(inspections()).hasSize(2);

      dockerd.replay(new RecordedEngine("connect-disconnect/before"));
      view.snapshot();
      dockerd.replay(new RecordedEngine("connect-disconnect/joined-a1"));
      DockerSnapshot moved = view.snapshot();

      assertThat(inspections()).hasSize(4);
      assertThat(moved.published())
          .extracting(binding -> binding.containerAddress().toString())
          .containsOnly("172.18.0.2");
    }
  }

  /** Names of bridges are anybody's choice who may speak to Docker. */
  @ParameterizedTest
  @ValueSource(strings = {"br*", "br+", "-j", "br\"0"})
  void aNetworkWhoseBridgeNoRuleCanNameIsAProblemAndTheOthersGoOn(String bridge) throws Exception {
    ObjectNode odd = TWO_NETS.networksAsJson().getFirst().deepCopy();
    odd.put("Id", "0dd0dd0dd0dd").put("Name", "odd").put("Driver", "bridge");
    odd.putObject("Options").put("com.docker.network.bridge.name", bridge);
    odd.putObject("IPAM").putArray("Config").addObject().put("Subnet", "172.30.0.0/16");
    dockerd.addNetwork(odd);
    try (EngineDockerView view = view(PATIENT)) {
      DockerSnapshot snapshot = view.snapshot();

      assertThat(snapshot.networks()).extracting(BridgeNetwork::name).doesNotContain("odd");
      assertThat(snapshot.networks()).isNotEmpty();
      assertThat(snapshot.published()).isNotEmpty();
      assertThat(snapshot.problems())
          .singleElement()
          .extracting(Problem::toString)
          .asString()
          .startsWith("network odd: ")
          .contains("is not the name of an interface that rules can speak of");
    }
  }

  @Test
  void aContainerThatVanishesBetweenListAndInspectIsLeftOut() throws Exception {
    List<JsonNode> containers = TWO_NETS.containersAsJson();
    dockerd.loseBetweenListAndInspect(containers.getFirst().path("Id").asText());
    try (EngineDockerView view = view(PATIENT)) {
      DockerSnapshot snapshot = view.snapshot();

      assertThat(snapshot.published())
          .extracting(binding -> binding.publisher().name())
          .containsOnly("cb");
      assertThat(snapshot.problems()).isEmpty();
    }
    assertThat(dockerd.unknown()).hasSize(1);
    dockerd.close();
    dockerd = FakeDockerd.at(socket);
  }

  @Test
  void aContainerThatDockerdDoesNotAnswerAboutIsAProblemAndTheOthersGoOn() throws Exception {
    String ca = TWO_NETS.containersAsJson().getFirst().path("Id").asText();
    dockerd.neverAnswer(ca + "/json");
    try (EngineDockerView view = view(Duration.ofSeconds(2))) {
      DockerSnapshot snapshot = view.snapshot();

      assertThat(snapshot.published())
          .extracting(binding -> binding.publisher().name())
          .containsOnly("cb");
      assertThat(snapshot.problems())
          .singleElement()
          .hasToString(
              "container \"/ca\": ask docker "
                  + host
                  + " to inspect containers: no answer within 2000 ms");

      dockerd.answerAgain();
      assertThat(view.snapshot().published()).hasSize(4);
    }
  }

  @Test
  void aContainerThatIsBeingChangedKeepsWhatWasKnown() throws Exception {
    dockerd.replay(new RecordedEngine("connect-disconnect/before"));
    try (EngineDockerView view = view(Duration.ofSeconds(2))) {
      DockerSnapshot before = view.snapshot();
      dockerd.replay(new RecordedEngine("connect-disconnect/joined-a1"));
      dockerd.neverAnswer(idOf("connect-disconnect/before") + "/json");

      DockerSnapshot during = view.snapshot();

      assertThat(during.published()).isEqualTo(before.published());
      assertThat(during.problems()).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/version", "/networks", "/containers/json"})
  void aDaemonThatDoesNotAnswerIsUnreachableInTime(String muteAt) {
    dockerd.neverAnswer(muteAt);
    try (EngineDockerView view = view(IMPATIENT)) {
      assertThatThrownBy(view::snapshot)
          .isInstanceOf(DockerUnreachableException.class)
          .hasMessageEndingWith("no answer within 300 ms");
    }
  }

  @Test
  void aDaemonThatWasRestartedIsAskedAgainAtOnce() throws Exception {
    try (EngineDockerView view = view(PATIENT)) {
      DockerSnapshot before = view.snapshot();
      dockerd.close();
      assertThatThrownBy(view::snapshot).isInstanceOf(DockerUnreachableException.class);

      dockerd = FakeDockerd.at(socket).replay(TWO_NETS);
      assertThat(view.snapshot()).isEqualTo(before);

      dockerd.dropConnections();
      assertThat(view.snapshot()).isEqualTo(before);
    }
  }

  @Test
  void aMissingSocketIsOneLineThatHelps() throws IOException {
    dockerd.close();
    try (EngineDockerView view = view(PATIENT)) {
      assertThatThrownBy(view::snapshot)
          .isInstanceOf(DockerUnreachableException.class)
          .hasMessage(
              "connect docker %s: no such file; start dockerd, or name its"
                  + " socket with --docker-host",
              host);
    }
  }

  @Test
  void aSocketThatADeadDaemonLeftIsOneLineThatHelps() throws IOException {
    dockerd.kill();
    try (EngineDockerView view = view(PATIENT)) {
      assertThatThrownBy(view::snapshot)
          .isInstanceOf(DockerUnreachableException.class)
          .hasMessage(
              "connect docker %s: connection refused; nobody listens there, start dockerd", host);
    }
  }

  @Test
  void aSocketOfSomethingElseIsSaidToBe() throws IOException {
    dockerd.close();
    try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        EngineDockerView view = view(PATIENT)) {
      other.bind(UnixDomainSocketAddress.of(socket));
      Thread.ofPlatform().daemon().start(() -> hangUpOn(other));

      assertThatThrownBy(view::snapshot)
          .isInstanceOf(DockerUnreachableException.class)
          .hasMessageStartingWith("ask docker " + host + " to tell its version: ");
    }
  }

  private static void hangUpOn(ServerSocketChannel server) {
    try {
      while (true) {
        server.accept().close();
      }
    } catch (IOException closed) {
      assertThat(server.isOpen()).isFalse();
    }
  }

  private EngineDockerView view(Duration deadline) {
    return new EngineDockerView(host, HostPortChoice.NONE, LayoutName.DOCKER20, deadline);
  }

  private List<String> inspections() {
    return dockerd.requests().stream()
        .filter(path -> path.matches(".*/containers/[0-9a-f]+/json"))
        .toList();
  }

  private static String idOf(String scenario) {
    return new RecordedEngine(scenario).containersAsJson().getFirst().path("Id").asText();
  }
}
