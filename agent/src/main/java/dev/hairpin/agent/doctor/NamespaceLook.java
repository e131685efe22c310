package dev.hairpin.agent.doctor;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.apply.CommandException;
import dev.hairpin.rules.apply.CommandRunner;
import dev.hairpin.rules.apply.CommandRunner.Finished;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at containers and namespaces from within, several at a time. */
final class NamespaceLook {
  private static final Logger log = LoggerFactory.getLogger(NamespaceLook.class);

  /** Namespaces at once: more only wait for the processor. */
  private static final int AT_ONCE = 8;

  /**
   * To name programs, ss looks through every process of the machine, for each namespace again. With
   * many that takes longer than anybody wants to wait.
   */
  private static final int FEW = 8;

  /** Without an address there is no route, and the loopback interface's leads nowhere. */
  private static final Pattern HAS_IPV6 = Pattern.compile("\"local\": ?\"(?!::1\")[0-9a-fA-F]*:");

  private static final List<String> IP_BATCH = List.of("ip", "-j", "-d", "-batch", "-");
  private static final String ADDRESSES_AND_ROUTES = "address show\nroute show table main\n";

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
    } catch (LinkageError noLibrary) {
      collected.trouble(Sections.inside(name, Sections.ADDRESSES), "load libc: " + noLibrary);
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
   * containers, it is starting tools that takes the time. Each is asked for alone where that fails,
   * which says what does.
   *
   * @return the interfaces
   */
  private Optional<String> addressesAndRoutes(String name) {
    Optional<List<String>> both = addressesAndRoutes();
    if (both.isEmpty()) {
      Optional<String> addresses = run(name, Sections.ADDRESSES);
      run(name, Sections.routes(Family.IPV4));
      return addresses;
    }
    String addresses = both.get().getFirst() + "\n";
    collected.put(Sections.inside(name, Sections.ADDRESSES), addresses);
    // With details, as ip has one way to print for all that it is asked at once.
    collected.put(Sections.inside(name, Sections.routes(Family.IPV4)), both.get().getLast() + "\n");
    return Optional.of(addresses);
  }

  /** A line for each; empty where ip prints anything else. */
  private Optional<List<String>> addressesAndRoutes() {
    try {
      Finished finished = commands.run(IP_BATCH, ADDRESSES_AND_ROUTES, CommandRunner.DEADLINE);
      return Optional.of(finished.output().lines().toList())
          .filter(lines -> finished.isSuccess() && lines.size() == 2);
    } catch (CommandException e) {
      log.debug("{}", e.getMessage());
      return Optional.empty();
    }
  }

  /** A section's name is the command. */
  private Optional<String> run(String name, String section) {
    String whole = Sections.inside(name, section);
    Optional<String> output = collected.output(commands, whole, section.split(" "));
    output.ifPresent(text -> collected.put(whole, text));
    return output;
  }
}
