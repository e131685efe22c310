package dev.hairpin.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.hairpin.agent.doctor.Diagnosis;
import org.junit.jupiter.api.Test;

class DoctorJsonTest {
  @Test
  void aProgramReadsWhatIsReachedAndByWhom() throws JsonProcessingException {
    JsonNode json = json(Diagnosed.well());

    assertThat(json.at("/reached").asBoolean()).isTrue();
    assertThat(json.at("/ways/2"))
        .isEqualTo(
            parsed(
                """
                {"port": "[::]:8080/tcp", "container": "web", "asker": "localhost",
                 "family": "ipv6", "address": "::1", "reach": "by-proxy",
                 "sourceSeen": "172.17.0.1"}
                """));
    assertThat(json.at("/findings")).isEmpty();
  }

  @Test
  void aProgramReadsWhatIsWrong() throws JsonProcessingException {
    JsonNode json = json(Diagnosed.hidden());

    assertThat(json.at("/reached").asBoolean()).isFalse();
    assertThat(json.at("/ways/0/sourceSeen").isMissingNode()).isTrue();
    assertThat(json.at("/findings/0"))
        .isEqualTo(
            parsed(
                """
                {"code": "rule-hides",
                 "chain": "nat PREROUTING",
                 "whose": "unknown",
                 "sentence": "Rule 1 of nat PREROUTING ends nat before the publisher's rule is \
                asked: ! -i p1p1 -p tcp -m multiport --dports 80,7788 -j ACCEPT",
                 "parts": ["! -i p1p1 -p tcp -m multiport --dports 80,7788 -j ACCEPT",
                           "nat PREROUTING", "1"],
                 "evidence": ["-A PREROUTING ! -i p1p1 -p tcp -m multiport --dports 80,7788 \
                -j ACCEPT"],
                 "ports": ["0.0.0.0:7788/tcp"],
                 "askers": ["outside"],
                 "remedies": [
                   {"command": ["iptables", "-t", "nat", "-D", "PREROUTING", "-m", "comment",
                                "--comment", "the partner's ports"],
                    "safe": false},
                   {"byHand": "It is ufw's; \\"ufw status verbose\\" shows what it allows. Its owner writes it again: change it there."}]}
                """));
    assertThat(json.at("/notes/0/code").asText()).isEqualTo("input-not-asked");
    assertThat(json.at("/notes/0/chain").isMissingNode()).isTrue();
  }

  @Test
  void allRulesThatArePutBackAreListed() throws JsonProcessingException {
    JsonNode lines = json(Diagnosed.gone(12)).at("/findings/0/remedies/0/putBack");

    assertThat(lines).hasSize(12);
    assertThat(lines.get(11).asText())
        .isEqualTo(
            "iptables -t nat -A DOCKER -p tcp --dport 8011 -j DNAT --to-destination 172.17.0.2:80");
  }

  @Test
  void controlCharactersAreEscaped() {
    assertThat(JsonOutput.text(DoctorJson.of(Diagnosed.hostile())))
        .doesNotContain("\u001b")
        .doesNotContain("\u0007")
        .contains("web\\u001B[2J\\n1. nothing");
  }

  private static JsonNode json(Diagnosis diagnosis) throws JsonProcessingException {
    return parsed(JsonOutput.text(DoctorJson.of(diagnosis)));
  }

  private static JsonNode parsed(String text) throws JsonProcessingException {
    return JsonMapper.builder().build().readTree(text);
  }
}
