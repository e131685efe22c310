package dev.hairpin.agent.reconcile;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.hairpin.agent.FileTrouble;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The {@link AppliedRecord} in a file, which is replaced whole or not at all. */
final class AppliedFile implements AppliedStore {
  private static final Logger log = LoggerFactory.getLogger(AppliedFile.class);

  private final Path file;

  AppliedFile(Path file) {
    this.file = requireNonNull(file, "file");
  }

  @Override
  public Optional<AppliedRecord> load() throws IOException {
    byte[] text;
    try {
      text = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw FileTrouble.during("read " + file, e);
    }
    try {
      return Optional.of(AppliedText.understand(text));
    } catch (JsonProcessingException e) {
      setAside(e.getOriginalMessage());
    } catch (IllegalArgumentException e) {
      setAside(e.getMessage());
    }
    return Optional.empty();
  }

  private void setAside(String why) throws IOException {
    Path aside = file.resolveSibling(file.getFileName() + ".broken");
    Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
    log.error(
        "read {}: {}; it is now {}, and the rules that it listed are left as they are; an agent with"
            + " --replace takes over those in chains named as dockerd's",
        file,
        why,
        aside);
  }

  @Override
  public void save(AppliedRecord applied) throws IOException {
    try {
      replace(applied);
    } catch (IOException e) {
      throw FileTrouble.during("write " + file, e);
    }
  }

  private void replace(AppliedRecord applied) throws IOException {
    Path next = file.resolveSibling(file.getFileName() + ".new");
    try (OutputStream text = Files.newOutputStream(next)) {
      AppliedText.write(text, applied);
    }
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public void clear() throws IOException {
    Files.deleteIfExists(file);
  }
}
