package dev.hairpin.it.doctor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hairpin.agent.doctor.Asker;
import dev.hairpin.agent.doctor.Code;
import dev.hairpin.agent.walk.Whose;
import dev.hairpin.it.world.Command;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** What {@code hairpin doctor --json} said. */
record Examination(Command.Finished finished, JsonNode json) {
  static Examination of(Command.Finished finished) {
    try {
      return new Examination(finished, new ObjectMapper().readTree(finished.out()));
    } catch (JsonProcessingException e) {
      throw new AssertionError(finished + ": " + e.getMessage(), e);
    }
  }

  /** Its exit status. */
  int exit() {
    return finished.exit();
  }

  List<Reported> findings() {
    return all("findings").map(Reported::new).toList();
  }

  List<Reported> notes() {
    return all("notes").map(Reported::new).toList();
  }

  /** What it found, each as often as it did. */
  List<Code> codes() {
    return findings().stream().map(Reported::code).toList();
  }

  List<CheckedWay> ways() {
    return all("ways").map(CheckedWay::new).toList();
  }

  /** How many ways go how. */
  Map<String, Long> tally() {
    return ways().stream()
        .collect(Collectors.groupingBy(CheckedWay::reach, TreeMap::new, Collectors.counting()));
  }

  private Stream<JsonNode> all(String name) {
    return elements(json.path(name));
  }

  private static Stream<JsonNode> elements(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false);
  }

  /** For whoever reads a failed test: all but the ways. */
  @Override
  public String toString() {
    return "exit "
        + exit()
        + "\n"
        + json.path("findings").toPrettyString()
        + "\nnotes "
        + json.path("notes").toPrettyString()
        + "\n"
        + finished.err();
  }

  /** A finding or a note. */
  record Reported(JsonNode json) {
    Code code() {
      String keyword = json.path("code").asText();
      return Code.of(keyword)
          .orElseThrow(() -> new AssertionError("no such code: " + keyword + " in " + json));
    }

    boolean isOf(Whose whose) {
      return json.path("whose")
          .asText()
          .equals(whose.name().toLowerCase(Locale.ROOT).replace('_', '-'));
    }

    /** All that it shows: the chain, the words of its sentence, the lines of the tools. */
    String shown() {
      return Stream.of(
              Stream.of(json.path("chain").asText()),
              elements(json.path("parts")).map(JsonNode::asText),
              elements(json.path("evidence")).map(JsonNode::asText))
          .flatMap(lines -> lines)
          .collect(Collectors.joining("\n"));
    }

    /** Who is concerned. */
    List<String> askers() {
      return elements(json.path("askers")).map(JsonNode::asText).toList();
    }

    /** The commands that it proposes, in its order. */
    List<List<String>> commands() {
      return elements(json.path("remedies"))
          .filter(remedy -> remedy.has("command"))
          .map(remedy -> elements(remedy.path("command")).map(JsonNode::asText).toList())
          .toList();
    }

    /** Whether {@code --fix} makes what it proposes first. */
    boolean isFixable() {
      JsonNode first = json.path("remedies").path(0);
      return first.has("putBack") || first.path("safe").asBoolean();
    }
  }

  /** A way to a published port, and how it goes. */
  record CheckedWay(JsonNode json) {
    String container() {
      return json.path("container").asText();
    }

    Asker asker() {
      return Asker.valueOf(json.path("asker").asText().toUpperCase(Locale.ROOT));
    }

    String address() {
      return json.path("address").asText();
    }

    /** {@code 0.0.0.0:8080/tcp}. */
    String port() {
      return json.path("port").asText();
    }

    /** {@code reached}, {@code by-proxy}, {@code lost}, {@code not-meant} or {@code unknown}. */
    String reach() {
      return json.path("reach").asText();
    }

    /** Whom the container takes for the client; empty where it is not reached. */
    String sourceSeen() {
      return json.path("sourceSeen").asText();
    }

    boolean isReached() {
      return reach().equals("reached") || reach().equals("by-proxy");
    }

    /** Whether a packet got such an answer on it. */
    boolean agreesWith(String answer) {
      return reach().equals("unknown")
          || isAnsweredFromElsewhere()
          || (isReached()
              ? Question.isAnswered(answer) && answer.endsWith(" sees " + clientOr(answer))
              : !Question.isAnswered(answer));
    }

    /**
     * docker-proxy answers a datagram from the address that is nearest to the asker, which for a
     * container is that of its bridge, and not the one that was asked. Who insists hears nothing.
     */
    private boolean isAnsweredFromElsewhere() {
      return reach().equals("by-proxy")
          && port().endsWith("/udp")
          && (asker() == Asker.ITSELF || asker() == Asker.NEIGHBOUR);
    }

    /** Which neighbour it is does not matter: the doctor thinks of any. */
    private String clientOr(String answer) {
      return asker() == Asker.NEIGHBOUR ? answer.replaceFirst(".* sees ", "") : sourceSeen();
    }

    @Override
    public String toString() {
      return asker() + " at " + address() + " to " + port() + " of " + container();
    }
  }
}
