package dev.hairpin.rules.nftables;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.InterfaceMap;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Rule;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What nft 1.0.6 and 1.1.3 said of rules of dockerd, and of others. */
class NftJsonTest {
  @ParameterizedTest
  @CsvSource({
    "1.0.6, v6-net-noproxy",
    "1.0.6, trusted-interfaces",
    "1.1.3, v6-net-noproxy",
    "1.1.3, trusted-interfaces"
  })
  void whatDockerdWroteIsReadAsItWasPrinted(String version, String scenario) throws IOException {
    String json = text("/nft-json/" + version + "/" + scenario + ".json");

    List<NftTable> tables =
        Stream.of(Family.values()).flatMap(family -> NftJson.read(json, family).stream()).toList();

    assertThat(NftText.print(tables))
        .isEqualTo(text("/dockerd-29.7.2-nft/" + scenario + "/nft.txt"));
    assertThat(tables).allSatisfy(table -> assertThat(table.others()).isEmpty());
  }

  @ParameterizedTest
  @CsvSource({
    "1.0.6, hairpin, %s",
    "1.0.6, beside, beside-%s-noproxy",
    "1.1.3, hairpin, %s",
    "1.1.3, beside, beside-%s-noproxy"
  })
  void whatWeWriteOurselvesIsReadAsItWasWritten(String version, String read, String written)
      throws IOException {
    String json = text("/nft-json/" + version + "/" + read + ".json");

    for (Family family : Family.values()) {
      List<NftTable> tables = NftJson.read(json, family);

      assertThat(NftText.print(tables))
          .isEqualTo(
              text(
                  "/hairpin/"
                      + String.format(written, family.name().toLowerCase(Locale.ROOT))
                      + ".txt"));
      assertThat(tables).allSatisfy(table -> assertThat(table.others()).isEmpty());
    }
  }

  /** As nft prints them where there is no /etc/protocols. */
  @ParameterizedTest
  @ValueSource(strings = {"1.0.6", "1.1.3"})
  void protocolsMayBeNumbers(String version) throws IOException {
    String json = text("/nft-json/" + version + "/hairpin.json");
    String numbers =
        json.replace("\"tcp\"", "6").replace("\"udp\"", "17").replace("\"sctp\"", "132");

    for (Family family : Family.values()) {
      assertThat(NftJson.read(numbers, family)).isEqualTo(NftJson.read(json, family));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.0.6", "1.1.3"})
  void whatWeHaveWordsForIsPrintedInThem(String version) throws IOException {
    assertThat(lines(others(version, Family.IPV4), "plain"))
        .containsExactly(
            "iifname \"eth*\" counter accept",
            "match {\"op\":\"==\",\"left\":{\"meta\":{\"key\":\"iifname\"}},"
                + "\"right\":\"eth+\"} counter accept",
            "iifname \"lo\" counter accept",
            "oifname != \"eth0\" counter drop",
            "ct state established,new counter accept",
            "ct state != invalid counter accept",
            "ct status dnat counter accept",
            "meta mark 0x00000001 counter accept",
            "meta mark & 0x0000000f == 0x00000002 counter accept",
            "meta mark & 0x80000000 != 0x80000000 counter drop",
            "ip protocol icmp counter accept",
            "meta l4proto tcp counter accept",
            "ip saddr 10.0.0.0/8 tcp sport 80 counter accept",
            "ip daddr != 192.0.2.2 udp dport 5000-5010 counter return",
            "fib daddr type local counter jump looking-up",
            "counter dnat to 192.0.2.2",
            "counter snat to 192.0.2.1",
            "counter",
            "ip saddr 192.0.2.2 counter comment \"seen\"");
  }

  /** As nft 1.0.6 and 1.1.3 write {@code tcp dport { 22, 8000-8009 } accept}. */
  @Test
  void oneOfSeveralPortsIsACondition() {
    String ports = "{\"set\": [22, {\"range\": [8000, 8009]}]}";

    assertThat(onlyRule(matching("tcp", "dport", ports)))
        .isEqualTo("tcp dport { 22, 8000-8009 } counter accept");
    assertThat(onlyRule(matching("udp", "sport", ports)))
        .isEqualTo("udp sport { 22, 8000-8009 } counter accept");
    assertThat(onlyRule(matching("tcp", "dport", "{\"set\": [22, \"@more\"]}")))
        .as("with something that is no port")
        .startsWith("match {");
  }

  private static String matching(String protocol, String field, String right) {
    return """
    {"nftables": [
      {"table": {"family": "ip", "name": "t"}},
      {"chain": {"family": "ip", "table": "t", "name": "c"}},
      {"rule": {"family": "ip", "table": "t", "chain": "c", "expr": [
        {"match": {"op": "==",
          "left": {"payload": {"protocol": "%s", "field": "%s"}}, "right": %s}},
        {"accept": null}]}}]}
    """
        .formatted(protocol, field, right);
  }

  private static String onlyRule(String json) {
    NftTable table = NftJson.read(json, Family.IPV4).getFirst();
    return NftText.line(table.chain("c").orElseThrow().rules().getFirst());
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.0.6", "1.1.3"})
  void onlyAMapThatNamesChainsIsLookedUp(String version) throws IOException {
    NftTable table = others(version, Family.IPV4);

    assertThat(table.maps()).extracting(InterfaceMap::name).containsExactly("to-chains");
    assertThat(rules(table, "looking-up").stream().map(Rule::action))
        .first()
        .isEqualTo(new Action.JumpByInterface(Action.JumpByInterface.Direction.INPUT, "to-chains"));
    assertThat(rules(table, "looking-up").stream().skip(1).map(Rule::action))
        .hasSize(3)
        .allSatisfy(action -> assertThat(action).isInstanceOf(Action.Verbatim.class));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.0.6", "1.1.3"})
  void whatWeHaveNoWordsForStaysInThoseOfNft(String version) throws IOException {
    NftTable table = others(version, Family.IPV4);

    assertThat(rules(table, "verbatim")).filteredOn(NftJsonTest::isNotUnderstood).hasSize(16);
    assertThat(rules(table, "verbatim").get(2))
        .isEqualTo(
            Rule.of(
                List.of(
                    new Match.Verbatim(
                        "match {\"op\":\"==\",\"left\":{\"payload\":{\"protocol\":\"ip\","
                            + "\"field\":\"saddr\"}},\"right\":\"@allowed\"}")),
                Action.accept()));
    assertThat(rules(table, "verbatim").getLast().action())
        .isEqualTo(new Action.Verbatim("reject {\"type\":\"icmp\",\"expr\":\"port-unreachable\"}"));
    assertThat(table.others())
        .hasSize(4)
        .anyMatch(other -> other.startsWith("set ") && other.contains("\"allowed\""))
        .anyMatch(other -> other.startsWith("counter ") && other.contains("\"named\""))
        .anyMatch(other -> other.startsWith("map ") && other.contains("\"to-verdicts\""))
        .anyMatch(other -> other.startsWith("map ") && other.contains("\"by-pattern\""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.0.6", "1.1.3"})
  void aTableOfBothFamiliesIsSeenByBoth(String version) throws IOException {
    for (Family family : Family.values()) {
      NftTable both = table(version, family, "both");

      assertThat(both.familyKeyword()).isEqualTo("inet");
      assertThat(both.family()).isEqualTo(family);
      assertThat(lines(both, "out"))
          .containsExactly(
              "tcp dport 80 counter dnat to 192.0.2.2:81",
              "tcp dport 80 counter dnat to [2001:db8::2]:81");
      assertThat(both.chain("ingress")).isEmpty();
      assertThat(both.others()).hasSize(2).allMatch(other -> other.contains("\"ingress\""));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.0.6", "1.1.3"})
  void aTableThatSleepsSaysSo(String version) throws IOException {
    NftTable asleep = table(version, Family.IPV6, "asleep");

    assertThat(asleep.others()).singleElement().asString().startsWith("flags ");
    assertThat(rules(asleep, "in").getFirst().matches()).containsExactly(Match.icmp(Family.IPV6));
  }

  /** As nft 1.1.3 prints them: one is a text. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "persist"             | PERSIST         | 0
          ["owner", "persist"]  | OWNER, PERSIST  | 0
          ["dormant", "owner"]  | OWNER           | 1
          """)
  void whoseATableIsIsKnownFromItsFlags(String flags, String known, int others) {
    String json =
        "{\"nftables\": [{\"table\": {\"family\": \"ip\", \"name\": \"ours\", \"handle\": 1,"
            + " \"flags\": "
            + flags
            + "}}]}";

    NftTable table = NftJson.read(json, Family.IPV4).getFirst();

    assertThat(table.flags().stream().sorted().map(Enum::name).collect(joining(", ")))
        .isEqualTo(known);
    assertThat(table.others()).hasSize(others);
  }

  @Test
  void tablesThatNoIpPacketIsRoutedThroughAreLeftOut() throws IOException {
    String json = text("/nft-json/1.1.3/others.json");

    assertThat(NftJson.read(json, Family.IPV4))
        .extracting(NftTable::name)
        .containsExactly("others", "both");
  }

  @Test
  void aHiddenTableIsLeftOutUnlessBothFamiliesMeetIt() throws IOException {
    String json = text("/nft-json/1.1.3/others.json");

    assertThat(NftJson.read(NftJson.objects(json), Family.IPV4, Set.of("others", "both")))
        .extracting(NftTable::name)
        .containsExactly("both");
  }

  @Test
  void textThatNftDidNotPrintIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NftJson.read("table ip x {}", Family.IPV4))
        .withMessageStartingWith("not JSON: ");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NftJson.read("[]", Family.IPV4))
        .withMessage("not what nft -j prints: \"nftables\" is missing");
  }

  private static boolean isNotUnderstood(Rule rule) {
    return rule.matches().stream().anyMatch(Match.Verbatim.class::isInstance)
        || (rule.action() instanceof Action.Verbatim(String text) && !text.isEmpty());
  }

  private static NftTable others(String version, Family family) throws IOException {
    return table(version, family, "others");
  }

  private static NftTable table(String version, Family family, String name) throws IOException {
    return NftJson.read(text("/nft-json/" + version + "/others.json"), family).stream()
        .filter(table -> table.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static List<String> lines(NftTable table, String chain) {
    return rules(table, chain).stream().map(NftText::line).toList();
  }

  private static List<Rule> rules(NftTable table, String chain) {
    return table.chain(chain).map(NftChain::rules).orElseThrow();
  }

  private static String text(String resource) throws IOException {
    try (InputStream stream = NftJsonTest.class.getResourceAsStream(resource)) {
      return new String(stream.readAllBytes(), UTF_8);
    }
  }
}
