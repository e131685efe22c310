package dev.hairpin.agent.lab;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The lab's files, all in one directory of its own: it exists as long as the lab does.
 *
 * @param directory {@code /run/hairpin-lab}, which is gone after a restart of the machine, as
 *     namespaces are
 */
record LabFiles(Path directory) {
  /** Where the lab of this machine keeps its files. There is one, as its namespaces' names are. */
  static final LabFiles OF_THIS_MACHINE = new LabFiles(Path.of("/run/hairpin-lab"));

  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** The agent's run directory. */
  Path agentRun() {
    return directory.resolve("agent");
  }

  /** Where the agent listens for commands. */
  Path agentSocket() {
    return agentRun().resolve("control.sock");
  }

  /** The agent's state directory. */
  Path agentState() {
    return directory.resolve("state");
  }

  /** What a process of the lab prints. */
  Path log(String role) {
    return directory.resolve(role.replace(' ', '-') + ".log");
  }

  boolean exist() {
    return Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS);
  }

  void make() throws IOException {
    Files.createDirectories(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  /**
   * What was made; empty when nothing was. A record that can't be read is one of a lab that was
   * begun: its namespaces and processes carry marks of their own.
   */
  Optional<LabRecord> read() throws IOException {
    try {
      return Optional.of(JSON.readValue(Files.readString(record()), LabRecord.class));
    } catch (NoSuchFileException none) {
      return Optional.empty();
    } catch (JsonProcessingException broken) {
      return Optional.of(LabRecord.begun(false));
    }
  }

  /** Writes the record in one piece: after a crash there is the old one or the new one. */
  void write(LabRecord record) throws IOException {
    Path fresh = directory.resolve("lab.json.new");
    Files.writeString(fresh, JSON.writeValueAsString(record));
    try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    Files.move(
        fresh, record(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /**
   * Removes all of it. The record goes last, so that a removal that was cut short goes on later.
   */
  void remove() throws IOException {
    if (!exist()) {
      return;
    }
    List<Path> deepestFirst;
    try (Stream<Path> all = Files.walk(directory)) {
      deepestFirst =
          all.filter(path -> !path.equals(directory) && !path.equals(record()))
              .sorted(Comparator.reverseOrder())
              .toList();
    }
    for (Path path : deepestFirst) {
      Files.deleteIfExists(path);
    }
    Files.deleteIfExists(record());
    Files.deleteIfExists(directory);
  }

  Path record() {
    return directory.resolve("lab.json");
  }
}
