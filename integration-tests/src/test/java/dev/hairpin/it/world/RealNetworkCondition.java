package dev.hairpin.it.world;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Decides what happens to {@link NeedsRealNetwork} tests on this machine, and prints the logs of
 * those that fail.
 */
final class RealNetworkCondition implements ExecutionCondition, AfterTestExecutionCallback {
  private static final List<String> TOOLS =
      List.of("ip", "nsenter", "iptables-save", "ip6tables-save", "nft", "conntrack", "busybox");
  private static final List<Path> FOLDERS =
      Stream.of("/usr/sbin", "/usr/bin", "/sbin", "/bin").map(Path::of).toList();

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    return reasonToSkip()
        .map(ConditionEvaluationResult::disabled)
        .orElseGet(() -> ConditionEvaluationResult.enabled("root, tools and engine are here"));
  }

  /**
   * Why these tests can't run here; empty if they can.
   *
   * @throws IllegalStateException if they can't, and must
   */
  static Optional<String> reasonToSkip() {
    Optional<String> missing = whatIsMissing();
    if (missing.isPresent() && mustRun()) {
      throw new IllegalStateException("real-network tests can't run here: " + missing.get());
    }
    return missing.map(each -> each + "; integration-tests/run sees to it");
  }

  /** Logs go with their world, so what failed has to be said before that is closed. */
  @Override
  public void afterTestExecution(ExtensionContext context) {
    if (context.getExecutionException().isPresent()) {
      System.err.println(context.getDisplayName() + " failed\n" + World.lastWords());
    }
  }

  private static boolean mustRun() {
    return System.getenv("HAIRPIN_IT_RUN") != null || "true".equals(System.getenv("CI"));
  }

  private static Optional<String> whatIsMissing() {
    if (!"root".equals(System.getProperty("user.name"))) {
      return Optional.of("needs root");
    }
    List<String> absent = TOOLS.stream().filter(tool -> !isInstalled(tool)).toList();
    if (!absent.isEmpty()) {
      return Optional.of("not installed: " + String.join(", ", absent));
    }
    return Release.HERE.isUnpacked() ? Optional.empty() : Optional.of("no engine in .engine");
  }

  private static boolean isInstalled(String tool) {
    return FOLDERS.stream().anyMatch(folder -> Files.isExecutable(folder.resolve(tool)));
  }
}
