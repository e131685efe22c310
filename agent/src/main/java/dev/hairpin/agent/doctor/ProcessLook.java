package dev.hairpin.agent.doctor;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import dev.hairpin.agent.docker.DaemonFlags;
import dev.hairpin.agent.docker.DockerText;
import dev.hairpin.agent.docker.ImpossibleInputException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** Looks for Docker's processes of this network namespace, and how dockerd is set up. */
final class ProcessLook {
  private static final Splitter ARGUMENTS = Splitter.on('\0');

  private final Path proc;
  private final Path root;
  private final Collected collected;
  private final TreeMap<Long, String> proxies = new TreeMap<>();
  private final List<List<String>> daemons = new ArrayList<>();

  /**
   * @param root that {@code /etc} is under
   */
  ProcessLook(Path proc, Path root, Collected collected) {
    this.proc = proc;
    this.root = root;
    this.collected = collected;
  }

  void look() {
    try {
      lookThrough(Files.readSymbolicLink(proc.resolve("self/ns/net")));
    } catch (IOException e) {
      collected.trouble(Sections.PROXIES, "tell which network namespace this is: " + e);
    }
    StringBuilder lines = new StringBuilder();
    proxies.forEach((pid, command) -> lines.append(pid).append(' ').append(command).append('\n'));
    collected.put(Sections.PROXIES, lines.toString());
    daemons.stream().findFirst().ifPresent(this::daemon);
  }

  private void lookThrough(Path here) {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[0-9]*")) {
      for (Path process : processes) {
        look(process, here);
      }
    } catch (IOException e) {
      collected.trouble(Sections.PROXIES, "list processes: " + e.getMessage());
    }
  }

  private void look(Path process, Path here) {
    try {
      String name = Files.readString(process.resolve("comm")).strip();
      if (!name.equals("docker-proxy") && !name.equals("dockerd")) {
        return;
      }
      if (!isIn(here, process)) {
        return;
      }
      List<String> arguments = ARGUMENTS.splitToList(Files.readString(process.resolve("cmdline")));
      if (name.equals("dockerd")) {
        daemons.add(arguments);
      } else {
        proxies.put(
            Long.parseLong(process.getFileName().toString()),
            CharMatcher.javaIsoControl().replaceFrom(String.join(" ", arguments), ' ').strip());
      }
    } catch (IOException | NumberFormatException ended) {
      // It is no process any more.
    }
  }

  /** Another dockerd may run in a container of this one's. */
  private static boolean isIn(Path namespace, Path process) throws IOException {
    return Files.readSymbolicLink(process.resolve("ns/net")).equals(namespace);
  }

  private void daemon(List<String> arguments) {
    collected.put(
        Sections.DOCKERD, String.join(" ", concat("dockerd", DaemonFlags.kept(arguments))) + "\n");
    Path file = root.resolve("etc/docker/daemon.json");
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      if (argument.startsWith("--config-file=")) {
        file = Path.of(argument.substring("--config-file=".length()));
      } else if (argument.equals("--config-file") && i + 1 < arguments.size()) {
        file = Path.of(arguments.get(i + 1));
      }
    }
    daemonJson(file);
  }

  private static List<String> concat(String first, List<String> rest) {
    List<String> all = new ArrayList<>(List.of(first));
    all.addAll(rest);
    return all;
  }

  /** What is in the file is not shown where it is not understood: it may hold secrets. */
  private void daemonJson(Path file) {
    try {
      collected.put(Sections.DAEMON_JSON, DockerText.keptOfDaemonJson(Files.readString(file)));
    } catch (NoSuchFileException none) {
      // dockerd does without.
    } catch (IOException e) {
      collected.trouble(Sections.DAEMON_JSON, "read " + file + ": " + e.getMessage());
    } catch (ImpossibleInputException e) {
      collected.trouble(Sections.DAEMON_JSON, "read " + file + ": it is no JSON object");
    }
  }
}
