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
    out.print(text(object));
  }

  /** An object or an array, with an end of line. */
  static String text(Object value) {
    try {
      return JsonMapper.builder()
              .enable(SerializationFeature.INDENT_OUTPUT)
              .build()
              .writeValueAsString(value)
          + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("write " + value.getClass() + " as JSON", e);
    }
  }
}
