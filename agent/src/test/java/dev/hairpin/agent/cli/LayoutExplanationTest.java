package dev.hairpin.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.DesiredState;
import dev.hairpin.rules.binding.Endpoint;
import dev.hairpin.rules.binding.FirewallOptions;
import dev.hairpin.rules.binding.PortRequest;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.layouts.LayoutName;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Namespace ns1 is 2001:db8:1::2 on docker1. */
class LayoutExplanationTest {
  private static final Publisher NS1 = new Publisher.Namespace("ns1");

  @TempDir private Path directory;

  @ParameterizedTest
  @EnumSource
  void withoutAnyAgentAnExampleIsExplained(LayoutName layout) {
    String text = run("--layout", layout.keyword());

    assertThat(text)
        .startsWith("# Layout " + layout + ": the rules of " + layout.engines())
        .contains("This is an example: ")
        .contains("0.0.0.0:8080/tcp -> 172.17.0.2:80 for container web, -p 8080:80")
        .containsPattern("dport 8080 |tcp \\. 8080 ")
        .contains("    without it, packets to 0.0.0.0:8080/tcp");
    assertThat(text.lines().filter(line -> line.startsWith("## "))).hasSizeGreaterThan(8);
    assertThat(text.lines().filter(line -> line.startsWith("    ")))
        .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(100));
  }

  @ParameterizedTest
  @EnumSource
  void programsGetTheSame(LayoutName layout) throws IOException {
    JsonNode json = JsonMapper.builder().build().readTree(run("--json", "--layout=" + layout));

    assertThat(json.path("layout").asText()).isEqualTo(layout.keyword());
    assertThat(json.path("example").asBoolean()).isTrue();
    assertThat(json.path("chains")).hasSizeGreaterThan(8);
    for (JsonNode chain : json.path("chains")) {
      assertThat(chain.path("description").asText()).isNotBlank();
      for (JsonNode rule : chain.path("rules")) {
        assertThat(rule.path("rule").asText()).isNotBlank();
        assertThat(rule.path("reason").asText()).isNotBlank();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsPublishedIsExplainedAsEveryLayoutWouldHaveIt(LayoutName layout) {
    LayoutExplanation explanation = LayoutExplanation.of(layout, Optional.of(published()));

    StringWriter out = new StringWriter();
    new ExplanationText(new PrintWriter(out)).print(explanation, "");

    assertThat(out.toString())
        .contains("what is published here now")
        .contains("network docker1 on docker1, 2001:db8:1::/64")
        .contains("(namespace ns1, -p 3000:3000)")
        .doesNotContain("example");
  }

  /** A layout's engines make DOCKER-USER in both families from 28 on. */
  @Test
  void theUsersChainIsThatOfTheLayoutsEngines() {
    assertThat(chapters(LayoutName.DOCKER20)).doesNotContain("DOCKER-USER");
    assertThat(chapters(LayoutName.DOCKER29)).contains("DOCKER-USER");
  }

  private static List<String> chapters(LayoutName layout) {
    return LayoutExplanation.of(layout, Optional.of(published())).documents().stream()
        .flatMap(document -> document.chapters().stream())
        .map(chapter -> chapter.name())
        .toList();
  }

  private static DesiredState published() {
    return DesiredState.of(
        List.of(BridgeNetwork.of("docker1", "docker1", IpPrefix.parse("2001:db8:1::/64"))),
        new Endpoint(NS1, Optional.empty(), Optional.of(IpAddress.parse("2001:db8:1::2")))
            .bindings(PortRequest.parse("3000:3000")),
        FirewallOptions.of(ProxyMode.USERLAND, Set.of(Family.IPV6), Set.of())
            .withUserChains(Set.of(Family.IPV4)));
  }

  private String run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] all = new String[arguments.length + 4];
    System.arraycopy(
        new String[] {"rules", "--explain", "--run-dir", directory.resolve("none").toString()},
        0,
        all,
        0,
        4);
    System.arraycopy(arguments, 0, all, 4, arguments.length);
    int exit =
        Hairpin.commandLine()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(all);
    assertThat(exit).as(err.toString()).isZero();
    assertThat(err.toString()).isEmpty();
    return out.toString();
  }
}
