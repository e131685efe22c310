package dev.hairpin.agent.docker;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.FileTrouble;
import dev.hairpin.agent.InputFile;
import dev.hairpin.rules.binding.UserText;
import java.io.IOException;
import java.nio.file.Path;

/** A file with one JSON document. */
final class JsonFile {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private JsonFile() {}

  /**
   * Reads one.
   *
   * @throws ConfigurationException if it can't be read, or holds something else
   */
  static JsonValue read(Path file) throws ConfigurationException {
    String name = UserText.plain(file.toString());
    byte[] content = InputFile.read(file);
    try {
      JsonNode document = JSON.readTree(content);
      if (document == null || document.isMissingNode()) {
        throw new ConfigurationException("read " + name + ": it is empty");
      }
      return JsonValue.of(name, document);
    } catch (JsonProcessingException e) {
      throw new ConfigurationException(
          "read "
              + name
              + ": it is not JSON"
              + place(e)
              + ": "
              + UserText.plain(e.getOriginalMessage()),
          e);
    } catch (IOException e) {
      throw new ConfigurationException(FileTrouble.during("read " + name, e).getMessage(), e);
    }
  }

  private static String place(JsonProcessingException problem) {
    JsonLocation location = problem.getLocation();
    return location == null
        ? ""
        : ", line " + location.getLineNr() + " column " + location.getColumnNr();
  }
}
