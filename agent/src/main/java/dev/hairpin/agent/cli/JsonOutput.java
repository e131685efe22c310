package dev.hairpin.agent.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.PrintWriter;
import java.util.Map;

/** What {@code --json} prints: one object, indented. */
final class JsonOutput {
  private JsonOutput() {}

  static void print(PrintWriter out, Map<String, ?> object) {
    try {
      out.println(
          JsonMapper.builder()
              .enable(SerializationFeature.INDENT_OUTPUT)
              .build()
              .writeValueAsString(object));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("write " + object.keySet() + " as JSON", e);
    }
  }
}
