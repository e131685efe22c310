package dev.hairpin.agent;

import dev.hairpin.rules.binding.UserText;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file that a person names, to be read whole. It may be a pipe, which has no size. */
public final class InputFile {
  /** Far more than an engine with thousands of containers prints, far less than our memory. */
  private static final int LARGEST = 64 << 20;

  private InputFile() {}

  /**
   * Reads one.
   *
   * @throws ConfigurationException if it can't be read, or is too large
   */
  public static byte[] read(Path file) throws ConfigurationException {
    String doing = "read " + UserText.plain(file.toString());
    if (Files.isDirectory(file)) {
      throw new ConfigurationException(doing + ": it is a directory");
    }
    byte[] content;
    try (InputStream bytes = Files.newInputStream(file)) {
      content = bytes.readNBytes(LARGEST + 1);
    } catch (IOException e) {
      throw new ConfigurationException(FileTrouble.during(doing, e).getMessage(), e);
    }
    if (content.length > LARGEST) {
      throw new ConfigurationException(doing + ": it is larger than " + (LARGEST >> 20) + " MiB");
    }
    return content;
  }
}
