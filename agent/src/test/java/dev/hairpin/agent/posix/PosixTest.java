package dev.hairpin.agent.posix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jnr.posix.POSIXFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PosixTest {
  private final Posix posix = Posix.system();

  @Test
  void theEffectiveUserIsTheOneThatProcSays() throws IOException {
    String status = Files.readString(Path.of("/proc/self/status"));
    String uids = status.lines().filter(l -> l.startsWith("Uid:")).findFirst().orElseThrow();

    assertThat(posix.effectiveUserId())
        .isEqualTo(Integer.parseInt(Splitter.on('\t').splitToList(uids).get(2)));
  }

  @Test
  void aLockIsHeldUntilItIsClosed(@TempDir Path directory) throws IOException {
    Path file = Files.createFile(directory.resolve("lock"));
    try (Posix.Lock held = posix.tryLock(file).orElseThrow()) {
      assertThat(held).isNotNull();
      assertThat(posix.tryLock(file)).isEmpty();
      assertThat(posix.lockHolder(file)).hasValue(ProcessHandle.current().pid());
    }

    assertThat(posix.lockHolder(file)).isEmpty();
    Optional<Posix.Lock> again = posix.tryLock(file);
    assertThat(again).isPresent();
    again.orElseThrow().close();
  }

  @Test
  void aNamespaceFileCanBeLocked() throws IOException {
    Path namespace = Path.of("/proc/self/ns/mnt");
    try (Posix.Lock held = posix.tryLock(namespace).orElseThrow()) {
      assertThat(held).isNotNull();
      assertThat(posix.tryLock(namespace)).isEmpty();
      assertThat(posix.lockHolder(namespace)).hasValue(ProcessHandle.current().pid());
    }
  }

  @Test
  void lockingAMissingFileSaysWhichAndWhy(@TempDir Path directory) {
    assertThatThrownBy(() -> posix.tryLock(directory.resolve("missing")))
        .isInstanceOf(IOException.class)
        .hasMessage("open " + directory.resolve("missing") + ": no such file or directory");
  }

  @Test
  void aFileIsNoNamespace(@TempDir Path directory) throws IOException {
    Path file = Files.createFile(directory.resolve("file"));

    assertThatThrownBy(() -> posix.enterNetworkNamespace(file))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("enter network namespace " + file + ": ");
  }

  @Test
  void aDescriptorOfAProcessIsDuplicated(@TempDir Path directory) throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    try (FileChannel opened = FileChannel.open(file);
        Posix.Held self = posix.hold(ProcessHandle.current().pid())) {
      assertThat(opened.isOpen()).isTrue();
      int original = descriptorsOf(file).getFirst();

      int duplicate = self.duplicateOf(original);

      assertThat(duplicate).isNotEqualTo(original);
      assertThat(descriptorsOf(file)).containsExactlyInAnyOrder(original, duplicate);
      POSIXFactory.getNativePOSIX().close(duplicate);
    }
  }

  @Test
  void whatCannotBeDuplicatedIsNamed() throws IOException {
    long pid = ProcessHandle.current().pid();
    try (Posix.Held self = posix.hold(pid)) {
      assertThatThrownBy(() -> self.duplicateOf(1_000_000))
          .isInstanceOf(IOException.class)
          .hasMessage("duplicate descriptor 1000000 of process " + pid + ": bad file descriptor");
    }
  }

  @Test
  void aProcessThatIsNotThereCannotBeHeld() throws Exception {
    Process ended = new ProcessBuilder("true").start();
    ended.waitFor();

    assertThatThrownBy(() -> posix.hold(ended.pid()))
        .isInstanceOf(IOException.class)
        .hasMessage("take hold of process " + ended.pid() + ": no such process");
  }

  @Test
  void aProgramThatCannotBeStartedIsNamed() {
    assertThatThrownBy(() -> posix.start(List.of("no-such-program"), List.of(), List.of()))
        .isInstanceOf(IOException.class)
        .hasMessage("start no-such-program: no such file or directory");
  }

  private static List<Integer> descriptorsOf(Path file) throws IOException {
    List<Integer> found = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path each : all) {
        if (Files.exists(each) && Files.isSameFile(each, file)) {
          found.add(Integer.valueOf(each.getFileName().toString()));
        }
      }
    }
    return found;
  }
}
