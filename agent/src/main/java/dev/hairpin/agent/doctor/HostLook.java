package dev.hairpin.agent.doctor;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.CompletableFuture.supplyAsync;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.control.ControlClient;
import dev.hairpin.agent.control.PortLine;
import dev.hairpin.agent.control.PortRun;
import dev.hairpin.agent.control.Request;
import dev.hairpin.agent.control.Response;
import dev.hairpin.agent.docker.DockerHost;
import dev.hairpin.agent.docker.DockerSaid;
import dev.hairpin.agent.docker.DockerUnreachableException;
import dev.hairpin.agent.posix.Posix;
import dev.hairpin.agent.reconcile.AppliedText;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.apply.CommandRunner;
import dev.hairpin.rules.binding.PortBinding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Looks at the host that commands run on, and at the containers and namespaces that publish
 * something. It changes nothing, and keeps nothing but what published ports depend on. What can't
 * be looked up is said in the bundle.
 */
public final class HostLook {
  /** Of UDP, whose clients may be led where their container was once. */
  private static final int MOST_CONNECTIONS = 20_000;

  /** Of other protocols, to see of what kind they are. */
  private static final int SOME_CONNECTIONS = 1_000;

  /** The agent answers at once, or is stuck. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final CommandRunner commands;
  private final NamespaceLook.Entrance entrance;
  private final Path root;
  private final Asked asked;
  private final Collected collected = new Collected();

  private HostLook(
      CommandRunner commands, NamespaceLook.Entrance entrance, Path root, Asked asked) {
    this.commands = requireNonNull(commands, "commands");
    this.entrance = requireNonNull(entrance, "entrance");
    this.root = requireNonNull(root, "root");
    this.asked = requireNonNull(asked, "asked");
  }

  /**
   * What is asked for.
   *
   * @param docker where dockerd is; empty not to ask it
   * @param runDirectory of the agent
   * @param controlSocket where it answers
   * @param names containers (by name, id or how that begins) and namespaces that are looked into
   *     though they publish nothing
   */
  public record Asked(
      Optional<DockerHost> docker, Path runDirectory, Path controlSocket, Set<String> names) {
    public Asked {
      requireNonNull(docker, "docker");
      requireNonNull(runDirectory, "runDirectory");
      names = Set.copyOf(names);
    }
  }

  /** Looks at this host. Takes about a second where there are many containers. */
  public static Bundle look(Asked asked) {
    // Not Posix.system()::enterNetworkNamespace: the library would be loaded before all else.
    return look(
        CommandRunner.local(),
        namespace -> Posix.system().enterNetworkNamespace(namespace),
        Path.of("/"),
        asked);
  }

  /**
   * @param root of the files {@code /proc}, {@code /run/netns} and {@code /etc/docker}
   */
  static Bundle look(
      CommandRunner commands, NamespaceLook.Entrance entrance, Path root, Asked asked) {
    return new HostLook(commands, entrance, root, asked).look();
  }

  private Bundle look() {
    try (Parallel tasks = new Parallel()) {
      tasks.start(this::lookInside);
      tasks.start(() -> new ProcessLook(root.resolve("proc"), root, collected).look());
      tasks.start(() -> SettingsLook.ofHost(root.resolve("proc/sys"), collected));
      tasks.start(this::agent);
      for (Family family : Family.values()) {
        tasks.start(() -> run(Sections.saved(family)));
        tasks.start(() -> legacy(family));
        tasks.start(() -> run(Sections.routes(family)));
      }
      tasks.start(() -> run(Sections.NFT));
      tasks.start(() -> run(Sections.ADDRESSES));
      tasks.start(() -> run(Sections.NEIGHBOURS));
      tasks.start(() -> run(Sections.SOCKETS));
      tasks.start(this::connections);
    }
    return collected.bundle();
  }

  /** A section's name is the command. */
  private void run(String section) {
    output(section, section.split(" ")).ifPresent(text -> collected.put(section, text));
  }

  private Optional<String> output(String section, String... argv) {
    return collected.output(commands, section, argv);
  }

  /** The tool is only run where the kernel has such tables: it would make them. */
  private void legacy(Family family) {
    String names =
        switch (family) {
          case IPV4 -> "ip_tables_names";
          case IPV6 -> "ip6_tables_names";
        };
    try {
      if (!Files.readString(root.resolve("proc/thread-self/net").resolve(names)).isBlank()) {
        run(Sections.legacySaved(family));
      }
    } catch (IOException noSuchModule) {
      // Then there are no such tables.
    }
  }

  /** A busy host has hundreds of thousands. */
  private void connections() {
    List<String> udp = new ArrayList<>();
    List<String> others = new ArrayList<>();
    boolean any = false;
    for (String family : List.of("ipv4", "ipv6")) {
      Optional<String> listed = output(Sections.CONNECTIONS, "conntrack", "-L", "-f", family);
      any |= listed.isPresent();
      String text = listed.orElse("");
      text.lines().filter(HostLook::isOfUdp).forEach(udp::add);
      text.lines()
          .filter(line -> !isOfUdp(line))
          .limit(SOME_CONNECTIONS - others.size())
          .forEach(others::add);
    }
    if (any) {
      Stream<String> cut =
          Stream.of("# cut: these are the first " + MOST_CONNECTIONS + " of " + udp.size())
              .filter(line -> udp.size() > MOST_CONNECTIONS);
      collected.put(
          Sections.CONNECTIONS,
          Stream.of(udp.stream().limit(MOST_CONNECTIONS), others.stream(), cut)
              .flatMap(lines -> lines)
              .map(line -> line + "\n")
              .collect(Collectors.joining()));
    }
  }

  /** {@code udp 17 29 src=...}, or with {@code ipv4 2} in front of it. */
  private static boolean isOfUdp(String line) {
    return line.startsWith("udp") || line.contains(" udp ");
  }

  private void agent() {
    try {
      OptionalLong holder = Posix.system().lockHolder(root.resolve("proc/self/ns/net"));
      if (holder.isPresent()) {
        collected.put(Sections.AGENT, holder.getAsLong() + "\n");
        refused();
      }
    } catch (IOException e) {
      collected.trouble(Sections.AGENT, "look for a running agent: " + e.getMessage());
    } catch (LinkageError noLibrary) {
      collected.trouble(Sections.AGENT, "load libc: " + noLibrary);
    }
  }

  /** Ports that are held by somebody else are in no rule, and no record. */
  private void refused() {
    ControlClient agent = new ControlClient(asked.controlSocket(), PATIENCE);
    try {
      Optional<Response> said = agent.askIfRunning(new Request.ListPorts());
      if (said.isPresent() && said.get() instanceof Response.Ports ports) {
        collected.put(
            Sections.REFUSED,
            ports.ports().stream()
                .map(PortRun::first)
                .filter(port -> !port.state().equals(PortLine.PUBLISHED))
                .map(port -> port.hostPort() + "\t" + port.publisher() + "\t" + port.state() + "\n")
                .collect(Collectors.joining()));
      }
    } catch (ConfigurationException | IOException e) {
      collected.trouble(Sections.REFUSED, e.getMessage());
    }
  }

  private void lookInside() {
    CompletableFuture<List<PortBinding>> recorded = supplyAsync(this::published);
    Optional<DockerSaid> said = asked.docker().flatMap(this::ask);
    said.ifPresent(docker -> {
      if (!docker.version().isEmpty()) {
        collected.put(Sections.DOCKER_VERSION, docker.version() + "\n");
      }
      collected.put(Sections.NETWORKS, docker.networks());
      collected.put(Sections.CONTAINERS, docker.containers());
    });
    List<PortBinding> published = recorded.join();
    Namespaces namespaces = new Namespaces(root, asked.names());
    said.ifPresent(docker -> namespaces.addContainers(docker.running(), published));
    namespaces.addNamed(published);
    new NamespaceLook(commands, entrance, root.resolve("proc/sys"), collected)
        .look(namespaces.found());
  }

  private Optional<DockerSaid> ask(DockerHost docker) {
    try {
      return Optional.of(DockerSaid.ask(docker));
    } catch (DockerUnreachableException e) {
      collected.trouble(Sections.CONTAINERS, e.getMessage());
      return Optional.empty();
    }
  }

  /** What the agent's record says is published. */
  private List<PortBinding> published() {
    Path file = asked.runDirectory().resolve("applied.json");
    try {
      String text = Files.readString(file);
      collected.put(Sections.RECORD, text.stripTrailing() + "\n");
      return AppliedText.published(text);
    } catch (NoSuchFileException none) {
      return List.of();
    } catch (IOException e) {
      collected.trouble(Sections.RECORD, "read " + file + ": " + e.getMessage());
      return List.of();
    } catch (IllegalArgumentException e) {
      // Who reads the bundle finds the same.
      return List.of();
    }
  }
}
