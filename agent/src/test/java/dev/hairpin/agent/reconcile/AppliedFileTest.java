package dev.hairpin.agent.reconcile;

import static dev.hairpin.agent.reconcile.World.C1;
import static dev.hairpin.agent.reconcile.World.C1_ADDRESS;
import static dev.hairpin.agent.reconcile.World.DOCKER0;
import static dev.hairpin.agent.reconcile.World.NS1;
import static dev.hairpin.agent.reconcile.World.NS1_ADDRESS;
import static dev.hairpin.agent.reconcile.World.tcp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hairpin.agent.Problem;
import dev.hairpin.agent.docker.DockerSnapshot;
import dev.hairpin.rules.Layout;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.FirewallOptions;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.iptables.BesideLayout;
import dev.hairpin.rules.iptables.Docker20Layout;
import dev.hairpin.rules.layouts.LayoutName;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Table;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class AppliedFileTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final DesiredState STATE =
      DesiredState.of(
          List.of(
              BridgeNetwork.of(
                  "a \"name\"\n",
                  "br-1",
                  IpPrefix.parse("2001:db8::/64"),
                  DOCKER0.subnets().getFirst())),
          List.of(
              tcp(8080, C1_ADDRESS, 80, C1),
              tcp(3000, NS1_ADDRESS, 3000, NS1),
              World.binding(Protocol.UDP, "::", 53, C1_ADDRESS, 53, new Publisher.StandIn(42))),
          FirewallOptions.of(ProxyMode.HAIRPIN, Set.of(Family.IPV4), Set.of(Family.IPV4)));

  @TempDir private Path directory;

  @Test
  void whatIsSavedIsLoaded() throws IOException {
    AppliedRecord applied =
        AppliedRecord.nothing(Standing.BESIDE)
            .after(
                Settings.of(Standing.BESIDE, LayoutName.DOCKER28, ProxyMode.USERLAND),
                STATE,
                Map.of("0.0.0.0:8080/tcp", "42-1"))
            .withSysctl("net/ipv4/ip_forward", "0")
            .withRules(Family.IPV4, OwnedRules.of(rules(new Docker20Layout()), Map.of(), Set.of()))
            .withDocker(
                DockerSnapshot.of(
                    STATE.networks(),
                    STATE.bindings(),
                    List.of(),
                    List.of(new Problem("label", "is wrong"))));
    file().save(applied);

    assertThat(file().load()).contains(applied);
    file().clear();
    assertThat(file().load()).isEmpty();
  }

  @Test
  void theValueFromBeforeOurFirstChangeIsTheOneThatIsKept() {
    assertThat(
            AppliedRecord.nothing(Standing.REPLACE)
                .withSysctl("name", "0")
                .withSysctl("name", "1")
                .sysctls())
        .containsEntry("name", "0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{\"standing\":", "null", "{}", "[]", "\u00ff\u00fe"})
  void aBrokenFileIsSetAside(String text) throws IOException {
    Files.writeString(directory.resolve("applied.json"), text, StandardCharsets.ISO_8859_1);

    assertThat(file().load()).isEmpty();
    assertThat(directory.resolve("applied.json")).doesNotExist();
    assertThat(directory.resolve("applied.json.broken")).exists();
  }

  /** As one was written while there was one layout only. */
  @Test
  void aRecordOfAnEarlierVersionIsGoneOnFrom() throws IOException {
    AppliedRecord applied =
        AppliedRecord.nothing(Standing.REPLACE)
            .after(
                Settings.of(Standing.REPLACE, LayoutName.DOCKER20, ProxyMode.HAIRPIN),
                STATE,
                Map.of())
            .withSysctl("net/ipv4/ip_forward", "0")
            .withRules(Family.IPV4, OwnedRules.of(rules(new Docker20Layout()), Map.of(), Set.of()))
            .withDocker(
                DockerSnapshot.of(STATE.networks(), STATE.bindings(), List.of(), List.of()));
    file().save(applied);
    ObjectNode json = (ObjectNode) JSON.readTree(saved().toFile());
    json.remove("layout");
    object(json, "state").remove(List.of("members", "routed", "links"));
    object(json, "state", "options")
        .remove(List.of("userChains", "directRouting", "rawTable", "acceptMark"));
    for (String part : List.of("state", "docker")) {
      for (JsonNode network : json.path(part).path("networks")) {
        ((ObjectNode) network)
            .remove(List.of("gatewayModes", "sourceAddresses", "trustedInterfaces"));
      }
    }
    for (JsonNode binding : json.path("state").path("bindings")) {
      ((ObjectNode) binding).remove("header");
    }
    object(json, "docker")
        .remove(List.of("members", "routed", "links", "userChains", "headersToCome", "sandboxes"));
    object(json, "rules", "IPV4").remove("nftTables");
    JSON.writeValue(saved().toFile(), json);

    AppliedRecord loaded = file().load().orElseThrow();

    assertThat(loaded.layoutInForce()).contains(LayoutName.DOCKER20);
    assertThat(loaded.state().bindings()).isEqualTo(STATE.bindings());
    assertThat(loaded.state().networks()).isEqualTo(STATE.networks());
    assertThat(loaded.docker().published()).isEqualTo(STATE.bindings());
    assertThat(loaded.owned(Family.IPV4).owns(Table.NAT, "DOCKER")).isTrue();
    assertThat(loaded.sysctls()).isEqualTo(applied.sysctls());
    assertThat(new Docker20Layout().rulesFor(loaded.state(), Family.IPV4).isEmpty()).isFalse();
    file().save(loaded);
    assertThat(file().load()).contains(loaded);
  }

  private static ObjectNode object(JsonNode json, String... path) {
    JsonNode found = json;
    for (String name : path) {
      found = found.path(name);
    }
    return (ObjectNode) found;
  }

  private Path saved() {
    return directory.resolve("applied.json");
  }

  @Test
  void aFileWhoseRulesAreNoneIsSetAside() throws IOException {
    file()
        .save(
            AppliedRecord.nothing(Standing.REPLACE)
                .withRules(
                    Family.IPV4,
                    new OwnedRules(
                        "*nat\n-A NOWHERE -j\n", Set.of(), Set.of(), Set.of(), Set.of())));

    assertThat(file().load()).isEmpty();
    assertThat(directory.resolve("applied.json.broken")).exists();
  }

  @Test
  void whatCannotBeSavedIsNamed() throws IOException {
    Files.createDirectory(directory.resolve("applied.json.new"));

    assertThatThrownBy(() -> file().save(AppliedRecord.nothing(Standing.REPLACE)))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("write " + directory.resolve("applied.json") + ": ");
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void ourRulesAreRecognisedAfterwards(Layout layout) {
    Ruleset rules = rules(layout);
    Ruleset read = OwnedRules.of(rules, Map.of(), Set.of()).ruleset(Family.IPV4);

    assertThat(read.chains()).containsExactlyInAnyOrderElementsOf(rules.chains());
    assertThat(read.rules()).containsExactlyInAnyOrderElementsOf(rules.rules().toList());
  }

  static Stream<Layout> layouts() {
    return Stream.of(new Docker20Layout(), new BesideLayout());
  }

  private static Ruleset rules(Layout layout) {
    return layout.rulesFor(STATE, Family.IPV4);
  }

  private AppliedFile file() {
    return new AppliedFile(directory.resolve("applied.json"));
  }
}
