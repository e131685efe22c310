package dev.hairpin.agent.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LabFilesTest {
  @TempDir private Path directory;
  private LabFiles files;

  @BeforeEach
  void files() {
    files = new LabFiles(directory.resolve("lab"));
  }

  @Test
  void whatWasWrittenIsReadAgain() throws IOException {
    LabRecord record = LabRecord.begun(true).with(new LabProcess("agent", 42, 1234)).completed();
    files.make();

    files.write(record);

    assertThat(files.read()).hasValue(record);
  }

  @Test
  void thereIsNoRecordBeforeTheFirst() throws IOException {
    assertThat(files.read()).isEmpty();
    assertThat(files.exist()).isFalse();
  }

  @Test
  void aBrokenRecordIsOfALabThatWasBegun() throws IOException {
    files.make();
    Files.writeString(files.record(), "{\"published\":tr");

    assertThat(files.read()).hasValue(LabRecord.begun(false));
  }

  @Test
  void onlyTheOwnerLooksInside() throws IOException {
    files.make();

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(files.directory())))
        .isEqualTo("rwx------");
  }

  @Test
  void removingTakesEverythingButWhatLinksLeadTo() throws IOException {
    Path elsewhere = Files.writeString(directory.resolve("elsewhere"), "mine");
    files.make();
    files.write(LabRecord.begun(true));
    Files.createDirectories(files.agentRun().resolve("docker-proxy"));
    Files.createSymbolicLink(files.agentRun().resolve("link"), elsewhere);

    files.remove();

    assertThat(files.directory()).doesNotExist();
    assertThat(elsewhere).hasContent("mine");
  }

  @Test
  void removingWhatIsNotThereIsFine() throws IOException {
    files.remove();

    assertThat(files.exist()).isFalse();
  }
}
