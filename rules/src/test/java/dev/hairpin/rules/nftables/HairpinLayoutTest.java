package dev.hairpin.rules.nftables;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.Endpoint;
import dev.hairpin.rules.binding.FirewallOptions;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.PortRequest;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.PortSet;
import dev.hairpin.rules.netfilter.Ruleset;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.plan.NftChange;
import dev.hairpin.rules.plan.Plan;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HairpinLayoutTest {
  private static final BridgeNetwork DOCKER0 =
      BridgeNetwork.of(
          "bridge", "docker0", IpPrefix.parse("172.17.0.0/16"), IpPrefix.parse("fd00:17::/64"));
  private static final BridgeNetwork INTERNAL =
      BridgeNetwork.of(
          "in",
          "br-in",
          List.of(IpPrefix.parse("172.18.0.0/16")),
          true,
          true,
          /* internal= */ true);
  private static final Endpoint WEB =
      new Endpoint(
          new Publisher.Container("1", "web"),
          Optional.of(IpAddress.parse("172.17.0.2")),
          Optional.of(IpAddress.parse("fd00:17::2")));

  /** As {@code nft list table} prints it, but for counters. */
  @ParameterizedTest
  @CsvSource({"IPV4, ipv4", "IPV6, ipv6"})
  void theWholeTableIsAsExpected(Family family, String file) throws IOException {
    NftTable table =
        table(family, "8080:80", "20000-20999:20000-20999", "127.0.0.1:53:5353/udp", "9:9/sctp");

    assertThat(NftText.print(table)).isEqualTo(text("/hairpin/" + file + ".txt"));
  }

  @ParameterizedTest
  @CsvSource({
    "8080:80, ports, tcp . 8080 : 172.17.0.2 . 80",
    "80:80, ports, tcp . 80 : 172.17.0.2 . 80",
    "192.0.2.1:8080:80, address-ports, tcp . 192.0.2.1 . 8080 : 172.17.0.2 . 80",
    "1-65535:1-65535/udp, port-ranges, udp . 1-65535 : 172.17.0.2",
    "192.0.2.1:80-81:80-81, address-port-ranges, tcp . 192.0.2.1 . 80-81 : 172.17.0.2"
  })
  void aPublicationIsOneElement(String spec, String map, String element) {
    assertThat(elements(table(Family.IPV4, spec), map)).containsExactly(element);
  }

  @Test
  void aRangeThatIsShiftedIsAnElementForEachPort() {
    NftTable table = table(Family.IPV4, "8000-8002:9000-9002");

    assertThat(elements(table, "ports"))
        .containsExactly(
            "tcp . 8000 : 172.17.0.2 . 9000",
            "tcp . 8001 : 172.17.0.2 . 9001",
            "tcp . 8002 : 172.17.0.2 . 9002");
    assertThat(elements(table, "open-port-ranges")).containsExactly("tcp . 172.17.0.2 . 9000-9002");
  }

  @Test
  void portsPublishedOneByOneAreARangeWhereTheyFollowEachOther() {
    NftTable table = table(Family.IPV4, "8082:8082", "8080:8080", "8081:8081", "8084:8084");

    assertThat(elements(table, "port-ranges")).containsExactly("tcp . 8080-8082 : 172.17.0.2");
    assertThat(elements(table, "ports")).containsExactly("tcp . 8084 : 172.17.0.2 . 8084");
  }

  @Test
  void portsOfTwoContainersAreNeverOneRange() {
    Endpoint other =
        new Endpoint(
            new Publisher.Container("2", "other"),
            Optional.of(IpAddress.parse("172.17.0.3")),
            Optional.empty());
    List<PortBinding> bindings =
        Stream.concat(
                WEB.bindings(PortRequest.parse("8080:8080")).stream(),
                other.bindings(PortRequest.parse("8081:8081")).stream())
            .toList();

    assertThat(elements(table(Family.IPV4, bindings), "ports"))
        .containsExactly("tcp . 8080 : 172.17.0.2 . 8080", "tcp . 8081 : 172.17.0.3 . 8081");
  }

  @Test
  void eachElementSaysWhyItIsThere() {
    NftTable table = table(Family.IPV4, "20000-20999:20000-20999");

    assertThat(table.portSet("port-ranges").orElseThrow().elements().getFirst().reason().text())
        .isEqualTo(
            "without it, packets to 0.0.0.0:20000-20999/tcp go through the proxy, and container web"
                + " does not see who sent them");
  }

  /** What is published is nothing that any chain knows. */
  @ParameterizedTest
  @CsvSource({"IPV4", "IPV6"})
  void onePortMoreChangesElementsOnly(Family family) {
    Ruleset before = Ruleset.of(table(family, "8080:80", "20000-20999:20000-20999"));
    Ruleset after = Ruleset.of(table(family, "8080:80", "20000-20999:20000-20999", "8090:90"));
    Tables observed = new Tables(family, List.of(), before.nftTables());

    Plan plan = Plan.between(observed, before, after);

    assertThat(plan.changes())
        .hasSize(2)
        .allSatisfy(change -> assertThat(change).isInstanceOf(NftChange.AddPorts.class));
    assertThat(plan.appliedTo(observed).nftTables()).isEqualTo(after.nftTables());
  }

  @Test
  void aRangeThatGrowsIsReplacedInOneStep() {
    Ruleset before = Ruleset.of(table(Family.IPV4, "80-81:80-81"));
    Ruleset after = Ruleset.of(table(Family.IPV4, "80-82:80-82"));
    Tables observed = new Tables(Family.IPV4, List.of(), before.nftTables());

    Plan plan = Plan.between(observed, before, after);

    assertThat(plan.changes())
        .extracting(change -> change.getClass().getSimpleName())
        .containsExactly("DeletePorts", "AddPorts", "DeletePorts", "AddPorts");
    assertThat(plan.appliedTo(observed).nftTables()).isEqualTo(after.nftTables());
  }

  private static NftTable table(Family family, String... specs) {
    return table(
        family,
        Stream.of(specs).flatMap(spec -> WEB.bindings(PortRequest.parse(spec)).stream()).toList());
  }

  private static NftTable table(Family family, List<PortBinding> bindings) {
    DesiredState state =
        DesiredState.of(
            List.of(DOCKER0, INTERNAL),
            bindings,
            FirewallOptions.of(ProxyMode.USERLAND, Set.of(Family.values()), Set.of()));
    return new HairpinLayout().rulesFor(state, family).nftTables().getFirst();
  }

  private static List<String> elements(NftTable table, String set) {
    PortSet found = table.portSet(set).orElseThrow();
    return found.elements().stream().map(NftText::element).toList();
  }

  private static String text(String resource) throws IOException {
    try (InputStream stream = HairpinLayoutTest.class.getResourceAsStream(resource)) {
      return new String(stream.readAllBytes(), UTF_8);
    }
  }
}
