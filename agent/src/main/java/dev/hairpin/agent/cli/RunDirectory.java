package dev.hairpin.agent.cli;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.FileTrouble;
import dev.hairpin.agent.posix.Posix;
import dev.hairpin.agent.standin.StandIns;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The directory of a running agent, which only its owner may enter. */
final class RunDirectory {
  private static final Logger log = LoggerFactory.getLogger(RunDirectory.class);

  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rwx------");

  /** What the names of an agent's files begin with; its state may be in the same place. */
  private static final List<String> OURS =
      List.of(
          AgentDirectories.CONTROL_SOCKET,
          "applied.json",
          "docker-proxy",
          "keeper",
          "publications.json",
          LayoutMemory.FILE);

  private final Path directory;

  RunDirectory(Path directory) {
    this.directory = directory;
  }

  Path standIns() {
    return directory.resolve("docker-proxy");
  }

  /**
   * Makes it, or shuts others out of the one that is there.
   *
   * @throws ConfigurationException if it can't be a directory of ours: it is another user's, or has
   *     files of others, who would be shut out too; it is as it was
   */
  void make() throws ConfigurationException, IOException {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new ConfigurationException("make run directory " + FileTrouble.text(e), e);
    }
    if (!Files.getAttribute(directory, "unix:uid")
        .equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))) {
      throw new ConfigurationException(
          "use run directory "
              + directory
              + ": it belongs to another user; name another, or remove it");
    }
    if (!Files.getPosixFilePermissions(directory).equals(PRIVATE)) {
      if (hasForeignFiles()) {
        throw new ConfigurationException(
            "use run directory "
                + directory
                + ": it holds files that are no agent's, and others may enter it; name one that"
                + " is the agent's alone");
      }
      Files.setPosixFilePermissions(directory, PRIVATE);
    }
  }

  /**
   * Takes it for one agent, until that one ends. Agents of several network namespaces see the same
   * files.
   *
   * @throws ConfigurationException if another agent has it
   */
  Posix.Lock lock() throws ConfigurationException, IOException {
    Optional<Posix.Lock> lock = Posix.system().tryLock(directory);
    if (lock.isEmpty()) {
      throw new ConfigurationException(
          "use run directory "
              + directory
              + ": an agent of another network namespace"
              + holder(directory)
              + " uses it; name another with --run-dir, and one for its state with --state-dir");
    }
    return lock.get();
  }

  /** Which process holds a lock, for people: {@code (pid 4711)}; nothing if it can't be seen. */
  static String holder(Path file) throws IOException {
    OptionalLong process = Posix.system().lockHolder(file);
    return process.isPresent() ? " (pid " + process.getAsLong() + ")" : "";
  }

  private boolean hasForeignFiles() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.anyMatch(
          file -> OURS.stream().noneMatch(file.getFileName().toString()::startsWith));
    }
  }

  /**
   * Removes what no agent needs any more once nothing of one is in force. What is still used stays:
   * dockerd's stand-ins wait for the next agent.
   */
  void removeUnused() throws IOException {
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.deleteIfExists(directory.resolve(AgentDirectories.CONTROL_SOCKET));
    StandIns.removeUnused(standIns());
    try {
      Files.deleteIfExists(directory);
    } catch (DirectoryNotEmptyException e) {
      log.debug("{} is still used", directory);
    }
  }
}
