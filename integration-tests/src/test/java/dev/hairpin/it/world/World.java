package dev.hairpin.it.world;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Two machines on one cable, made of network namespaces, as the recordings were taken in:
 *
 * <pre>
 *   outside  192.0.2.2/24  2001:db8:1::2/64
 *      | eth0
 *      | eth0  192.0.2.1/24  2001:db8:1::1/64
 *   host --- bridges --- containers
 * </pre>
 *
 * <p>{@code outside} sends the private ranges and 127.0.0.1 to the host, so that it can try what a
 * neighbour on the same cable could. Its own loopback is down.
 *
 * <p>Closing it ends what still runs inside, and removes namespaces, mounts, control groups and
 * files. Names begin with that of the run, so that worlds of different runs don't meet.
 */
public final class World implements AutoCloseable {
  public static final String HOST_4 = "192.0.2.1";
  public static final String HOST_6 = "2001:db8:1::1";
  public static final String OUTSIDE_4 = "192.0.2.2";
  public static final String OUTSIDE_6 = "2001:db8:1::2";

  private static final Logger log = LoggerFactory.getLogger(World.class);
  private static final Set<World> STANDING = ConcurrentHashMap.newKeySet();
  private static final AtomicInteger MADE = new AtomicInteger();
  private static final String RUN =
      Optional.ofNullable(System.getenv("HAIRPIN_IT_RUN"))
          .orElseGet(() -> "hpit" + ProcessHandle.current().pid());

  /** Which of the JVMs of a run this is. */
  private static final String FORK = System.getProperty("hairpin.it.fork", "f1");

  private static final int LAST_LINES = 40;

  private final String name;
  private final Namespace host;
  private final Namespace outside;
  private final Path directory;
  private final Path storage;
  private final List<String> namespaces = new ArrayList<>();
  private final Deque<AutoCloseable> inhabitants = new ArrayDeque<>();

  private World(int number) {
    String unique = FORK + "-" + number;
    name = RUN + "-" + unique;
    host = Namespace.named(name + "h");
    outside = Namespace.named(name + "o");
    // Short, as a socket's path has at most 107 bytes.
    directory = Path.of("/tmp", RUN, unique);
    storage = Path.of("target", "world", RUN, unique).toAbsolutePath();
  }

  public static World create() {
    World world = new World(MADE.incrementAndGet());
    STANDING.add(world);
    try {
      world.build();
    } catch (RuntimeException | Error e) {
      world.close();
      throw e;
    }
    return world;
  }

  public Namespace host() {
    return host;
  }

  public Namespace outside() {
    return outside;
  }

  /** Its name, for what has to be unique on the machine. */
  public String name() {
    return name;
  }

  /** For sockets, logs and process ids; its path is short. */
  public Path directory() {
    return directory;
  }

  /** For what needs a file system on a disk. */
  public Path storage() {
    return storage;
  }

  /** Adds something to be closed with the world; the last one first. */
  public <T extends AutoCloseable> T inhabitedBy(T inhabitant) {
    inhabitants.push(inhabitant);
    return inhabitant;
  }

  /** Makes another namespace, without links, that goes away with the world. */
  public Namespace namespace(String suffix) {
    String full = name + suffix;
    namespaces.add(full);
    Command.of("ip", "netns", "add", full).run();
    Namespace made = Namespace.named(full);
    made.command("ip", "link", "set", "lo", "up").run();
    return made;
  }

  /** Removes a namespace that {@link #namespace} made, and its links with it. */
  public void remove(Namespace namespace) {
    String full = namespace.name();
    namespaces.remove(full);
    Command.of("ip", "netns", "del", full).run();
  }

  /**
   * Makes a namespace that hangs on a bridge of the host, as a container does: the bridge's address
   * is its gateway, its own address is {@code address}, for example {@code 172.18.0.2/16}.
   */
  public Namespace onBridge(String suffix, String bridge, String address, String gateway) {
    Namespace made = onBridge(suffix, bridge);
    made.command("ip", "address", "add", address, "dev", "eth0").run();
    made.command("ip", "route", "add", "default", "via", gateway).run();
    return made;
  }

  /** The same without an address. */
  public Namespace onBridge(String suffix, String bridge) {
    Namespace made = namespace(suffix);
    String veth = "v" + suffix;
    Command.of(
            "ip",
            "link",
            "add",
            veth,
            "netns",
            name + "h",
            "type",
            "veth",
            "peer",
            "name",
            "eth0",
            "netns",
            name + suffix)
        .run();
    host.command("ip", "link", "set", veth, "master", bridge, "up").run();
    made.command("ip", "link", "set", "eth0", "up").run();
    return made;
  }

  /**
   * Makes the bridge {@code docker1} in the host, 172.18.0.1/16, and on it a namespace with the
   * address 172.18.0.2, as people do by hand. Once.
   */
  public Namespace ns1() {
    host.command("ip", "link", "add", "docker1", "type", "bridge").run();
    host.command("ip", "address", "add", "172.18.0.1/16", "dev", "docker1").run();
    host.command("ip", "link", "set", "docker1", "up").run();
    return onBridge("n1", "docker1", "172.18.0.2/16", "172.18.0.1");
  }

  /** What {@code iptables-save} or {@code ip6tables-save} prints in the host namespace. */
  public String saved(String tool) {
    return host.command(tool).run();
  }

  /** The processes in a namespace of this world, apart from containers. */
  public List<Long> processes() {
    return namespaces.stream()
        .flatMap(each -> Command.of("ip", "netns", "pids", each).attempt().out().lines())
        .map(Long::valueOf)
        .toList();
  }

  /** What the programs in all worlds that are up logged last. For whoever reads a failed test. */
  static String lastWords() {
    StringBuilder words = new StringBuilder();
    for (World world : STANDING) {
      try (Stream<Path> files = Files.list(world.directory)) {
        for (Path log : files.filter(file -> file.toString().endsWith(".log")).toList()) {
          List<String> lines = Files.readAllLines(log);
          List<String> last = lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size());
          words
              .append("---- ")
              .append(log)
              .append('\n')
              .append(String.join("\n", last))
              .append('\n');
        }
      } catch (IOException e) {
        words.append("---- ").append(world.name).append(": ").append(e).append('\n');
      }
    }
    return words.toString();
  }

  @Override
  public void close() {
    STANDING.remove(this);
    List<Throwable> failures = new ArrayList<>();
    while (!inhabitants.isEmpty()) {
      attempt(failures, inhabitants.pop()::close);
    }
    attempt(failures, this::endProcesses);
    attempt(failures, this::unmount);
    for (String each : List.copyOf(namespaces)) {
      attempt(failures, () -> Command.of("ip", "netns", "del", each).run());
    }
    attempt(failures, this::removeControlGroups);
    attempt(failures, () -> delete(directory));
    attempt(failures, () -> delete(storage));
    attempt(failures, () -> deleteIfEmpty(directory.getParent()));
    attempt(failures, () -> deleteIfEmpty(storage.getParent()));
    if (!failures.isEmpty()) {
      AssertionError all = new AssertionError("closing " + name + ": " + failures.getFirst());
      failures.forEach(all::addSuppressed);
      throw all;
    }
  }

  private void build() {
    try {
      Files.createDirectories(directory);
      Files.createDirectories(storage);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (String each : List.of(name + "h", name + "o")) {
      namespaces.add(each);
      Command.of("ip", "netns", "add", each).run();
    }
    Command.of(
            "ip",
            "link",
            "add",
            "eth0",
            "netns",
            name + "h",
            "type",
            "veth",
            "peer",
            "name",
            "eth0",
            "netns",
            name + "o")
        .run();
    // Refusals of the last test must not use up those of this one.
    sysctl(host, "net.ipv4.icmp_ratelimit=0", "net.ipv6.icmp.ratelimit=0");
    host.command("ip", "link", "set", "lo", "up").run();
    addresses(host, HOST_4, HOST_6);
    host.command("ip", "route", "add", "default", "via", OUTSIDE_4).run();
    host.command("ip", "-6", "route", "add", "default", "via", OUTSIDE_6).run();

    sysctl(outside, "net.ipv4.conf.eth0.route_localnet=1");
    addresses(outside, OUTSIDE_4, OUTSIDE_6);
    for (String range : List.of("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.1/32")) {
      outside.command("ip", "route", "add", range, "via", HOST_4).run();
    }
    outside.command("ip", "-6", "route", "add", "fd00::/8", "via", HOST_6).run();
  }

  private static void addresses(Namespace namespace, String ipv4, String ipv6) {
    namespace.command("ip", "link", "set", "eth0", "up").run();
    namespace.command("ip", "address", "add", ipv4 + "/24", "dev", "eth0").run();
    namespace.command("ip", "address", "add", ipv6 + "/64", "dev", "eth0", "nodad").run();
  }

  private static void sysctl(Namespace namespace, String... settings) {
    namespace.command("sysctl", "-qw").and(settings).run();
  }

  /** Whatever a failed test left running in our namespaces: first the containers, then the rest. */
  private void endProcesses() {
    List<ProcessHandle> left =
        processes().stream().map(ProcessHandle::of).flatMap(Optional::stream).toList();
    for (ProcessHandle process : left) {
      if (process.info().command().orElse("").contains("containerd-shim")) {
        process.children().forEach(ProcessHandle::destroyForcibly);
      }
    }
    left.forEach(ProcessHandle::destroyForcibly);
    left.forEach(process -> process.onExit().join());
  }

  private void unmount() throws IOException {
    try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mounts"))) {
      mounts
          .map(line -> line.split(" ", -1)[1])
          .filter(point -> point.startsWith(directory + "/") || point.startsWith(storage + "/"))
          .sorted(Comparator.reverseOrder())
          .forEach(point -> Command.of("umount", point).run());
    }
  }

  private void removeControlGroups() throws IOException {
    for (Path group : controlGroups()) {
      try (Stream<Path> below = Files.walk(group)) {
        for (Path each :
            below.filter(Files::isDirectory).sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(each);
        }
      }
    }
  }

  /** At the top with cgroup2, else below each controller. Those of other worlds come and go. */
  private List<Path> controlGroups() throws IOException {
    Path top = Path.of("/sys/fs/cgroup");
    try (Stream<Path> controllers = Files.list(top)) {
      return Stream.concat(Stream.of(top), controllers.filter(each -> !Files.isSymbolicLink(each)))
          .map(each -> each.resolve(name))
          .filter(Files::isDirectory)
          .toList();
    }
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  /** Other worlds of this run may be up. */
  private static void deleteIfEmpty(Path folder) throws IOException {
    try {
      Files.deleteIfExists(folder);
    } catch (DirectoryNotEmptyException e) {
      log.debug("{} is still in use", folder, e);
    }
  }

  private interface Step {
    void run() throws Exception;
  }

  private static void attempt(List<Throwable> failures, Step step) {
    try {
      step.run();
    } catch (Exception | AssertionError e) {
      failures.add(e);
    }
  }
}
