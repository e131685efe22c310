package dev.hairpin.rules.apply;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LastWillTest {
  @TempDir private Path directory;

  @Test
  void aSettingIsWrittenWhenItIsAskedForAndNotBefore() throws Exception {
    Path file = Files.writeString(directory.resolve("setting"), "changed");
    LastWill will = LastWill.setting(file, "earlier");
    // One that was made later and is done shows that this one has had its time.
    LastWill.setting(Files.createFile(directory.resolve("other")), "any").carryOut();
    assertThat(file).hasContent("changed");

    CommandRunner.Finished done = will.carryOut();

    assertThat(done.isSuccess()).isTrue();
    assertThat(file).hasContent("earlier");
  }

  @Test
  void aSettingThatIsNotThereIsNotMade() throws Exception {
    Path file = directory.resolve("setting");

    CommandRunner.Finished done = LastWill.setting(file, "earlier").carryOut();

    assertThat(done.isSuccess()).isFalse();
    assertThat(done.firstError()).contains(file.toString());
    assertThat(file).doesNotExist();
  }
}
