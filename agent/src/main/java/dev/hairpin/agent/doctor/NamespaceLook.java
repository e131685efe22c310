package dev.hairpin.agent.doctor;

import com.google.common.base.Splitter;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.apply.CommandRunner;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;

/** Looks at containers and namespaces from within, several at a time. */
final class NamespaceLook {
  /** Namespaces at once: more only wait for the processor. */
  private static final int AT_ONCE = 8;

  /**
   * To name programs, ss looks through every process of the machine, for each namespace again. With
   * many that takes longer than anybody wants to wait.
   */
  private static final int FEW = 8;

  /** Without an address there is no route, and the loopback interface's leads nowhere. */
  private static final Pattern HAS_IPV6 = Pattern.compile("\"local\": ?\"(?!::1\")[0-9a-fA-F]*:");

  private static final List<String> BOTH = List.of("ip", "-j", "-d", "-batch", "-");
  private static final String BOTH_ASKED = "address show\nroute show table main\n";

  private final CommandRunner commands;
  private final Entrance entrance;
  private final Path sysctls;
  private final Collected collected;

  /** How a thread comes into a namespace. It ends there. */
  @FunctionalInterface
  interface Entrance {
    void enter(Path namespace) throws IOException;
  }

  /**
   * @param sysctls {@code /proc/sys}, which shows each thread the settings of its own namespace
   */
  NamespaceLook(CommandRunner commands, Entrance entrance, Path sysctls, Collected collected) {
    this.commands = commands;
    this.entrance = entrance;
    this.sysctls = sysctls;
    this.collected = collected;
  }

  /**
   * Looks.
   *
   * @param namespaces their files, by the name of the container or namespace
   */
  void look(Map<String, Path> namespaces) {
    String sockets = namespaces.size() <= FEW ? Sections.SOCKETS : Sections.BARE_SOCKETS;
    try (ExecutorService pool = Executors.newFixedThreadPool(AT_ONCE)) {
      CompletableFuture.allOf(
              namespaces.entrySet().stream()
                  .map(each ->
                      CompletableFuture.runAsync(
                          () -> lookOnOwnThread(each.getKey(), each.getValue(), sockets), pool))
                  .toArray(CompletableFuture[]::new))
          .join();
    }
  }

  /** A thread doesn't find its way back, so there is one for each namespace. */
  private void lookOnOwnThread(String name, Path file, String sockets) {
    try {
      Thread.ofPlatform().name("inside-" + name).start(() -> enter(name, file, sockets)).join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void enter(String name, Path file, String sockets) {
    try {
      entrance.enter(file);
    } catch (IOException e) {
      collected.trouble(Sections.inside(name, Sections.ADDRESSES), e.getMessage());
      return;
    }
    collected.put(Sections.inside(name, Sections.NAMESPACE), file + "\n");
    // The tools are started by this thread, and so where it is.
    Optional<String> addresses = addressesAndRoutes(name);
    if (addresses.filter(text -> HAS_IPV6.matcher(text).find()).isPresent()) {
      run(name, Sections.routes(Family.IPV6));
    } else if (addresses.isPresent()) {
      collected.put(Sections.inside(name, Sections.routes(Family.IPV6)), "[]\n");
    }
    run(name, sockets);
    SettingsLook.inside(sysctls, Sections.inside(name, Sections.SYSCTL), collected);
  }

  /**
   * The interfaces, and beside them the routes of IPv4, by one tool: where there are a hundred
   * containers, it is starting tools that takes the time.
   *
   * @return the interfaces
   */
  private Optional<String> addressesAndRoutes(String name) {
    String section = Sections.inside(name, Sections.ADDRESSES);
    Optional<String> output = collected.output(commands, section, BOTH, BOTH_ASKED);
    output.ifPresent(text -> {
      // Each is a line, and where there are no routes there may be none for them.
      List<String> printed = Splitter.on('\n').limit(2).splitToList(text + "\n");
      collected.put(section, printed.getFirst() + "\n");
      collected.put(
          Sections.inside(name, Sections.routes(Family.IPV4)), printed.getLast().strip() + "\n");
    });
    return output;
  }

  /** A section's name is the command. */
  private void run(String name, String section) {
    String whole = Sections.inside(name, section);
    collected
        .output(commands, whole, section.split(" "))
        .ifPresent(text -> collected.put(whole, text));
  }
}
