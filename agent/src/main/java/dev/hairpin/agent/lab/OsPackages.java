package dev.hairpin.agent.lab;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.rules.apply.CommandException;
import dev.hairpin.rules.apply.CommandRunner;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The system's tools that the lab needs, and the Debian packages that hold them. */
final class OsPackages {
  /** A mirror may be slow. */
  private static final Duration INSTALLING = Duration.ofMinutes(10);

  /** Where administration tools are, which a user's PATH may leave out. */
  private static final List<String> SYSTEM_PATHS =
      List.of("/usr/sbin", "/sbin", "/usr/bin", "/bin");

  private static final List<Tool> NEEDED =
      List.of(
          new Tool("ip", "iproute2"),
          new Tool("iptables", "iptables"),
          new Tool("ip6tables", "iptables"),
          // Debian's iptables writes rules of nftables, and does without the tool for them.
          new Tool("nft", "nftables"),
          new Tool("conntrack", "conntrack"),
          new Tool("sysctl", "procps"),
          new Tool("nsenter", "util-linux"),
          new Tool("setsid", "util-linux"),
          // For whoever tries what the show suggests.
          new Tool("curl", "curl"));

  private final CommandRunner commands;
  private final Predicate<String> installed;
  private final Consumer<String> progress;

  /**
   * Looks for tools, and installs what is missing.
   *
   * @param installed whether there is a tool of that name
   * @param progress takes a line before something is done
   */
  OsPackages(CommandRunner commands, Predicate<String> installed, Consumer<String> progress) {
    this.commands = requireNonNull(commands, "commands");
    this.installed = requireNonNull(installed, "installed");
    this.progress = requireNonNull(progress, "progress");
  }

  private record Tool(String name, String debianPackage) {}

  /** Whether there is a program of that name where programs are. */
  static boolean isOnPath(String tool) {
    String path = System.getenv().getOrDefault("PATH", "");
    return Stream.concat(Stream.of(path.split(File.pathSeparator)), SYSTEM_PATHS.stream())
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, tool)));
  }

  /**
   * Installs the packages whose tools are missing; usually none.
   *
   * @throws ConfigurationException if they can't be installed here; it names them
   */
  void installMissing() throws ConfigurationException {
    List<Tool> missing = missing();
    if (missing.isEmpty()) {
      return;
    }
    String tools = String.join(", ", missing.stream().map(Tool::name).toList());
    List<String> packages = missing.stream().map(Tool::debianPackage).distinct().toList();
    if (!installed.test("apt-get")) {
      throw new ConfigurationException(
          tools
              + ": not found on PATH, and there is no apt-get to install them with; on Debian they"
              + " are in "
              + String.join(", ", packages));
    }
    progress.accept("installing " + String.join(" ", packages) + " with apt-get");
    install(packages);
    if (!missing().isEmpty()) {
      throw new ConfigurationException(
          tools + ": not found on PATH, although apt-get installed " + String.join(" ", packages));
    }
  }

  private List<Tool> missing() {
    return NEEDED.stream().filter(tool -> !installed.test(tool.name())).toList();
  }

  /** A fresh image has no package lists, and an old one has lists that name what is gone. */
  private void install(List<String> packages) throws ConfigurationException {
    List<String> install =
        new ArrayList<>(List.of("install", "-y", "-q", "--no-install-recommends"));
    install.addAll(packages);
    if (aptGet(install).isSuccess()) {
      return;
    }
    progress.accept("fetching apt's package lists");
    aptGet(List.of("update", "-q"));
    CommandRunner.Finished second = aptGet(install);
    if (!second.isSuccess()) {
      throw new ConfigurationException(
          "install "
              + String.join(" ", packages)
              + ": apt-get exited "
              + second.exitStatus()
              + ": "
              + second.firstError());
    }
  }

  private CommandRunner.Finished aptGet(List<String> arguments) throws ConfigurationException {
    List<String> argv =
        new ArrayList<>(List.of("env", "DEBIAN_FRONTEND=noninteractive", "apt-get"));
    argv.addAll(arguments);
    try {
      return commands.run(argv, "", INSTALLING);
    } catch (CommandException e) {
      throw new ConfigurationException(e.getMessage(), e);
    }
  }
}
