package dev.hairpin.agent.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.apply.CommandRunner.Finished;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.apply.Sysctls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceLoggerTest {
  @TempDir private Path directory;
  private Path setting;
  private final List<String> asked = new ArrayList<>();

  @BeforeEach
  void makeSetting() throws IOException {
    setting = directory.resolve("net/netfilter/nf_log/2");
    Files.createDirectories(setting.getParent());
    Files.writeString(setting, "nf_log_ipv4\n");
  }

  @Test
  void theEarlierLoggerIsCertainToComeBackBeforeItIsReplaced() throws Exception {
    TraceLogger logger = open(new Finished(0, "", ""));

    assertThat(asked).containsExactly(setting + " = nf_log_ipv4, while nf_log_ipv4");
    assertThat(setting).hasContent("nfnetlink_log");
    logger.close();
    assertThat(asked).endsWith("restored").hasSize(2);
  }

  @Test
  void whatIsChosenAlreadyIsLeftToWhoeverHasChosenIt() throws Exception {
    Files.writeString(setting, "nfnetlink_log\n");

    open(new Finished(0, "", "")).close();

    assertThat(asked).isEmpty();
  }

  @Test
  void aLoggerThatIsNotBackIsNamed() throws Exception {
    TraceLogger logger = open(new Finished(1, "", "dd: No such file or directory"));

    assertThatExceptionOfType(FirewallException.class)
        .isThrownBy(logger::close)
        .withMessage("put sysctl net/netfilter/nf_log/2 back: dd: No such file or directory");
  }

  private TraceLogger open(Finished restored) throws FirewallException {
    return TraceLogger.open(
        Family.IPV4,
        new Sysctls(directory),
        (file, value) -> {
          asked.add(file + " = " + value + ", while " + content());
          return () -> {
            asked.add("restored");
            return restored;
          };
        });
  }

  private String content() {
    try {
      return Files.readString(setting).strip();
    } catch (IOException e) {
      return e.toString();
    }
  }
}
