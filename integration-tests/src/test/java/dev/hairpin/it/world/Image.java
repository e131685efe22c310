package dev.hairpin.it.world;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** The file system of the containers: one static busybox, as a tar archive. */
final class Image {
  private static final Path BUSYBOX = Path.of("/usr/bin/busybox");
  private static final Path OLD_BUSYBOX = Path.of("/bin/busybox");

  /** What Testcontainers runs inside a container to see whether a port is open there. */
  private static final List<String> ASKED_FOR = List.of("sh", "cat", "awk", "grep", "nc");

  private Image() {}

  /** Writes the archive, and returns its path. */
  static Path write(Path archive) {
    try {
      Path root = Files.createDirectories(archive.resolveSibling("image"));
      Path programs = Files.createDirectories(root.resolve("bin"));
      Files.copy(
          Files.exists(BUSYBOX) ? BUSYBOX : OLD_BUSYBOX,
          programs.resolve("busybox"),
          StandardCopyOption.REPLACE_EXISTING,
          StandardCopyOption.COPY_ATTRIBUTES);
      for (String program : ASKED_FOR) {
        Files.deleteIfExists(programs.resolve(program));
        Files.createSymbolicLink(programs.resolve(program), Path.of("busybox"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Command.of(
            "tar",
            "--create",
            "--file",
            archive.toString(),
            "--directory",
            archive.resolveSibling("image").toString(),
            ".")
        .run();
    return archive;
  }
}
