package dev.hairpin.rules.apply;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.RepeatedTest;
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

  /** dd may have found out before it was told the value, or find out when it is to write it. */
  @RepeatedTest(20)
  void aSettingThatIsNotThereIsNotMade() {
    Path file = directory.resolve("setting");

    assertThat(failure(file)).contains(file + "': No such file");
    assertThat(file).doesNotExist();
  }

  private static String failure(Path setting) {
    try {
      return LastWill.setting(setting, "earlier").carryOut().firstError();
    } catch (CommandException e) {
      return e.getMessage();
    }
  }
}
