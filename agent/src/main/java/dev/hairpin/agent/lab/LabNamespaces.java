package dev.hairpin.agent.lab;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.hairpin.agent.netns.NetworkNamespace;
import dev.hairpin.rules.apply.CommandException;
import dev.hairpin.rules.apply.CommandRunner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * The lab's namespaces in the kernel. Their names are nobody's in particular, so each of ours
 * carries a mark: the alias of its loopback interface.
 */
final class LabNamespaces {
  /** The alias of {@code lo} in a namespace that the lab made. */
  private static final String MARK = "made by hairpin lab";

  private final CommandRunner commands;

  LabNamespaces(CommandRunner commands) {
    this.commands = requireNonNull(commands, "commands");
  }

  /** What is known under a name. */
  enum State {
    ABSENT,
    /** Carries our mark. */
    OURS,
    /** Has no mark and nothing in it: perhaps ours, if we were stopped right after making it. */
    BLANK,
    /** Somebody else's. */
    FOREIGN
  }

  State state(String name) throws IOException {
    NetworkNamespace namespace = NetworkNamespace.of(name);
    if (!Files.exists(namespace.file(), LinkOption.NOFOLLOW_LINKS)) {
      return State.ABSENT;
    }
    if (!namespace.exists()) {
      return State.BLANK;
    }
    JsonNode links = links(name);
    for (JsonNode link : links) {
      if (link.path("ifname").asText().equals("lo") && link.path("ifalias").asText().equals(MARK)) {
        return State.OURS;
      }
    }
    return links.size() <= 1 && processesIn(name).isEmpty() ? State.BLANK : State.FOREIGN;
  }

  /**
   * Makes all three and marks them.
   *
   * @throws IOException if one can't be made; those before it are there
   */
  void make() throws IOException {
    ip(LabNetwork.NAMESPACES.stream().map(name -> "netns add " + name).toList());
    for (String name : LabNetwork.NAMESPACES) {
      ip(List.of("link set lo alias \"" + MARK + "\""), "-n", name);
    }
    for (String name : LabNetwork.NAMESPACES) {
      ip(LabNetwork.links(name), "-n", name);
    }
  }

  /** Removes one. Its links go with it, unless a process is still in it. */
  void remove(String name) throws IOException {
    ip(List.of("netns delete " + name));
  }

  /** The processes that live in a namespace. */
  List<ProcessHandle> processesIn(String name) {
    OptionalLong inode = NetworkNamespace.of(name).inode();
    if (inode.isEmpty()) {
      return List.of();
    }
    try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
      return all.filter(process -> NetworkNamespace.ofPid(process.pid()).inode().equals(inode))
          .toList();
    }
  }

  private JsonNode links(String name) throws IOException {
    CommandRunner.Finished finished = run("", "ip", "-n", name, "-j", "link", "show");
    try {
      return JsonMapper.builder().build().readTree(finished.output());
    } catch (JsonProcessingException e) {
      throw new IOException(
          "list the links of namespace " + name + ": " + e.getOriginalMessage(), e);
    }
  }

  private void ip(List<String> batch, String... options) throws IOException {
    List<String> argv =
        Stream.of(List.of("ip"), List.of(options), List.of("-batch", "-"))
            .flatMap(List::stream)
            .toList();
    run(String.join("\n", batch) + "\n", argv.toArray(String[]::new));
  }

  private CommandRunner.Finished run(String input, String... argv) throws IOException {
    try {
      CommandRunner.Finished finished = commands.run(List.of(argv), input, CommandRunner.DEADLINE);
      if (!finished.isSuccess()) {
        throw new IOException(
            String.join(" ", argv)
                + " exited "
                + finished.exitStatus()
                + ": "
                + finished.firstError()
                + (input.isEmpty() ? "" : " in \"" + input.strip().replace("\n", "; ") + "\""));
      }
      return finished;
    } catch (CommandException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
