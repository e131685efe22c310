package dev.hairpin.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Command;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.PrivateRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is taken away from the lab, and what comes of it: on real packets, as the sentences about it
 * say, and as predicted. Changes that concern different questions are tried at once, for time's
 * sake.
 */
@NeedsRealNetwork
class LabWhatIfIT {
  private static PrivateRun room;
  private static String before;

  @BeforeAll
  static void makeLab() {
    room = PrivateRun.create();
    lab().run();
    before = state();
  }

  @AfterAll
  static void takeAway() {
    lab("down").attempt();
    room.close();
  }

  @Test
  void theProxyForwardsNothingAndForwardingNeedsNoProxy() throws IOException {
    assertThat(differences("--without", "proxy", "--without", "ip_forward"))
        .isEqualTo(
            Map.of(
                "a", "192.0.2.2 → none",
                "c", "172.18.0.1 → refused",
                "d", "172.18.0.1 → refused",
                "e", "172.18.0.1 → refused",
                "f", "192.0.2.1 → none"));
  }

  @Test
  void withoutTheProxyLocalhostAndHairpinHangOnASettingAndARule() throws IOException {
    assertThat(differences("--without", "route_localnet", "--without", "hairpin"))
        .isEqualTo(Map.of("c", "172.18.0.1 → none", "e", "172.18.0.1 → none"));
  }

  @Test
  void withoutTheJumpsTheProxyCarriesAndTheClientIsNotSeen() throws IOException {
    assertThat(
            differences(
                "--without",
                "output-jump",
                "--without",
                "prerouting-jump",
                "--with",
                "rp_filter",
                "--without",
                "masquerade"))
        .isEqualTo(
            Map.of(
                "a", "192.0.2.2 → 172.18.0.1",
                "b", "192.0.2.1 → 172.18.0.1",
                "f", "192.0.2.1 → none"));
  }

  /** The rule with number 6 is the DNAT of the port; from outside it is the proxy's then. */
  @Test
  void whatIsNotTranslatedIsNotForwardedEither() throws IOException {
    assertThat(differences("--without", "6", "--with", "forward-drop"))
        .isEqualTo(
            Map.of(
                "a", "192.0.2.2 → 172.18.0.1",
                "b", "192.0.2.1 → 172.18.0.1",
                "f", "192.0.2.1 → none"));
  }

  /** The well-known surprise: from outside nothing is denied. */
  @Test
  void ufwStopsOnlyWhatEndsAtASocketOfTheHost() throws IOException {
    assertThat(differences("--with", "ufw")).isEqualTo(Map.of("e", "172.18.0.1 → none"));
  }

  @Test
  void whoIsInterruptedLeavesTheLabAsItWas(@TempDir Path directory) throws Exception {
    Process process =
        lab("what-if", "--without", "masquerade").startLoggingTo(directory.resolve("log"));
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> !rules().contains("! -o docker1") || !process.isAlive());
    process.destroy();

    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(state()).isEqualTo(before);
    assertThat(Files.readString(directory.resolve("log"))).doesNotContain("What if:");
    assertThat(lab().attempt().successfully().err()).contains("the lab is up already");
  }

  private static String rules() {
    return room.command("ip", "netns", "exec", "host", "iptables-save", "-t", "nat").run();
  }

  /** The counts of docker20 are those that a person finds in its rules. */
  @Test
  void layoutsAreComparedAndGoAgain() throws IOException {
    JsonNode compared = json(lab("compare", "--json", "docker20", "hairpin"));

    assertThat(compared.path("asPredicted").asBoolean()).isTrue();
    assertThat(rows(compared))
        .contains(
            "docker20 a 13 in 7, 10 in 4, kernel, 192.0.2.2",
            "docker20 b 5 in 3, 0 in 0, kernel, 192.0.2.1",
            "docker20 c 6 in 4, 0 in 0, proxy, 172.18.0.1")
        .anyMatch(row -> row.matches("hairpin a .*, kernel, 192.0.2.2"))
        .anyMatch(row -> row.matches("hairpin c .*, proxy, 172.18.0.1"));
    assertThat(state()).isEqualTo(before);
  }

  private static List<String> rows(JsonNode compared) {
    return Stream.iterate(0, i -> i < compared.path("connections").size(), i -> i + 1)
        .map(i -> compared.path("connections").get(i))
        .map(row ->
            "%s %s %s, %s, %s, %s"
                .formatted(
                    row.path("layout").asText(),
                    row.path("id").asText(),
                    asked(row.path("firstPacket")),
                    asked(row.path("firstAnswer")),
                    row.path("carrier").asText(),
                    row.path("source").asText()))
        .toList();
  }

  private static String asked(JsonNode packet) {
    return packet.path("rules") + " in " + packet.path("chains");
  }

  /** What differs, by the letters of the questions; after it, the lab is as before. */
  private static Map<String, String> differences(String... changes) throws IOException {
    JsonNode result = json(lab("what-if", "--json").and(changes));

    assertThat(result.path("asPredicted").asBoolean()).as("as predicted").isTrue();
    assertThat(state()).isEqualTo(before);
    Map<String, String> differences = new TreeMap<>();
    for (JsonNode request : result.path("requests")) {
      if (!request.path("difference").asText().equals("none")) {
        differences.put(
            request.path("id").asText(),
            reply(request.path("before")) + " → " + reply(request.path("after")));
      }
    }
    return differences;
  }

  private static String reply(JsonNode sight) {
    String answer = sight.path("answer").asText();
    return answer.equals("answered") ? sight.path("source").asText() : answer;
  }

  private static JsonNode json(Command command) throws IOException {
    return new ObjectMapper().readTree(command.run());
  }

  /** All that can be changed in the lab's host. */
  private static String state() {
    return Stream.of(
            "iptables-save",
            "ip6tables-save",
            "nft list tables",
            "sysctl net.ipv4.ip_forward net.ipv4.conf.docker1.route_localnet"
                + " net.ipv4.conf.all.rp_filter net.ipv6.conf.all.forwarding",
            "bridge -d link show",
            "ss -Hlnt")
        .map(command -> room.command("ip", "netns", "exec", "host").and(command.split(" ", -1)))
        .map(Command::run)
        .flatMap(String::lines)
        .filter(line -> !line.startsWith("#"))
        .map(line -> line.replaceAll(" \\[\\d+:\\d+]", ""))
        .collect(Collectors.joining("\n"));
  }

  private static Command lab(String... arguments) {
    return room.command(AgentProcess.LAUNCHER.toString(), "lab")
        .and(arguments)
        .within(Duration.ofSeconds(90));
  }
}
