package dev.hairpin.agent.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.base.Splitter;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.GatewayMode;
import dev.hairpin.rules.binding.Link;
import dev.hairpin.rules.binding.Member;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.RoutedPort;
import dev.hairpin.rules.layouts.LayoutName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What Docker says of several networks and containers, and what that comes to. Each test makes its
 * own host: bridge has 172.17.0.0/16, n1 172.18.0.0/16 and so on.
 */
class DockerInspectionTest {
  private static final EngineVersion V20 = new EngineVersion(20, 10);
  private static final EngineVersion V28 = new EngineVersion(28, 5);

  private final List<String> networks = new ArrayList<>();
  private final List<String> containers = new ArrayList<>();

  @Test
  void aBridgeHasAllThatItsOptionsSay() {
    network(
        "n1",
        """
        "com.docker.network.bridge.name": "mybr0",
        "com.docker.network.bridge.gateway_mode_ipv4": "nat-unprotected",
        "com.docker.network.bridge.gateway_mode_ipv6": "routed",
        "com.docker.network.host_ipv4": "192.0.2.1",
        "com.docker.network.host_ipv6": "2001:db8::1",
        "com.docker.network.bridge.trusted_host_interfaces": "eth0:eth1"
        """,
        "172.18.0.0/16",
        "fd00:18::/64");

    assertThat(snapshot(V28).networks())
        .containsExactly(
            new BridgeNetwork(
                "n1",
                "mybr0",
                List.of(IpPrefix.parse("172.18.0.0/16"), IpPrefix.parse("fd00:18::/64")),
                true,
                true,
                false,
                Map.of(Family.IPV4, GatewayMode.NAT_UNPROTECTED, Family.IPV6, GatewayMode.ROUTED),
                Map.of(
                    Family.IPV4,
                    IpAddress.parse("192.0.2.1"),
                    Family.IPV6,
                    IpAddress.parse("2001:db8::1")),
                List.of("eth0", "eth1")));
  }

  @ParameterizedTest(name = "{0} and {1} leave {2}")
  @CsvSource({
    "true,  true,  172.18.0.0/16 fd00:18::/64",
    "false, true,  fd00:18::/64",
    "true,  false, 172.18.0.0/16",
    "null,  null,  172.18.0.0/16 fd00:18::/64",
    "null,  false, 172.18.0.0/16"
  })
  void aFamilyThatTheNetworkDoesNotHaveIsLeftOut(String ipv4, String ipv6, String subnets) {
    network("n1", "", "172.18.0.0/16", "fd00:18::/64");
    String network = networks.removeLast();
    networks.add(
        network.replace(
            "\"Internal\"",
            "\"EnableIPv4\": " + ipv4 + ", \"EnableIPv6\": " + ipv6 + ", \"Internal\""));

    assertThat(snapshot(V28).networks().getFirst().subnets())
        .extracting(IpPrefix::toString)
        .containsExactlyElementsOf(Splitter.on(' ').split(subnets));
  }

  @Test
  void whatTheDaemonSaysOfTheDefaultBridgeGoesBeforeWhatTheBridgeSays() {
    network("bridge", "\"com.docker.network.bridge.default_bridge\": \"true\"", "172.17.0.0/16");
    network("n1", "", "172.18.0.0/16");
    DaemonSettings settings = settings("{\"icc\": false, \"ip-masq\": false}");

    assertThat(inspection().snapshot(V28, settings).networks())
        .extracting(BridgeNetwork::name, BridgeNetwork::icc, BridgeNetwork::masquerade)
        .containsExactly(tuple("bridge", false, false), tuple("n1", true, true));
  }

  @Test
  void membersAreRunningContainersInTheOrderOfTheirStart() {
    network("n1", "", "172.18.0.0/16", "fd00:18::/64");
    container("late", 9, "n1", "", on("n1", "172.18.0.3", "fd00:18::3"));
    container("early", 5, "n1", "", on("n1", "172.18.0.2", ""));
    container("stopped", 0, "n1", "", on("n1", "", ""));

    assertThat(snapshot(V28).members())
        .extracting(member -> member.publisher().name(), Member::bridge, Member::addresses)
        .containsExactly(
            tuple("early", "n1", List.of(IpAddress.parse("172.18.0.2"))),
            tuple(
                "late",
                "n1",
                List.of(IpAddress.parse("172.18.0.3"), IpAddress.parse("fd00:18::3"))));
  }

  @Test
  void aContainerIsFirstAMemberOfTheNetworkThatItWasRunOn() {
    network("n1", "", "172.18.0.0/16");
    network("n2", "", "172.19.0.0/16");
    network("n3", "", "172.20.0.0/16");
    container(
        "web",
        1,
        "n3",
        "",
        on("n1", "172.18.0.2", ""),
        on("n2", "172.19.0.2", ""),
        on("n3", "172.20.0.2", ""));

    assertThat(snapshot(V28).members())
        .extracting(Member::bridge)
        .containsExactly("n3", "n1", "n2");
  }

  @Test
  void whoHasAHigherAddressThanOneThatStartedLaterJoinedBehindIt() {
    network("n1", "", "172.18.0.0/16");
    network("n2", "", "172.19.0.0/16");
    container(
        "ca",
        1,
        "n2",
        ports("80/tcp 0.0.0.0 8080"),
        on("n1", "172.18.0.3", ""),
        on("n2", "172.19.0.2", ""));
    container("cb", 2, "n1", ports("80/tcp 0.0.0.0 8081"), on("n1", "172.18.0.2", ""));
    container("cc", 3, "n2", "", on("n2", "172.19.0.3", ""));

    DockerSnapshot snapshot = snapshot(V28);

    assertThat(snapshot.members())
        .extracting(member -> member.addresses().getFirst().toString())
        .containsExactly("172.19.0.2", "172.18.0.2", "172.18.0.3", "172.19.0.3");
    assertThat(snapshot.published())
        .extracting(binding -> binding.publisher().name())
        .containsExactly("cb", "ca");
  }

  @Test
  void aLowerAddressThatSomebodyElseMayHaveHadMeansNothing() {
    network("n1", "", "172.18.0.0/16");
    network("n2", "", "172.19.0.0/16");
    container("ca", 2, "n2", "", on("n1", "172.18.0.3", ""), on("n2", "172.19.0.2", ""));
    container("cb", 3, "n1", "", on("n1", "172.18.0.2", ""));
    container("before", 4, "n1", "", on("n1", "172.18.0.4", ""));
    containers.add(
        containers
            .removeLast()
            .replace("{\"Id\"", "{\"Created\": \"2026-11-20T23:00:01Z\", \"Id\""));

    assertThat(snapshot(V28).members())
        .extracting(member -> member.addresses().getFirst().toString())
        .containsExactly("172.19.0.2", "172.18.0.3", "172.18.0.2", "172.18.0.4");
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "80/tcp 9000;81/tcp 8000,   81/tcp 80/tcp",
    "80/tcp 9000;443/tcp 8000,  80/tcp 443/tcp",
    "80/tcp 8000;443/tcp 9000,  443/tcp 80/tcp",
    "80/udp 8000;80/tcp 9000,   80/tcp 80/udp",
    "80/udp 9000;80/tcp 8000,   80/udp 80/tcp",
    "80/sctp 9000;80/udp 8000,  80/sctp 80/udp",
  })
  void before27WhereHostAndContainerPortsDisagreeTheOrderIsTheMostLikely(
      String published, String order) {
    network("n1", "", "172.18.0.0/16");
    container(
        "web",
        1,
        "n1",
        ports(
            Splitter.on(';')
                .splitToStream(published)
                .map(port -> port.replace(" ", " 0.0.0.0 "))
                .toArray(String[]::new)),
        on("n1", "172.18.0.2", ""));

    assertThat(snapshot(V20).published())
        .extracting(binding -> binding.containerPort() + "/" + binding.protocol())
        .containsExactlyElementsOf(Splitter.on(' ').split(order));
  }

  @Test
  void whoSharesAnothersNetworkIsNoMemberAndPublishesNothing() {
    network("n1", "", "172.18.0.0/16");
    container("web", 1, "n1", ports("80/tcp 0.0.0.0 8080"), on("n1", "172.18.0.2", ""));
    container("side", 2, "container:1234", "");

    DockerSnapshot snapshot = snapshot(V28);

    assertThat(snapshot.members()).hasSize(1);
    assertThat(snapshot.published()).hasSize(1);
  }

  @Test
  void before27TheHighestContainerPortIsFirst() {
    network("n1", "", "172.18.0.0/16");
    container(
        "web",
        1,
        "n1",
        ports(
            "80/udp 0.0.0.0 8080",
            "80/tcp 0.0.0.0 9000",
            "80/tcp 0.0.0.0 8081",
            "443/tcp 0.0.0.0 32768",
            "79/sctp 0.0.0.0 900",
            "79/udp 0.0.0.0 800"),
        on("n1", "172.18.0.2", ""));

    assertThat(hostPorts(V20))
        .containsExactly("32768/tcp", "9000/tcp", "8081/tcp", "8080/udp", "900/sctp", "800/udp");
  }

  @Test
  void from27OnExactHostPortsAreBeforeOpenOnesAndThenTheLowestContainerPortIsFirst() {
    network("n1", "", "172.18.0.0/16");
    container(
        "web",
        1,
        "n1",
        ports(
            "443/tcp 0.0.0.0 8443",
            "80/udp 0.0.0.0 8080",
            "80/sctp 0.0.0.0 8080",
            "80/tcp 0.0.0.0 8080",
            "79/tcp 0.0.0.0 32768 -",
            "78/tcp 0.0.0.0 9001 9000-9009"),
        on("n1", "172.18.0.2", ""));

    assertThat(hostPorts(V28))
        .containsExactly("8080/tcp", "8080/udp", "8080/sctp", "8443/tcp", "9001/tcp", "32768/tcp");
    assertThat(snapshot(V28).published())
        .extracting(PortBinding::spec)
        .containsExactly(
            "8080:80", "8080:80/udp", "8080:80/sctp", "8443:443", "9000-9009:78", "79");
  }

  @Test
  void hostPortsOfOneContainerPortStayInTheOrderInWhichTheyAreListed() {
    network("n1", "", "172.18.0.0/16");
    container(
        "web",
        1,
        "n1",
        ports(
            "80/tcp 192.0.2.1 9000",
            "80/tcp 127.0.0.1 9000",
            "80/tcp 0.0.0.0 8081",
            "80/tcp 0.0.0.0 8090"),
        on("n1", "172.18.0.2", ""));

    for (EngineVersion engine : List.of(V20, V28)) {
      assertThat(snapshot(engine).published())
          .extracting(binding -> binding.hostPort().toString())
          .containsExactly(
              "192.0.2.1:9000/tcp", "127.0.0.1:9000/tcp", "0.0.0.0:8081/tcp", "0.0.0.0:8090/tcp");
    }
  }

  @Test
  void aNetworkWithBothFamiliesIsTheGatewayOfBothWhateverThePriorities() {
    network("n4", "", "172.18.0.0/16");
    network("n6", "", "172.19.0.0/16", "fd00:19::/64");
    container(
        "web",
        1,
        "n4",
        ports("80/tcp 0.0.0.0 8080", "80/tcp :: 8080"),
        on("n4", "172.18.0.2", "").replace("{", "{\"GwPriority\": 10,"),
        on("n6", "172.19.0.2", "fd00:19::2"));

    assertThat(backends(V28)).containsExactly("172.19.0.2:80", "[fd00:19::2]:80");
  }

  @Test
  void eachFamilyHasItsOwnGatewayWhereNoNetworkHasBoth() {
    network("n4", "", "172.18.0.0/16");
    network("n6", "", "fd00:19::/64");
    container(
        "web",
        1,
        "n4",
        ports("80/tcp 0.0.0.0 8080", "80/tcp :: 8080"),
        on("n4", "172.18.0.2", ""),
        on("n6", "", "fd00:19::2"));

    assertThat(backends(V28)).containsExactly("172.18.0.2:80", "[fd00:19::2]:80");
  }

  @Test
  void anInternalNetworkIsNoGateway() {
    network("a", "", "172.18.0.0/16");
    networks.add(networks.removeLast().replace("\"Internal\": false", "\"Internal\": true"));
    network("z", "", "172.19.0.0/16");
    container(
        "web",
        1,
        "a",
        ports("80/tcp 0.0.0.0 8080"),
        on("a", "172.18.0.2", ""),
        on("z", "172.19.0.2", ""));

    assertThat(backends(V28)).containsExactly("172.19.0.2:80");
  }

  @Test
  void aPortWithoutAHostPortIsOpenOnEveryRoutedNetworkOfItsFamily() {
    String routed = "\"com.docker.network.bridge.gateway_mode_%s\": \"routed\"";
    network("n1", "", "172.18.0.0/16");
    network("r4", routed.formatted("ipv4"), "172.19.0.0/16", "fd00:19::/64");
    network("r6", routed.formatted("ipv6"), "172.20.0.0/16", "fd00:20::/64");
    container(
        "web",
        1,
        "n1",
        ports("80/tcp 0.0.0.0 8080", "80/tcp 0.0.0.0 - 8080", "80/tcp :: - 8080", "81/udp :: -"),
        on("n1", "172.18.0.2", ""),
        on("r4", "172.19.0.2", "fd00:19::2"),
        on("r6", "172.20.0.2", "fd00:20::2"));

    assertThat(snapshot(V28).routed())
        .extracting(
            port -> port.containerAddress().withPort(port.containerPort()),
            RoutedPort::protocol,
            RoutedPort::spec)
        .extracting(Object::toString)
        .containsExactly(
            "(\"172.19.0.2:80\", tcp, \"8080:80\")",
            "(\"[fd00:20::2]:80\", tcp, \"8080:80\")",
            "(\"[fd00:20::2]:81\", udp, \"81/udp\")");
    assertThat(hostPorts(V28)).containsExactly("8080/tcp");
  }

  @Test
  void aLinkOpensWhatTheChildExposesWhereMembersMayNotTalkToEachOther() {
    defaultBridge("false");
    container("db", 1, "default", exposed("80/tcp", "81/udp"), on("bridge", "172.17.0.2", ""));
    container(
        "web", 2, "bridge", exposed() + links("/db:/web/alias"), on("bridge", "172.17.0.3", ""));

    IpAddress db = IpAddress.parse("172.17.0.2");
    IpAddress web = IpAddress.parse("172.17.0.3");
    assertThat(snapshot(V20).links())
        .extracting(Link::parent, Link::child, Link::port)
        .containsExactly(tuple(web, db, 81), tuple(web, db, 80));
  }

  @Test
  void aLinkOpensNothingWhereMembersTalkAnyhow() {
    defaultBridge("true");
    container("db", 1, "default", exposed("80/tcp"), on("bridge", "172.17.0.2", ""));
    container("web", 2, "default", links("/db:/web/db"), on("bridge", "172.17.0.3", ""));

    assertThat(snapshot(V20).links()).isEmpty();
  }

  @Test
  void aLinkToWhatDoesNotRunOrIsNotThereOpensNothing() {
    defaultBridge("false");
    container("db", 0, "default", exposed("80/tcp"), on("bridge", "", ""));
    container(
        "web", 2, "default", links("/db:/web/db", "/gone:/web/x"), on("bridge", "172.17.0.3", ""));

    assertThat(snapshot(V20).links()).isEmpty();
  }

  @Test
  void onlyEnginesBefore23MakeNoUserChainForIpv6() {
    assertThat(snapshot(V20).userChains()).containsExactly(Family.IPV4);
    assertThat(snapshot(new EngineVersion(23, 0)).userChains())
        .containsExactlyInAnyOrder(Family.values());
  }

  @ParameterizedTest(name = "{0} with {1} and {2} is {3}")
  @CsvSource(
      delimiter = '|',
      value = {
        "docker20 | []   | {} | 20.10",
        "docker20 | null | {} | 26.1",
        "docker20 | null | {\"ip6tables\": true, \"experimental\": true} | 26.1",
        "docker20 | null | {\"ip6tables\": true} | 27.0",
        "docker28 | null | {\"ip6tables\": true} | 28.5",
        "docker29 | null | {} | 29.0",
      })
  void theEngineIsToldByWhatItPrintsAndTakes(
      String layout, String config, String settings, String engine) {
    networks.add(
        "{\"Name\": \"none\", \"Id\": \"0\", \"Driver\": \"null\", \"IPAM\": {\"Config\": "
            + config
            + "}}");

    assertThat(inspection().engine(LayoutName.parse(layout), settings(settings)))
        .hasToString(engine);
  }

  @Test
  void whatWasTriedIsToldOfContainersThatEndedOrFailedButNotOfThoseThatWereOnlyMade() {
    network("n1", "", "172.18.0.0/16");
    network("n2", "", "172.19.0.0/16");
    container("made", 0, "n1", "");
    container("ended", 0, "n1", ports("80/tcp 0.0.0.0 8080"), on("n2", "", ""));
    containers.add(containers.removeLast().replace("0001-01-01T", "2026-11-20T"));
    container("failed", 0, "n2", "");
    containers.add(
        containers.removeLast().replace("\"Error\": \"\"", "\"Error\": \"port is in use\""));

    assertThat(inspection().attempts(DaemonSettings.DEFAULTS))
        .extracting(attempt -> attempt.network().name(), Attempt::ran, a -> a.ports().size())
        .containsExactly(tuple("n1", true, 1), tuple("n2", true, 1), tuple("n2", false, 0));
  }

  private List<String> hostPorts(EngineVersion engine) {
    return snapshot(engine).published().stream()
        .map(binding -> binding.hostPort().port() + "/" + binding.protocol())
        .toList();
  }

  private List<String> backends(EngineVersion engine) {
    return snapshot(engine).published().stream()
        .map(binding -> binding.containerAddress().withPort(binding.containerPort()))
        .toList();
  }

  private DockerSnapshot snapshot(EngineVersion engine) {
    return inspection().snapshot(engine, DaemonSettings.DEFAULTS);
  }

  private DockerInspection inspection() {
    return DockerInspection.read(
        json("[" + String.join(",", networks) + "]"),
        json("[" + String.join(",", containers) + "]"),
        missing -> {
          throw new AssertionError(missing);
        });
  }

  private static DaemonSettings settings(String text) {
    return DaemonSettings.read(json(text));
  }

  private static JsonValue json(String text) {
    try {
      return JsonValue.of("test", new ObjectMapper().readTree(text));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(text, e);
    }
  }

  private void defaultBridge(String icc) {
    network(
        "bridge",
        """
        "com.docker.network.bridge.default_bridge": "true",
        "com.docker.network.bridge.enable_icc": "%s"
        """
            .formatted(icc),
        "172.17.0.0/16");
  }

  /** A network whose bridge has its own name, younger than those before it. */
  private void network(String name, String options, String... subnets) {
    List<String> config = new ArrayList<>();
    for (String subnet : subnets) {
      config.add("{\"Subnet\": \"" + subnet + "\"}");
    }
    String bridge =
        options.contains("bridge.name\"")
            ? ""
            : "\"com.docker.network.bridge.name\": \""
                + name
                + "\""
                + (options.isEmpty() ? "" : ",");
    networks.add(
        """
        {"Name": "%s", "Id": "id-%s", "Created": "2026-11-20T22:%02d:00Z", "Driver": "bridge",
         "Internal": false, "IPAM": {"Config": [%s]}, "Options": {%s %s}}
        """
            .formatted(name, name, networks.size(), String.join(",", config), bridge, options));
  }

  /**
   * @param start seconds; 0 if it never ran
   * @param more members of the container, each with a comma behind it
   */
  private void container(String name, int start, String mode, String more, String... networksOf) {
    String started = start == 0 ? "0001-01-01T00:00:00Z" : "2026-11-20T23:00:0" + start + "Z";
    String said =
        """
        {"Id": "%s", "Name": "/%s",
         "State": {"Status": "%s", "Error": "", "StartedAt": "%s"},
         "HostConfig": {"NetworkMode": "%s"#host},
         "Config": {"ExposedPorts": {#exposed}},
         "NetworkSettings": {"Ports": {#ports}, "Networks": {%s}}}
        """
            .formatted(
                name,
                name,
                start == 0 ? "exited" : "running",
                started,
                mode,
                String.join(",", networksOf));
    for (String place : List.of("#host", "#exposed", "#ports")) {
      said = said.replace(place, part(more, place));
    }
    containers.add(said);
  }

  private static String part(String more, String place) {
    return more.lines()
        .filter(line -> line.startsWith(place + " "))
        .map(line -> line.substring(place.length() + 1))
        .findFirst()
        .orElse("");
  }

  private static String on(String network, String ipv4, String ipv6) {
    return """
    "%s": {"NetworkID": "id-%s", "IPAddress": "%s", "GlobalIPv6Address": "%s",
           "Gateway": "%s", "IPv6Gateway": "%s"}
    """
        .formatted(
            network,
            network,
            ipv4,
            ipv6,
            ipv4.isEmpty() ? "" : ipv4.replaceAll("\\d+$", "1"),
            ipv6.isEmpty() ? "" : ipv6.replaceAll("\\d+$", "1"));
  }

  /**
   * Published ports: {@code 80/tcp ADDRESS HOST-PORT}, with what was asked for behind it where that
   * is not the same port, and {@code -} for none.
   */
  private static String ports(String... texts) {
    Map<String, List<String>> published = new LinkedHashMap<>();
    Map<String, Set<String>> wished = new LinkedHashMap<>();
    for (String text : texts) {
      List<String> words = Splitter.on(' ').splitToList(text);
      String port = words.get(2).equals("-") ? "" : words.get(2);
      String wish = words.size() > 3 ? words.get(3).replaceFirst("^-$", "") : port;
      boolean isAny = List.of("0.0.0.0", "::").contains(words.get(1));
      String address = isAny ? "" : words.get(1);
      published.computeIfAbsent(words.get(0), p -> new ArrayList<>()).add(end(words.get(1), port));
      wished.computeIfAbsent(words.get(0), p -> new LinkedHashSet<>()).add(end(address, wish));
    }
    return "#host , \"PortBindings\": {"
        + members(wished)
        + "}\n#ports "
        + members(published)
        + "\n";
  }

  private static String end(String address, String port) {
    return "{\"HostIp\": \"" + address + "\", \"HostPort\": \"" + port + "\"}";
  }

  private static String members(Map<String, ? extends Iterable<String>> arrays) {
    List<String> members = new ArrayList<>();
    arrays.forEach(
        (port, ends) -> members.add("\"" + port + "\": [" + String.join(",", ends) + "]"));
    return String.join(",", members);
  }

  private static String exposed(String... ports) {
    List<String> members = new ArrayList<>();
    for (String port : ports) {
      members.add("\"" + port + "\": {}");
    }
    return "#exposed " + String.join(",", members) + "\n";
  }

  private static String links(String... links) {
    return "#host , \"Links\": [\"" + String.join("\",\"", links) + "\"]\n";
  }
}
