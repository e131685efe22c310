package dev.hairpin.agent.netns;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.base.Splitter;
import dev.hairpin.agent.posix.Posix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Namespaces made for one test, with names of their own, and taken away after it. */
final class TestNetwork implements AutoCloseable {
  private final String prefix = "hpn" + Long.toString(ProcessHandle.current().pid(), 36);
  private final Deque<String> made = new ArrayDeque<>();

  /** Skips the test where namespaces can't be made; where they must be, it fails. */
  static TestNetwork make() {
    boolean isPossible = Posix.system().effectiveUserId() == 0 && isInstalled("ip");
    if ("true".equals(System.getenv("CI"))) {
      assertThat(isPossible).as("root and ip, to make network namespaces").isTrue();
    }
    assumeTrue(isPossible, "making network namespaces needs root and ip");
    return new TestNetwork();
  }

  private static boolean isInstalled(String tool) {
    return Stream.of("/usr/sbin", "/usr/bin", "/sbin", "/bin")
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, tool)));
  }

  /** A new, empty namespace; its full name is in the result. */
  NetworkNamespace add(String suffix) throws IOException {
    NetworkNamespace namespace = NetworkNamespace.of(name(suffix));
    ip("netns", "add", namespace.text());
    made.push(namespace.text());
    return namespace;
  }

  String name(String suffix) {
    return prefix + suffix;
  }

  void delete(NetworkNamespace namespace) throws IOException {
    ip("netns", "delete", namespace.text());
    made.remove(namespace.text());
  }

  /** Runs {@code ip} with these words, inside a namespace. */
  void ipIn(NetworkNamespace namespace, String words) throws IOException {
    List<String> command = new ArrayList<>(List.of("-n", namespace.text()));
    command.addAll(Splitter.on(' ').splitToList(words));
    ip(command.toArray(String[]::new));
  }

  @Override
  public void close() throws IOException {
    while (!made.isEmpty()) {
      ip("netns", "delete", made.pop());
    }
  }

  private static void ip(String... words) throws IOException {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(words));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.onExit().orTimeout(10, TimeUnit.SECONDS).join().exitValue())
        .as("%s: %s", command, output)
        .isZero();
  }
}
