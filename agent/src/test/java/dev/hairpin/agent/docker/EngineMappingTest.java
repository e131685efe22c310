package dev.hairpin.agent.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Splitter;
import dev.hairpin.agent.Problem;
import dev.hairpin.agent.publication.HostPortChoice;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.PortRequest;
import dev.hairpin.rules.binding.ProxyHeader;
import dev.hairpin.rules.binding.Publisher;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EngineMappingTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  static Stream<RecordedEngine> recordings() {
    return RecordedEngine.SCENARIOS.stream().map(RecordedEngine::new);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("recordings")
  void theBindingsAreThoseThatDockerdStartedProxiesFor(RecordedEngine recorded) {
    assertThat(snapshot(recorded).published())
        .extracting(EngineMappingTest::asProxyArguments)
        .containsExactlyInAnyOrderElementsOf(recorded.proxies());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("recordings")
  void theOrderIsThatOfTheRulesThatDockerdWrote(RecordedEngine recorded) {
    DockerSnapshot snapshot = snapshot(recorded);

    assertThat(dnatRules(snapshot, Family.IPV4)).isEqualTo(recorded.dnatRules("iptables.txt"));
    if (!recorded.dnatRules("ip6tables.txt").isEmpty()) {
      assertThat(dnatRules(snapshot, Family.IPV6)).isEqualTo(recorded.dnatRules("ip6tables.txt"));
    }
  }

  @Test
  void networksAreTheBridgesOldestFirstWithGeneratedNamesWhereNobodyGaveOne() {
    assertThat(snapshot(new RecordedEngine("v6-net")).networks())
        .containsExactly(
            BridgeNetwork.of("bridge", "docker0", IpPrefix.parse("172.17.0.0/16")),
            BridgeNetwork.of(
                "n6",
                "br-cde025f9de6b",
                IpPrefix.parse("172.18.0.0/16"),
                IpPrefix.parse("fd00:18::/64")));
    assertThat(snapshot(new RecordedEngine("internal")).networks())
        .extracting(BridgeNetwork::name, BridgeNetwork::internal)
        .containsExactly(tuple("bridge", false), tuple("n1", true));
  }

  @Test
  void optionsOfABridgeAreRead() throws Exception {
    BridgeNetwork network =
        networkWith(
            """
            "com.docker.network.bridge.name": "mybr0",
            "com.docker.network.bridge.enable_icc": "false",
            "com.docker.network.bridge.enable_ip_masquerade": "0"
            """);

    assertThat(network.bridge()).isEqualTo("mybr0");
    assertThat(network.icc()).isFalse();
    assertThat(network.masquerade()).isFalse();
  }

  @Test
  void whatDockerdSaysOfItsDefaultBridgesMasqueradeUnderIptablesFalseIsNotBelieved()
      throws Exception {
    BridgeNetwork network =
        networkWith(
            """
            "com.docker.network.bridge.default_bridge": "true",
            "com.docker.network.bridge.enable_ip_masquerade": "false"
            """);

    assertThat(network.masquerade()).isTrue();
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "two-ports,    8443:443 8080:80",
    "lo-bound,     127.0.0.1:8080:80",
    "range-10,     8009:8009 8008:8008 8007:8007 8006:8006 8005:8005 8004:8004 8003:8003 8002:8002"
        + " 8001:8001 8000:8000",
    "v6-net-any6,  [::]:8080:80",
    "ephemeral,    127.0.0.1::80 53/udp 80",
  })
  void aBindingCarriesTheTextThatItsUserWrote(String scenario, String specs) {
    assertThat(
            snapshot(new RecordedEngine(scenario)).published().stream()
                .map(PortBinding::spec)
                .distinct())
        .containsExactlyElementsOf(Splitter.on(' ').split(specs));
  }

  @Test
  void anExactPortIsNotMistakenForAnOpenOneOfTheSameContainerPort() throws Exception {
    JsonNode web =
        container(
            """
            "HostConfig": {"PortBindings": {"80/tcp": [
              {"HostIp": "", "HostPort": ""}, {"HostIp": "", "HostPort": "8080"}]}},
            "NetworkSettings": {
              "Ports": {"443/tcp": null, "80/tcp": [
                {"HostIp": "0.0.0.0", "HostPort": "8080"}, {"HostIp": "0.0.0.0", "HostPort": "32768"}]},
              "Networks": {"bridge": {"NetworkID": "abc", "IPAddress": "192.0.2.2", "Gateway": "192.0.2.1"}}}
            """);

    assertThat(map(web).published())
        .extracting(PortBinding::toString, PortBinding::spec)
        .containsExactly(
            tuple("0.0.0.0:8080/tcp -> 192.0.2.2:80", "8080:80"),
            tuple("0.0.0.0:32768/tcp -> 192.0.2.2:80", "80"));
  }

  @Test
  void anEmptyHostAddressIsTheIpv4WildcardAndARoutedPortHasNone() throws Exception {
    JsonNode web =
        container(
            """
            "NetworkSettings": {
              "Ports": {"80/tcp": [{"HostIp": "", "HostPort": "8080"}, {"HostIp": "::", "HostPort": ""}]},
              "Networks": {"bridge": {"NetworkID": "abc", "IPAddress": "192.0.2.2", "Gateway": "192.0.2.1"}}}
            """);

    assertThat(map(web).published())
        .extracting(PortBinding::toString)
        .containsExactly("0.0.0.0:8080/tcp -> 192.0.2.2:80");
  }

  @Test
  void theGatewayPriorityOfNewerDockersDecidesBeforeTheName() throws Exception {
    JsonNode web =
        container(
            """
            "NetworkSettings": {
              "Ports": {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}]},
              "Networks": {
                "a": {"NetworkID": "abc", "IPAddress": "192.0.2.2", "Gateway": "192.0.2.1", "GwPriority": 0},
                "z": {"NetworkID": "abc", "IPAddress": "192.0.2.9", "Gateway": "192.0.2.1", "GwPriority": 5}}}
            """);

    assertThat(map(web).published())
        .extracting(PortBinding::toString)
        .containsExactly("0.0.0.0:8080/tcp -> 192.0.2.9:80");
  }

  @Test
  void aLabelPublishesSeveralPorts() throws Exception {
    assertThat(map(labelled("8080:80, 127.0.0.1:5353:53/udp 9000-9001:90-91")).labelled())
        .extracting(PortBinding::toString)
        .containsExactly(
            "0.0.0.0:8080/tcp -> 192.0.2.2:80",
            "[::]:8080/tcp -> 192.0.2.2:80",
            "127.0.0.1:5353/udp -> 192.0.2.2:53",
            "0.0.0.0:9001/tcp -> 192.0.2.2:91",
            "[::]:9001/tcp -> 192.0.2.2:91",
            "0.0.0.0:9000/tcp -> 192.0.2.2:90",
            "[::]:9000/tcp -> 192.0.2.2:90");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "80 -j ACCEPT",
        "8080:80\\n-A INPUT -j ACCEPT",
        "8080:80 0:81",
        "8080:80,,x",
        "\\u0000",
        "8080:80;reboot",
        "$(reboot):80",
        "9010-9000:80"
      })
  void aLabelWithAnythingWrongInItPublishesNothingAndSaysSoInOneLine(String label)
      throws Exception {
    DockerSnapshot snapshot = map(labelled(label));

    assertThat(snapshot.labelled()).isEmpty();
    assertThat(snapshot.problems())
        .singleElement()
        .satisfies(problem -> {
          assertThat(problem.subject()).isEqualTo("label hairpin.publish of container web");
          assertThat(problem.toString()).doesNotContainPattern("\\p{Cntrl}");
        });
  }

  @Test
  void aLabelThatLeavesTheHostPortOpenNeedsAChoice() throws Exception {
    assertThat(map(labelled("80")).problems())
        .containsExactly(
            new Problem(
                "label hairpin.publish of container web",
                "\"80\" needs a host port; write 8080:80"));

    assertThat(
            map(labelled("80"), (publisher, request) -> Optional.of(PortRange.of(32768)))
                .labelled())
        .extracting(PortBinding::toString)
        .containsExactly("0.0.0.0:32768/tcp -> 192.0.2.2:80", "[::]:32768/tcp -> 192.0.2.2:80");
  }

  @Test
  void aLabelAsksForAChoiceThatIsKept() throws Exception {
    HostPortChoice choice =
        new HostPortChoice() {
          @Override
          public Optional<PortRange> hostPortsFor(Publisher publisher, PortRequest request) {
            return Optional.of(PortRange.of(32768));
          }

          @Override
          public HostPortChoice kept() {
            return (publisher, request) -> Optional.of(PortRange.of(42150));
          }
        };

    assertThat(map(stable("true"), choice).labelled())
        .extracting(binding -> binding.hostPort().port())
        .containsOnly(42150);
    assertThat(map(stable("false"), choice).labelled())
        .extracting(binding -> binding.hostPort().port())
        .containsOnly(32768);
    assertThat(map(stable("yes"), choice).problems())
        .containsExactly(
            new Problem(
                "label hairpin.stable of container web", "\"yes\" is neither true nor false"));
  }

  private static JsonNode stable(String value) throws JsonProcessingException {
    JsonNode container = labelled("80");
    ((ObjectNode) container.path("Config").path("Labels")).put("hairpin.stable", value);
    return container;
  }

  @Test
  void aLabelOfAContainerWithoutABridgeIsAProblem() throws Exception {
    JsonNode web =
        container(
            """
            "Config": {"Labels": {"hairpin.publish": "8080:80"}},
            "NetworkSettings": {"Ports": {}, "Networks": {"host": {"NetworkID": "def", "IPAddress": ""}}}
            """);

    assertThat(map(web).problems())
        .extracting(Problem::text)
        .containsExactly("the container has no address on a bridge network; connect it to one");
  }

  private static DockerSnapshot snapshot(RecordedEngine recorded) {
    return recorded.snapshot();
  }

  private static String asProxyArguments(PortBinding binding) {
    return String.format(
        "-proto %s -host-ip %s -host-port %d -container-ip %s -container-port %d",
        binding.protocol(),
        binding.hostPort().address(),
        binding.hostPort().port(),
        binding.containerAddress(),
        binding.containerPort());
  }

  private static List<String> dnatRules(DockerSnapshot snapshot, Family family) {
    return snapshot.published().stream()
        .filter(binding -> binding.hostPort().address().family() == family)
        .filter(PortBinding::isWithinOneFamily)
        .map(binding -> dnatRule(binding, snapshot.networks()))
        .toList();
  }

  private static String dnatRule(PortBinding binding, List<BridgeNetwork> networks) {
    String bridge =
        networks.stream()
            .filter(network -> network.contains(binding.containerAddress()))
            .map(BridgeNetwork::bridge)
            .findFirst()
            .orElseThrow();
    String destination =
        binding.hostPort().address().isWildcard()
            ? ""
            : "-d " + IpPrefix.of(binding.hostPort().address()) + " ";
    return String.format(
        "-A DOCKER %s! -i %s -p %s -m %s --dport %d -j DNAT --to-destination %s",
        destination,
        bridge,
        binding.protocol(),
        binding.protocol(),
        binding.hostPort().port(),
        binding.containerAddress().withPort(binding.containerPort()));
  }

  private static BridgeNetwork networkWith(String options) throws JsonProcessingException {
    return map(network(options), DefaultBridge.WITHOUT_RULES).networks().getFirst();
  }

  /** The one network there is has the id abc. */
  private static JsonNode network(String options) throws JsonProcessingException {
    return JSON.readTree(
        """
        {"Name": "bridge", "Id": "abc", "Created": "2026-11-20T22:48:25.5Z", "Driver": "bridge",
         "IPAM": {"Config": [{"Subnet": "192.0.2.0/24"}]}, "Options": {%s}}
        """
            .formatted(options));
  }

  @ParameterizedTest
  @CsvSource({
    "v2, V2 V2 NONE",
    "80=v1, V1 NONE NONE",
    "'v1, 443=v2', V1 V2 NONE",
    "443=v2 v1, V1 V2 NONE",
    "'', NONE NONE NONE"
  })
  void aLabelGivesTcpPortsTheirHeaders(String label, String headers) throws Exception {
    DockerSnapshot snapshot = map(publishing("8080:80 8443:443 5353:53/udp", label));
    List<String> expected = Splitter.on(' ').splitToList(headers);

    assertThat(snapshot.problems()).isEmpty();
    assertThat(
            snapshot.labelled().stream()
                .filter(binding -> binding.hostPort().address().family() == Family.IPV4)
                .map(binding -> binding.header().toString())
                .toList())
        .isEqualTo(expected);
    assertThat(snapshot.published())
        .singleElement()
        .satisfies(binding -> assertThat(binding.header()).hasToString(expected.getFirst()));
  }

  @ParameterizedTest
  @CsvSource({
    "v3, PROXY protocol \"v3\" is neither",
    "80=, PROXY protocol \"\" is neither",
    "v2 http=v1, container port \"http\" is outside 1-65535",
    "99999=v1, container port \"99999\" is outside 1-65535",
    "v1 'x\u001b[2J', PROXY protocol"
  })
  void aHeaderLabelThatCannotBeUnderstoodChangesNothingAndSaysSoInOneLine(String label, String why)
      throws Exception {
    DockerSnapshot snapshot = map(publishing("8080:80", label));

    assertThat(snapshot.labelled())
        .isNotEmpty()
        .allSatisfy(binding -> assertThat(binding.header()).isEqualTo(ProxyHeader.NONE));
    assertThat(snapshot.problems())
        .singleElement()
        .satisfies(problem -> {
          assertThat(problem.subject()).isEqualTo("label hairpin.proxy-protocol of container web");
          assertThat(problem.text()).startsWith(why).doesNotContain("\u001b", "\n");
        });
  }

  @Test
  void aHeaderForAPortThatIsNotPublishedWithTcpIsAProblem() throws Exception {
    assertThat(map(publishing("5353:53/udp", "53=v2")).problems())
        .containsExactly(
            new Problem(
                "label hairpin.proxy-protocol of container web",
                "container port 53/tcp is not published; the PROXY protocol is for TCP only"));
  }

  /** With one port of dockerd's own as well. */
  private static JsonNode publishing(String ports, String headers) throws JsonProcessingException {
    JsonNode container = labelled(ports);
    ((ObjectNode) container.path("Config").path("Labels")).put("hairpin.proxy-protocol", headers);
    ((ObjectNode) container.path("NetworkSettings").path("Ports"))
        .putArray("80/tcp")
        .addObject()
        .put("HostIp", "0.0.0.0")
        .put("HostPort", "9090");
    return container;
  }

  private static JsonNode labelled(String label) throws JsonProcessingException {
    return container(
        """
        "Config": {"Labels": {"hairpin.publish": "%s"}},
        "NetworkSettings": {
          "Ports": {},
          "Networks": {"bridge": {"NetworkID": "abc", "IPAddress": "192.0.2.2", "Gateway": "192.0.2.1"}}}
        """
            .formatted(label));
  }

  private static JsonNode container(String parts) throws JsonProcessingException {
    return JSON.readTree(
        """
        {"Id": "0123456789abcdef", "Name": "/web",
         "State": {"Running": true, "StartedAt": "2026-11-20T22:48:26.13718251Z"}, %s}
        """
            .formatted(parts));
  }

  private static DockerSnapshot map(JsonNode container) throws JsonProcessingException {
    return map(container, HostPortChoice.NONE);
  }

  private static DockerSnapshot map(JsonNode container, HostPortChoice choice)
      throws JsonProcessingException {
    return EngineMapping.snapshot(
        read(network("")),
        List.of(
            InspectedContainer.read(JsonValue.of("container", container), missing -> {})
                .orElseThrow()),
        new EngineVersion(20, 10),
        DefaultBridge.WITHOUT_RULES,
        choice);
  }

  private static DockerSnapshot map(JsonNode network, DefaultBridge defaults) {
    return EngineMapping.snapshot(
        read(network), List.of(), new EngineVersion(20, 10), defaults, HostPortChoice.NONE);
  }

  private static List<InspectedNetwork> read(JsonNode network) {
    return List.of(
        InspectedNetwork.read(JsonValue.of("network", network), missing -> {}).orElseThrow());
  }
}
