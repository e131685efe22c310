package dev.hairpin.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.posix.Posix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunDirectoryTest {
  @TempDir private Path parent;

  @Test
  void itIsTheAgentsAlone() throws Exception {
    Path directory = parent.resolve("a/run");
    new RunDirectory(directory).make();
    assertThat(permissions(directory)).isEqualTo("rwx------");

    permit(directory, "rwxr-xr-x");
    Files.createFile(directory.resolve("applied.json"));
    new RunDirectory(directory).make();
    assertThat(permissions(directory)).isEqualTo("rwx------");
  }

  @Test
  void otherProgramsAreNotShutOutOfADirectoryOfTheirs() throws IOException {
    Path directory = Files.createDirectory(parent.resolve("shared"));
    Files.createFile(directory.resolve("theirs"));
    permit(directory, "rwxrwxrwx");

    assertThatThrownBy(() -> new RunDirectory(directory).make())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith("use run directory " + directory + ": ");
    assertThat(permissions(directory)).isEqualTo("rwxrwxrwx");
  }

  @Test
  void aFileInItsPlaceIsNamed() throws IOException {
    Path file = Files.createFile(parent.resolve("file"));

    assertThatThrownBy(() -> new RunDirectory(file).make())
        .isInstanceOf(ConfigurationException.class)
        .hasMessage("make run directory " + file + ": something else is there already");
  }

  @Test
  void oneAgentAtATimeUsesIt() throws Exception {
    RunDirectory directory = new RunDirectory(parent.resolve("run"));
    directory.make();
    Posix.Lock first = directory.lock();

    assertThatThrownBy(directory::lock)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(
            "an agent of another network namespace (pid %d) uses it",
            ProcessHandle.current().pid());

    first.close();
    directory.lock().close();
  }

  @Test
  void nothingIsLeftOfWhatNobodyUses() throws Exception {
    RunDirectory directory = new RunDirectory(parent.resolve("run"));
    directory.make();
    Files.createDirectory(directory.standIns());
    Files.createFile(parent.resolve("run/control.sock"));

    directory.removeUnused();

    assertThat(parent).isEmptyDirectory();
    directory.removeUnused();
  }

  @Test
  void whatIsNotTheAgentsStays() throws Exception {
    RunDirectory directory = new RunDirectory(parent.resolve("run"));
    directory.make();
    Files.createDirectory(directory.standIns());
    Path theirs = Files.createFile(parent.resolve("run/theirs"));

    directory.removeUnused();

    assertThat(theirs).exists();
  }

  private static String permissions(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  private static void permit(Path file, String permissions) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
  }
}
