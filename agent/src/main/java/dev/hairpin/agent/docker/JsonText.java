package dev.hairpin.agent.docker;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.hairpin.rules.binding.UserText;
import java.io.IOException;
import java.io.UncheckedIOException;

/** One JSON document, as text. Pure. */
final class JsonText {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private JsonText() {}

  /**
   * Reads it.
   *
   * @param name what messages call it
   * @throws ImpossibleInputException if it is empty, or something else
   */
  static JsonValue of(String name, byte[] content) {
    try {
      JsonNode document = JSON.readTree(content);
      if (document == null || document.isMissingNode()) {
        throw new ImpossibleInputException(name + ": it is empty");
      }
      return JsonValue.of(name, document);
    } catch (JsonProcessingException e) {
      throw new ImpossibleInputException(
          name + ": it is not JSON" + place(e) + ": " + UserText.plain(e.getOriginalMessage()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String place(JsonProcessingException problem) {
    JsonLocation location = problem.getLocation();
    return location == null
        ? ""
        : ", line " + location.getLineNr() + " column " + location.getColumnNr();
  }
}
