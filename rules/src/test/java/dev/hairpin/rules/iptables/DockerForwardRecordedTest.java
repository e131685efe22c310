package dev.hairpin.rules.iptables;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.Layout;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.GatewayMode;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.plan.Plan;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The layouts against what a dockerd 28.5.2 and a 29.7.2 were recorded to write. */
class DockerForwardRecordedTest {
  private static final BridgeNetwork DOCKER0 =
      BridgeNetwork.of("bridge", "docker0", IpPrefix.parse("172.17.0.0/16"));
  private static final BridgeNetwork N1 =
      BridgeNetwork.of("n1", "br-34683ad4cc80", IpPrefix.parse("172.18.0.0/16"));
  private static final BridgeNetwork N2 =
      BridgeNetwork.of("n2", "br-54746fe59abb", IpPrefix.parse("172.19.0.0/16"));
  private static final BridgeNetwork N6 =
      BridgeNetwork.of(
          "n6", "br-cde025f9de6b", IpPrefix.parse("fd00:18::/64"), IpPrefix.parse("172.18.0.0/16"));

  private static final Map<String, Layout> LAYOUTS =
      Map.of("28.5.2", new Docker28Layout(), "29.7.2", new Docker29Layout());

  private static StateOf state(String scenario) {
    StateOf state =
        switch (scenario) {
          case "two-nets" ->
              StateOf.networks(DOCKER0, N1, N2)
                  .container("ca", N1.bridge(), "172.18.0.2")
                  .publishes("ca", "0.0.0.0", 8081, "172.18.0.2", 80)
                  .publishes("ca", "::", 8081, "172.18.0.2", 80)
                  .container("cb", N2.bridge(), "172.19.0.2")
                  .publishes("cb", "0.0.0.0", 8082, "172.19.0.2", 80)
                  .publishes("cb", "::", 8082, "172.19.0.2", 80);
          case "gw-routed" ->
              StateOf.networks(
                      DOCKER0, N1.withGatewayModes(Map.of(Family.IPV4, GatewayMode.ROUTED)))
                  .container("web", N1.bridge(), "172.18.0.2")
                  .opens("web", "172.18.0.2", 80);
          case "internal" ->
              StateOf.networks(
                      DOCKER0, BridgeNetwork.of("n1", N1.bridge(), N1.subnets(), true, true, true))
                  .container("web", N1.bridge(), "172.18.0.2");
          case "noproxy-lo" ->
              StateOf.networks(DOCKER0)
                  .container("web", DOCKER0.bridge(), "172.17.0.2")
                  .publishes("web", "127.0.0.1", 8080, "172.17.0.2", 80)
                  .withoutProxy();
          case "v6-net" ->
              StateOf.networks(DOCKER0, N6)
                  .container("web", N6.bridge(), "172.18.0.2", "fd00:18::2")
                  .publishes("web", "0.0.0.0", 8080, "172.18.0.2", 80)
                  .publishes("web", "::", 8080, "fd00:18::2", 80);
          case "trusted-interfaces" ->
              StateOf.networks(DOCKER0, N1.withTrustedInterfaces(List.of("eth0")))
                  .container("web", N1.bridge(), "172.18.0.2")
                  .publishes("web", "0.0.0.0", 8080, "172.18.0.2", 80)
                  .publishes("web", "::", 8080, "172.18.0.2", 80);
          case String unknown -> throw new IllegalArgumentException(unknown);
        };
    return scenario.equals("v6-net")
        ? state.droppingForwarded(Family.IPV4, Family.IPV6)
        : state.droppingForwarded(Family.IPV4);
  }

  static Stream<Arguments> recordings() {
    return Stream.of("28.5.2", "29.7.2")
        .flatMap(engine ->
            Stream.of(
                    "two-nets",
                    "gw-routed",
                    "internal",
                    "noproxy-lo",
                    "v6-net",
                    "trusted-interfaces")
                .flatMap(scenario ->
                    Stream.of(Family.values())
                        .map(family -> Arguments.of(engine, scenario, family))));
  }

  @ParameterizedTest
  @MethodSource("recordings")
  void aFreshHostGetsTheRulesOfDockerd(String engine, String scenario, Family family) {
    assertThat(Printed.by(LAYOUTS.get(engine), state(scenario), family).all())
        .isEqualTo(recorded(engine, scenario, family));
  }

  @ParameterizedTest
  @MethodSource("recordings")
  void dockerdsOwnRulesAreRightAlready(String engine, String scenario, Family family) {
    Tables observed = IptablesText.parse(family, recorded(engine, scenario, family));
    Ruleset wanted = LAYOUTS.get(engine).rulesFor(state(scenario).state(), family);

    assertThat(Plan.between(observed, Ruleset.empty(family), wanted).changes()).isEmpty();
  }

  private static String recorded(String engine, String scenario, Family family) {
    String file =
        switch (family) {
          case IPV4 -> "iptables.txt";
          case IPV6 -> "ip6tables.txt";
        };
    String path = "/dockerd-" + engine + "/" + scenario + "/" + file;
    try (InputStream recording = DockerForwardRecordedTest.class.getResourceAsStream(path)) {
      return new String(recording.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
