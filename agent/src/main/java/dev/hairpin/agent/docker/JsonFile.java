package dev.hairpin.agent.docker;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.FileTrouble;
import dev.hairpin.agent.InputFile;
import dev.hairpin.rules.binding.UserText;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** A file with one JSON document. */
final class JsonFile {
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
      return JsonText.of(name, content);
    } catch (ImpossibleInputException e) {
      throw new ConfigurationException("read " + e.getMessage(), e);
    } catch (UncheckedIOException e) {
      throw new ConfigurationException(
          FileTrouble.during("read " + name, e.getCause()).getMessage(), e);
    }
  }
}
