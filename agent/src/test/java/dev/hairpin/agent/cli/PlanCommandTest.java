package dev.hairpin.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import dev.hairpin.rules.layouts.LayoutName;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/**
 * What {@code hairpin plan} makes of its input. The host is docker0 with 172.17.0.0/16; web has
 * 172.17.0.2 and {@code -p 8080:80}.
 */
class PlanCommandTest {
  private static final String NETWORK =
      """
      {"Name": "bridge", "Id": "aaaaaaaaaaaaaaaa", "Created": "2026-11-20T22:00:00Z",
       "Driver": "bridge", "Internal": false, "EnableIPv6": false,
       "IPAM": {"Config": [{"Subnet": "172.17.0.0/16"}]},
       "Options": {"com.docker.network.bridge.default_bridge": "true",
                   "com.docker.network.bridge.name": "docker0"}}
      """;

  private static final String CONTAINER =
      """
      {"Id": "bbbbbbbbbbbbbbbb", "Name": "/web",
       "State": {"Status": "running", "StartedAt": "2026-11-20T22:00:01Z", "Error": ""},
       "HostConfig": {"NetworkMode": "default",
         "PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": "8080"}]}},
       "Config": {"ExposedPorts": {"80/tcp": {}}},
       "NetworkSettings": {
         "Ports": {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}]},
         "Networks": {"bridge": {"NetworkID": "aaaaaaaaaaaaaaaa", "IPAddress": "172.17.0.2",
           "Gateway": "172.17.0.1"}}}}
      """;

  private static final String DNAT =
      "-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80\n";

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path directory;

  @BeforeEach
  void writeFiles() throws IOException {
    write("daemon.json", "{}");
    write("networks.json", "[" + NETWORK + "]");
    write("containers.json", "[" + CONTAINER + "]");
  }

  @Test
  void stdoutHasTheRulesAndNothingElse() {
    assertThat(plan()).isZero();

    assertThat(out.toString())
        .startsWith("*filter\n:INPUT ACCEPT\n:FORWARD DROP\n")
        .contains(DNAT)
        .endsWith("COMMIT\n");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void anExplanationIsUnderEachRule() {
    assertThat(plan("--explain")).isZero();

    assertThat(out.toString().lines().filter(line -> line.startsWith("-A")))
        .hasSameSizeAs(out.toString().lines().filter(line -> line.startsWith("#   ")).toList());
    assertThat(out.toString())
        .contains(
            DNAT
                + "#   without it, packets to 0.0.0.0:8080/tcp go through the proxy, and container"
                + " web does not see who sent them (container web, -p 8080:80)\n");
  }

  @Test
  void asJsonEachRuleIsAnObject() throws IOException {
    assertThat(plan("--format", "json", "--layout", "docker28")).isZero();

    JsonNode rules = new ObjectMapper().readTree(out.toString());
    assertThat(rules.isArray()).isTrue();
    assertThat(rules)
        .anySatisfy(rule -> {
          assertThat(rule.path("family").asText()).isEqualTo("ip");
          assertThat(rule.path("table").asText()).isEqualTo("nat");
          assertThat(rule.path("chain").asText()).isEqualTo("DOCKER");
          assertThat(rule.path("rule").asText() + "\n").isEqualTo(DNAT);
          assertThat(rule.path("reason").asText()).startsWith("without it, ");
          assertThat(rule.path("publisher").asText()).isEqualTo("container web");
          assertThat(rule.path("spec").asText()).isEqualTo("8080:80");
        })
        .anySatisfy(rule -> assertThat(rule.path("family").asText()).isEqualTo("ip6"));
  }

  @Test
  void withoutADaemonJsonTheEngineHasItsDefaults() {
    assertThat(run(files("networks", "containers"))).isZero();
    assertThat(out.toString()).contains(DNAT);
  }

  @ParameterizedTest(name = "{0} of {1}: {2}")
  @CsvSource({
    "{}, docker20, false",
    "{}, docker28, true",
    "{\"ip6tables\": true}, docker20, true",
    "{\"ip6tables\": false}, docker28, false",
  })
  void ipv6TablesAreWrittenFrom27OnOrWhenAskedFor(String settings, String layout, boolean written)
      throws IOException {
    write("daemon.json", settings);

    assertThat(plan("--layout", layout, "--format", "ip6tables")).isZero();
    assertThat(out.toString().isEmpty()).isEqualTo(!written);
  }

  @Test
  void iptablesFalseMeansNoRules() throws IOException {
    write("daemon.json", "{\"iptables\": false}");

    assertThat(plan()).isZero();
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void whatTheDaemonSaysOfItsDefaultBridgeIsSo() throws IOException {
    write("daemon.json", "{\"ip-masq\": false, \"icc\": false}");

    assertThat(plan()).isZero();
    assertThat(out.toString())
        .doesNotContain("-s 172.17.0.0/16 ! -o docker0 -j MASQUERADE")
        .contains("-A FORWARD -i docker0 -o docker0 -j DROP");
  }

  @ParameterizedTest(name = "{0} {1}: {2}")
  @CsvSource({
    "docker20, --sysctl=net.ipv4.ip_forward=0, DROP",
    "docker20, --sysctl=net.ipv4.ip_forward=1, ACCEPT",
    "docker28, --sysctl=net.ipv4.ip_forward=1, ACCEPT",
    "docker28, --sysctl=net.ipv6.conf.all.forwarding=1, DROP",
  })
  void whatWasForwardedBeforeKeepsItsPolicy(String layout, String sysctl, String policy) {
    assertThat(plan("--layout", layout, sysctl)).isZero();
    assertThat(out.toString()).contains(":FORWARD " + policy + "\n");
  }

  @Test
  void forwardingThatTheEngineMayNotSwitchOnIsNotDroppedEither() throws IOException {
    write("daemon.json", "{\"ip-forward-no-drop\": true}");
    assertThat(plan("--layout", "docker28")).isZero();
    assertThat(out.toString()).contains(":FORWARD ACCEPT\n");
    out.getBuffer().setLength(0);

    write("daemon.json", "{\"ip-forward\": false}");
    assertThat(plan()).isZero();
    assertThat(out.toString()).contains(":FORWARD ACCEPT\n");
  }

  @Test
  void theRawTableIsLeftAloneWhenTheEnvironmentSaysSo() {
    for (String off : List.of("0", "", "x=1", "11")) {
      out.getBuffer().setLength(0);
      assertThat(plan("--layout=docker28", "--env=DOCKER_INSECURE_NO_IPTABLES_RAW=" + off))
          .isZero();
      assertThat(out.toString()).as(off).contains("*raw\n");
    }
    out.getBuffer().setLength(0);

    assertThat(plan("--layout=docker28", "--env=DOCKER_INSECURE_NO_IPTABLES_RAW=1")).isZero();
    assertThat(out.toString()).doesNotContain("*raw\n");
  }

  @ParameterizedTest
  @CsvSource({
    "allow-direct-routing, true, docker20",
    "ip-forward-no-drop, true, docker20",
    "bridge-accept-fwmark, \"2\", docker28"
  })
  void whatAnEngineDoesNotKnowIsNamedAndLeftOut(String key, String value, String layout)
      throws IOException {
    write("daemon.json", "{\"" + key + "\": " + value + "}");

    assertThat(plan("--layout", layout)).isZero();
    assertThat(err.toString()).hasLineCount(1).contains(" does not know " + key);
  }

  @Test
  void engine20MakesNoUserChainForIpv6AndShowsItselfByAnEmptyList() throws IOException {
    write("daemon.json", "{\"ip6tables\": true, \"experimental\": true}");
    String none =
        "{\"Name\": \"none\", \"Id\": \"cc\", \"Driver\": \"null\", \"IPAM\": {\"Config\": %s}}";
    write("networks.json", "[" + NETWORK + "," + none.formatted("[]") + "]");
    assertThat(plan("--format", "ip6tables")).isZero();
    assertThat(out.toString()).doesNotContain("DOCKER-USER");
    out.getBuffer().setLength(0);

    assertThat(plan("--format", "ip6tables", "--engine", "24.0")).isZero();
    assertThat(out.toString()).contains("-A FORWARD -j DOCKER-USER");
    out.getBuffer().setLength(0);

    write("networks.json", "[" + NETWORK + "," + none.formatted("null") + "]");
    assertThat(plan("--format", "ip6tables")).isZero();
    assertThat(out.toString()).contains("-A FORWARD -j DOCKER-USER");
  }

  @Test
  void whatIsMissingIsNamedAndTheRestIsTaken() throws IOException {
    write("networks.json", "[{\"Name\": \"x\"}, {\"Id\": 0}, " + NETWORK + "]");
    write("containers.json", "[{\"Name\": \"/y\"}, " + CONTAINER + ", {\"Id\": \"dddd\"}]");

    assertThat(plan()).isZero();

    assertThat(out.toString()).contains(DNAT);
    assertThat(err.toString())
        .contains("networks.json: [0].Driver is missing, so the network is left out")
        .contains("networks.json: [1].Name is missing, so the network is left out")
        .contains("containers.json: [0].Id is missing, so the container is left out")
        .contains("containers.json: [2].NetworkSettings.Networks is missing");
  }

  @Test
  void fieldsThatNobodyNeedsAreIgnored() throws IOException {
    write("daemon.json", "{\"log-level\": \"debug\", \"hosts\": [1, null, {}], \"dns\": \"?\"}");
    write("networks.json", "[" + NETWORK.replace("{\"Name\"", "{\"Peers\": [[]], \"Name\"") + "]");

    assertThat(plan()).isZero();
    assertThat(out.toString()).contains(DNAT);
    assertThat(err.toString()).isEmpty();
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "daemon.json | | it is empty",
        "daemon.json | [] | is not an object",
        "daemon.json | null | is not an object",
        "daemon.json | {\"iptables\": \"no\"} | iptables is neither true nor false",
        "daemon.json | {\"iptables\": true, \"iptables\": false} | Duplicate",
        "daemon.json | {\"iptables\": true} {} | it is not JSON",
        "daemon.json | {\"iptables\": tru | it is not JSON, line 1 column",
        "daemon.json | {\"bridge\": \"br0\", \"bip\": \"10.0.0.1/24\"} | exclude each other",
        "daemon.json | {\"iptables\": false, \"icc\": false} | needs iptables",
        "daemon.json | {\"firewall-backend\": \"nftables\"} | firewall-backend is nftables",
        "daemon.json | {\"firewall-backend\": \"ipfw\"} | is neither iptables nor nftables",
        "daemon.json | {\"bridge-accept-fwmark\": \"red\"} | \"red\" is not a mark",
        "networks.json | | it is empty",
        "networks.json | {} | networks.json: is not an array",
        "networks.json | [[]] | networks.json: [0] is not an object",
        "networks.json | [1] | networks.json: [0] is not an object",
        "containers.json | \"x\" | containers.json: is not an array",
        "containers.json | [{\"Id\": \"x\", \"State\": []}] | [0].State is not an object",
      })
  void aFileThatNoEngineUnderstandsIsOneLine(String file, String content, String complaint)
      throws IOException {
    write(file, content == null ? "" : content);

    assertRefused(plan(), complaint);
  }

  @ParameterizedTest(name = "{1} for {0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"docker0\"|\"docker 0\"|is not the name of an interface",
        "\"docker0\"|\"dock\\\"r0\"|is not the name of an interface",
        "\"docker0\"|\"abcdefghijklmnopqrst\"|is not the name of an interface",
        "\"docker0\"|\"br+\"|is not the name of an interface",
        "\"docker0\"|\"br*\"|is not the name of an interface",
        "\"docker0\"|\"-j\"|is not the name of an interface",
        "\"docker0\"|\"..\"|is not the name of an interface",
        "\"docker0\"|7|is not a string",
        "\"docker0\"|\"docker0\", \"com.docker.network.bridge.enable_icc\": \"no\"|\"no\" is not a flag",
        "172.17.0.0/16|172.17.0.0/33|\"172.17.0.0/33\" is not a subnet",
        "\"Internal\": false|\"Internal\": \"no\"|[0].Internal is neither true nor false",
        "\"EnableIPv6\": false|\"EnableIPv6\": 1|[0].EnableIPv6 is neither true nor false",
        "2026-11-20T22:00:00Z|yesterday|[0].Created \"yesterday\" is not a time",
      })
  void aNetworkThatNoEngineHasIsNamedByItsPlace(String good, String bad, String complaint)
      throws IOException {
    write("networks.json", "[" + NETWORK.replace(good, bad) + "]");

    assertRefused(plan(), complaint);
    assertThat(err.toString()).contains("networks.json: [0].");
  }

  @ParameterizedTest(name = "{1} for {0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "172.17.0.2|172.17.0|[0].NetworkSettings.Networks.bridge.IPAddress \"172.17.0\" is not an IP address",
        "172.17.0.2|172.18.0.2|has the address 172.18.0.2, which is outside [172.17.0.0/16]",
        "172.17.0.2\"|fd00::2\"|IPAddress is an address of the other family",
        "172.17.0.2\"|172.17.0.2\\u001b[31m\"|is not an IP address",
        "\"HostPort\": \"8080\"}]},|\"HostPort\": \"0\"}]},|is not a port",
        "\"HostPort\": \"8080\"}]}|\"HostPort\": \"70000\"}]}|has a port outside 1-65535",
        "\"HostPort\": \"8080\"}]}|\"HostPort\": \"-1\"}]}|does not hold a port number",
        "\"HostPort\": \"8080\"}]}|\"HostPort\": \"90-80\"}]}|runs backwards",
        "\"HostPort\": \"8080\"}]}|\"HostPort\": \"9999999999\"}]}|does not hold a port number",
        "\"HostPort\": \"8080\"}]}|\"HostPort\": 8080}]}|is not a string",
        "80/tcp|0/tcp|does not name a port",
        "80/tcp|70000/tcp|has a port outside 1-65535",
        "80/tcp|80/icmp|has a protocol that is none of tcp, udp and sctp",
        "80/tcp|http/tcp|does not hold a port number",
        "\"0.0.0.0\"|\"0.0.0\"|HostIp \"0.0.0\" is not an IP address",
      })
  void aContainerThatNoEngineHasIsNamedByItsPlace(String good, String bad, String complaint)
      throws IOException {
    String ports = CONTAINER.substring(CONTAINER.indexOf("\"NetworkSettings\""));
    String changed = CONTAINER.replace(ports, ports.replace(good, bad));
    if (changed.equals(CONTAINER)) {
      changed = CONTAINER.replace(good, bad);
    }
    write("containers.json", "[" + changed + "]");

    assertRefused(plan(), complaint);
    assertThat(err.toString()).contains("containers.json: [0]");
  }

  @ParameterizedTest(name = "{2} for {1} in {0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "networks|[{|[null, {|networks.json: [0] is null",
        "networks|{\"Subnet\": \"172.17.0.0/16\"}|null|networks.json: [0].IPAM.Config[0] is null",
        "containers|[{|[null, {|containers.json: [0] is null",
        "containers|{\"HostIp\": \"0.0.0.0\", \"HostPort\": \"8080\"}|null|[0].NetworkSettings.Ports.80/tcp[0] is null",
        "containers|{\"HostIp\": \"\", \"HostPort\": \"8080\"}|null|[0].HostConfig.PortBindings.80/tcp[0] is null",
        "containers|\"HostConfig\": {|\"HostConfig\": {\"Links\": [null], |[0].HostConfig.Links[0] is null",
      })
  void nullIsNoElement(String file, String good, String bad, String complaint) throws IOException {
    String array = "[" + (file.equals("networks") ? NETWORK : CONTAINER) + "]";
    write(file + ".json", array.replace(good, bad));

    assertRefused(plan(), complaint);
  }

  @Test
  void whateverElseIsNullCountsAsMissing() throws IOException {
    for (String file : List.of("networks", "containers")) {
      String whole = "[" + (file.equals("networks") ? NETWORK : CONTAINER) + "]";
      JsonNode document = new ObjectMapper().readTree(whole);
      for (ObjectNode object : objects(document)) {
        for (String name : ImmutableList.copyOf(object.fieldNames())) {
          JsonNode there = object.get(name);
          object.putNull(name);
          write(file + ".json", document.toString());

          assertThat(plan()).as(file + " with " + name + " null: " + err).isIn(0, 2);
          assertThat(err.toString()).as(name).doesNotContain("Exception");
          err.getBuffer().setLength(0);
          object.set(name, there);
        }
      }
      write(file + ".json", whole);
    }
  }

  private static List<ObjectNode> objects(JsonNode node) {
    List<ObjectNode> objects = new ArrayList<>();
    if (node instanceof ObjectNode object) {
      objects.add(object);
    }
    node.forEach(member -> objects.addAll(objects(member)));
    return objects;
  }

  @Test
  void theTwoArraysInEachOthersPlaceAreRefused() throws IOException {
    write("networks.json", "[" + CONTAINER + "]");
    assertRefused(plan(), "networks.json: [0] is a container");
    err.getBuffer().setLength(0);

    write("networks.json", "[" + NETWORK + "]");
    write("containers.json", "[" + NETWORK + "]");
    assertRefused(plan(), "containers.json: [0] is a network");
  }

  @Test
  void networksThatShareAddressesAreRefused() throws IOException {
    String other =
        NETWORK
            .replace("\"docker0\"", "\"br-other\"")
            .replace("172.17.0.0/16", "172.16.0.0/15")
            .replaceFirst("\"Name\": *\"bridge\"", "\"Name\": \"other\"")
            .replaceFirst("\"Id\": *\"", "\"Id\": \"0");
    write("networks.json", "[" + NETWORK + ", " + other + "]");

    assertRefused(plan(), "overlaps");
  }

  @Test
  void anAddressThatTwoRunningContainersHaveIsRefused() throws IOException {
    String other = CONTAINER.replaceFirst("\"Id\": *\"", "\"Id\": \"0");
    write("containers.json", "[" + CONTAINER + ", " + other + "]");

    assertRefused(plan(), "has the address 172.17.0.2, as another container has");
  }

  @Test
  void theHelpNamesEveryLayout() {
    assertThat(run(List.of("plan", "--help"))).isZero();
    for (LayoutName layout : LayoutName.values()) {
      assertThat(out.toString()).containsPattern("\\b" + layout.keyword() + "[ ,\\n]");
    }
  }

  @Test
  void aHostPortThatTwoContainersHaveIsRefused() throws IOException {
    write(
        "containers.json",
        "["
            + CONTAINER
            + ","
            + CONTAINER.replace("bbbb", "dddd").replace("/web", "/db").replace("0.2", "0.3")
            + "]");

    assertRefused(
        plan(), "0.0.0.0:8080/tcp is published twice, for container web and container db");
  }

  @ParameterizedTest(name = "{0} {1} on {2} and {3}")
  @CsvSource({
    "docker20, tcp, 0.0.0.0, 127.0.0.1",
    "docker20, udp, 127.0.0.1, 0.0.0.0",
    "docker20, sctp, 0.0.0.0, 127.0.0.1",
    "docker28, tcp, 0.0.0.0, 192.0.2.1",
    "docker28, tcp, '::1', '::'",
    "docker29, udp, 0.0.0.0, 127.0.0.1",
    "docker29-nft, udp, '::', '::1'"
  })
  void anAddressIsPartOfAllAddressesOfItsFamily(
      String layout, String protocol, String web, String db) throws IOException {
    writeTwo(protocol, web, db);

    assertRefused(plan("--layout", layout), ":8080/" + protocol + " of container ");
    assertThat(err.toString()).contains(" is part of ").contains(" publishes only one of the two");
    err.getBuffer().setLength(0);

    write("daemon.json", "{\"userland-proxy\": false}");
    assertRefused(plan("--layout", layout), " is part of ");
  }

  @ParameterizedTest(name = "{0} {1} on {2} and {3}")
  @CsvSource({
    "docker20, tcp, 0.0.0.0, '::1'",
    "docker20, tcp, 127.0.0.1, '::'",
    "docker29, udp, 127.0.0.1, 127.0.0.2",
    // 28.0 to 28.2 bind UDP with SO_REUSEADDR, and these files don't tell one 28 from another.
    "docker28, udp, 0.0.0.0, 127.0.0.1"
  })
  void whatAnEnginePublishesTogetherIsPlanned(String layout, String protocol, String web, String db)
      throws IOException {
    writeTwo(protocol, web, db);

    assertThat(plan("--layout", layout)).as(err + "").isZero();
  }

  @Test
  void aContainerThatDoesNotRunHoldsNoPort() throws IOException {
    writeTwo("tcp", "0.0.0.0", "127.0.0.1");
    Path file = directory.resolve("containers.json");
    Files.writeString(file, Files.readString(file).replaceFirst("\"running\"", "\"exited\""));

    assertThat(plan()).as(err + "").isZero();
  }

  /** web and db publish port 80, each on an address of the host. */
  private void writeTwo(String protocol, String web, String db) throws IOException {
    String container = CONTAINER.replace("80/tcp", "80/" + protocol);
    write(
        "containers.json",
        "["
            + container.replace("\"0.0.0.0\"", "\"" + web + "\"")
            + ","
            + container
                .replace("\"0.0.0.0\"", "\"" + db + "\"")
                .replace("bbbb", "dddd")
                .replace("/web", "/db")
                .replace("0.2", "0.3")
            + "]");
  }

  @Test
  void theSameThingTwiceIsRefused() throws IOException {
    write("containers.json", "[" + CONTAINER + "," + CONTAINER + "]");
    assertRefused(plan(), "containers.json: [1] has the Id of something else");
    err.getBuffer().setLength(0);

    write("containers.json", "[]");
    write("networks.json", "[" + NETWORK + "," + NETWORK.replace("aaaa", "eeee") + "]");
    assertRefused(plan(), "networks.json: [1] has the bridge docker0, as another network has");
  }

  @Test
  void aNetworkThatIsIsolatedButNotInternalIsRefused() throws IOException {
    write(
        "networks.json",
        "["
            + NETWORK.replace(
                "\"Options\": {",
                "\"Options\": {\"com.docker.network.bridge.gateway_mode_ipv4\": \"isolated\",")
            + "]");
    assertRefused(plan("--layout", "docker28"), "network bridge is isolated but not internal");
  }

  @Test
  void deepAndHugeDocumentsAreRefused() throws IOException {
    write("containers.json", "[".repeat(100_000));
    assertRefused(plan(), "it is not JSON");
    err.getBuffer().setLength(0);

    write("containers.json", "{\"a\":".repeat(2_000));
    assertRefused(plan(), "it is not JSON");
    err.getBuffer().setLength(0);

    write("containers.json", "[\"" + "x".repeat(21_000_000) + "\"]");
    assertRefused(plan(), "it is not JSON");
  }

  @Test
  void whatNeverEndsIsRefused() {
    assertRefused(
        run(List.of("plan", "--networks=/dev/zero", "--containers=/dev/zero")),
        "read /dev/zero: it is larger than 64 MiB");
    err.getBuffer().setLength(0);

    assertRefused(plan("--diff=/dev/zero"), "read /dev/zero: it is larger than 64 MiB");
  }

  @Test
  void bytesThatAreNoTextAreRefused() throws IOException {
    Files.write(directory.resolve("networks.json"), new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1});
    assertRefused(plan(), "it is not JSON");
  }

  @Test
  void filesThatCannotBeReadAreNamed() throws IOException {
    Files.delete(directory.resolve("networks.json"));
    assertRefused(plan(), "networks.json: no such file or directory");
    err.getBuffer().setLength(0);

    Files.createDirectory(directory.resolve("networks.json"));
    assertRefused(plan(), "networks.json: it is a directory");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--layout=docker19",
        "--format=xml",
        "--engine=new",
        "--engine=28.5",
        "--env=PATH=/bin",
        "--env=DOCKER_INSECURE_NO_IPTABLES_RAW",
        "--sysctl=net.ipv4.ip_forward",
        "--sysctl=vm.swappiness=1",
        "--diff=/nonexistent",
        "--docker-host"
      })
  void optionsThatMeanNothingAreOneLine(String option) {
    assertRefused(plan(option), "");
  }

  @Test
  void oneFileOfTwoIsNotEnough() {
    assertRefused(run(files("networks")), "--networks and --containers go together");
    err.getBuffer().setLength(0);
    assertRefused(run(files("containers")), "--networks and --containers go together");
  }

  @Test
  void withoutFilesTheDockerThatCannotBeAskedIsNamed() {
    assertRefused(
        run(List.of("plan", "--docker-host", "unix://" + directory + "/no.sock")),
        "no such file; start dockerd, or name its socket with --docker-host; or give --networks and"
            + " --containers");
  }

  @Test
  void theKnownNamesAreListedWhereOneIsWrong() {
    assertRefused(plan("--env=DOCKER_X=1"), "DOCKER_INSECURE_NO_IPTABLES_RAW");
    err.getBuffer().setLength(0);
    assertRefused(plan("--layout=x"), "docker20, docker28, docker29");
  }

  @Test
  void theExperimentThatIp6tablesWasBefore27HasToBeAskedFor() throws IOException {
    write("daemon.json", "{\"ip6tables\": true}");
    assertRefused(plan("--engine=26.1"), "takes ip6tables only with experimental");
    assertThat(plan("--engine=27.5")).isZero();
  }

  @Test
  void before27Ip6tablesDoesNotGoWithoutIptables() throws IOException {
    write("daemon.json", "{\"iptables\": false, \"ip6tables\": true, \"experimental\": true}");
    assertRefused(plan("--engine=26.1"), "does not start with ip6tables and without iptables");
  }

  @Test
  void aDifferenceIsLineByLineAndTheExitStatusTellsOfIt() throws IOException {
    assertThat(plan()).isZero();
    String planned = out.toString();
    out.getBuffer().setLength(0);
    write("saved", planned.replace(DNAT, ""));

    assertThat(plan("--diff=" + directory.resolve("saved"))).isEqualTo(1);
    assertThat(out.toString())
        .startsWith("--- " + directory.resolve("saved") + "\n+++ docker20\n@@ ")
        .contains("\n+" + DNAT);
    assertThat(out.toString().lines().filter(line -> line.startsWith("-")).toList()).hasSize(1);
    out.getBuffer().setLength(0);

    write("saved", planned);
    assertThat(plan("--diff=" + directory.resolve("saved"))).isZero();
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void rulesOfOthersAndCountersAreNoDifference() throws IOException {
    assertThat(plan()).isZero();
    String planned =
        out.toString()
            .replace(":INPUT ACCEPT", ":INPUT ACCEPT [12:3456]")
            .replace(
                "-A FORWARD -j DOCKER-ISOLATION",
                "-A FORWARD -s 203.0.113.0/24 -j DROP\n[7:420] -A FORWARD -j DOCKER-ISOLATION")
            .replace(
                "-A DOCKER-USER -j RETURN",
                "-A DOCKER-USER -i eth0 -p tcp -m tcp --dport 25 -j REJECT --reject-with"
                    + " icmp-port-unreachable\n-A DOCKER-USER -j RETURN");
    out.getBuffer().setLength(0);
    write("saved", "# Generated by iptables-save on Fri Nov 20\n" + planned);

    assertThat(plan("--diff=" + directory.resolve("saved"))).as(out + "").isZero();
  }

  @Test
  void anotherGenerationsRulesWouldGo() throws IOException {
    assertThat(plan("--layout", "docker28")).isZero();
    write("saved", out.toString());
    out.getBuffer().setLength(0);

    assertThat(plan("--layout", "docker29", "--diff=" + directory.resolve("saved"))).isEqualTo(1);
    assertThat(out.toString())
        .contains("\n-:DOCKER-ISOLATION-STAGE-1 -\n")
        .contains("\n+:DOCKER-INTERNAL -\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"*filter\n:X - [0:0]\n", "no rules", "*filter\n-A X -j ACCEPT\nCOMMIT\n"})
  void aSavedFileThatIsNoneIsRefused(String saved) throws IOException {
    write("saved", saved);
    assertRefused(plan("--diff=" + directory.resolve("saved")), "saved: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "*filter\n:X - [0:0]\nCOMMIT\n",
        "no rules",
        "table ip docker-bridges { # handle 1\n}\n",
        "table ip foreign {\n"
      })
  void aSavedFileThatIsNoneOfNftsIsRefused(String saved) throws IOException {
    write("saved", saved);
    assertRefused(plan("--layout=docker29-nft", "--diff=" + directory.resolve("saved")), "saved: ");
  }

  @ParameterizedTest
  @CsvSource({
    "docker20, nft, layout docker20 has no nftables rules; use --format iptables",
    "docker28, nft, layout docker28 has no nftables rules; use --format iptables",
    "docker29, nft, layout docker29 has no nftables rules; use --format iptables",
    "docker29-nft, iptables, layout docker29-nft has no iptables rules; use --format nft",
    "docker29-nft, ip6tables, layout docker29-nft has no iptables rules; use --format nft"
  })
  void wordsThatALayoutIsNotWrittenInAreNamed(String layout, String format, String note) {
    assertThat(plan("--layout", layout, "--format", format)).isZero();

    assertThat(out.toString()).isEmpty();
    assertThat(err.toString()).isEqualTo("hairpin: " + note + "\n");
  }

  @ParameterizedTest
  @CsvSource({
    "docker20, iptables",
    "docker20, ip6tables",
    "docker29-nft, nft",
    "docker29-nft, json"
  })
  void theWordsOfALayoutNeedNoNote(String layout, String format) {
    assertThat(plan("--layout", layout, "--format", format)).isZero();
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void aDashIsAFileAsAnyOther() {
    assertRefused(plan("--diff=-"), "read -: no such file or directory");
    err.getBuffer().setLength(0);
    assertRefused(plan("--diff", "-"), "read -: no such file or directory");
    err.getBuffer().setLength(0);
    assertRefused(plan("--diff="), "--diff has an empty name");
  }

  @Test
  void aDifferenceHasNoExplanationsAndIsNotJson() throws IOException {
    write("saved", "");
    String diff = "--diff=" + directory.resolve("saved");
    assertRefused(plan(diff, "--explain"), "--diff shows lines of rules");
    err.getBuffer().setLength(0);
    assertRefused(plan(diff, "--format=json"), "--diff shows lines of rules");
  }

  private void assertRefused(int status, String complaint) {
    assertThat(err.toString()).hasLineCount(1).startsWith("hairpin: ").contains(complaint);
    assertThat(err.toString()).doesNotContain("\u001b").doesNotContain("Exception");
    assertThat(out.toString()).isEmpty();
    assertThat(status).isEqualTo(2);
  }

  private int plan(String... more) {
    List<String> arguments = new ArrayList<>(files("daemon-json", "networks", "containers"));
    arguments.addAll(List.of(more));
    return run(arguments);
  }

  private List<String> files(String... options) {
    List<String> arguments = new ArrayList<>(List.of("plan"));
    for (String option : options) {
      arguments.add("--" + option);
      String file = option.equals("daemon-json") ? "daemon.json" : option + ".json";
      arguments.add(directory.resolve(file).toString());
    }
    return arguments;
  }

  private int run(List<String> arguments) {
    CommandLine command = Hairpin.commandLine();
    command.setOut(new PrintWriter(out));
    command.setErr(new PrintWriter(err));
    return command.execute(arguments.toArray(String[]::new));
  }

  private void write(String file, String content) throws IOException {
    Files.writeString(directory.resolve(file), content);
  }
}
