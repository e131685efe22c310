package dev.hairpin.agent.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.FileTrouble;
import dev.hairpin.rules.layouts.LayoutName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The layout that this host had last, kept over restarts of the machine. After one there are no
 * rules by which the layout could be told, and an older one might let more in.
 */
final class LayoutMemory {
  private static final Logger log = LoggerFactory.getLogger(LayoutMemory.class);

  /** In the state directory. */
  static final String FILE = "layout";

  private final Path file;

  LayoutMemory(Path stateDirectory) {
    this.file = requireNonNull(stateDirectory, "stateDirectory").resolve(FILE);
  }

  /** Empty when there is none, or none that can be understood, which is then logged. */
  Optional<LayoutName> read() throws IOException {
    try {
      return Optional.of(LayoutName.parse(Files.readString(file, UTF_8).strip()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      log.warn("read {}: {}; going on without", file, e.getMessage());
      return Optional.empty();
    } catch (IOException e) {
      throw FileTrouble.during("read " + file, e);
    }
  }

  /** Replaces what is remembered, whole or not at all. */
  void write(LayoutName layout) throws IOException {
    if (read().equals(Optional.of(layout))) {
      return;
    }
    try {
      Files.createDirectories(file.getParent());
      Path next = file.resolveSibling(FILE + ".new");
      Files.writeString(next, layout + "\n", UTF_8);
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw FileTrouble.during("write " + file, e);
    }
  }
}
