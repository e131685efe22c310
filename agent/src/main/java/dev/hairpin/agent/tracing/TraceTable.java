package dev.hairpin.agent.tracing;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hairpin.rules.apply.CommandException;
import dev.hairpin.rules.apply.CommandRunner;
import dev.hairpin.rules.apply.CommandRunner.Finished;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.apply.LastWill;
import dev.hairpin.rules.nftables.NftJson;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A table of nftables that has packets traced, as long as it is open, and another of the same name
 * for those that pass a bridge, if that is wanted. It changes nothing about them, but the kernel
 * tracks connections while it is there.
 *
 * <p>It is gone when this process ends, however it ends: an nft waits for that, with the command to
 * remove it. Whoever kills that one too leaves the table to the next that opens one. It is not
 * owned by a socket of ours, which would do the same: as JSON, nft 1.0.6 breaks off at an owned
 * table, and so would every program that lists rules while somebody traces.
 *
 * <p>A process can have one in a network namespace. Not safe for several threads; any may close it.
 */
public final class TraceTable implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TraceTable.class);
  private static final String PREFIX = "hairpin-trace-";
  private static final Pattern OURS =
      Pattern.compile("table (?<family>inet|bridge) (?<name>" + PREFIX + "(?<pid>[0-9]{1,18}))");

  /** {@code /dev/stdin:2:15-21: Error: Could not process rule: No such file or directory}. */
  private static final Pattern ERROR = Pattern.compile("(?:^|: )Error: (.*)");

  private static final String NO_SUCH_TABLE = "No such file or directory";
  private static final String NOT_PERMITTED = "Operation not permitted";

  private final String name;
  private final Removal removal;
  private final TraceFilter.Layers layers;
  private final CommandRunner commands;
  private final AtomicBoolean closed = new AtomicBoolean();

  private TraceTable(
      String name, Removal removal, TraceFilter.Layers layers, CommandRunner commands) {
    this.name = name;
    this.removal = removal;
    this.layers = layers;
    this.commands = commands;
  }

  /**
   * Has packets traced from here on, in the network namespace of the calling thread. Who wants to
   * miss none of it has a {@link TraceListener} already.
   *
   * @param commands runs tools in that same namespace
   * @throws FirewallException if that can't be done; nothing is left of it
   */
  public static TraceTable open(TraceFilter filter, CommandRunner commands)
      throws FirewallException {
    return open(
        filter,
        script -> LastWill.of(script)::carryOut,
        commands,
        ProcessHandle.current().pid(),
        pid -> ProcessHandle.of(pid).isPresent());
  }

  /** Something that is certain to be done, and can be done now. */
  interface Removal {
    Finished now() throws CommandException;

    /** Makes sure that a script of nft's will be carried out. */
    interface Certainty {
      Removal of(String script) throws CommandException;
    }
  }

  /**
   * The same.
   *
   * @param pid of this process
   * @param isAlive whether there is a process with that number
   */
  static TraceTable open(
      TraceFilter filter,
      Removal.Certainty certainty,
      CommandRunner commands,
      long pid,
      LongPredicate isAlive)
      throws FirewallException {
    requireNonNull(filter, "filter");
    removeLeftovers(commands, pid, isAlive);
    String name = PREFIX + pid;
    String doing = "trace packets with table inet " + name;
    TraceTable table;
    try {
      // Before there is anything to remove, so that it is removed whenever this process ends.
      table = new TraceTable(name, certainty.of(removal(filter, name)), filter.layers(), commands);
    } catch (CommandException e) {
      throw new FirewallException(doing + ": " + e.getMessage(), e);
    }
    try {
      require(doing, run(commands, name, TraceScript.of(filter, name)));
    } catch (FirewallException e) {
      table.close();
      throw e;
    }
    return table;
  }

  /** One that was removed by somebody else keeps no other from being removed. */
  private static String removal(TraceFilter filter, String name) {
    return families(filter.layers())
        .flatMap(family ->
            Stream.of(
                "add table " + family + " " + name + "\n",
                "delete table " + family + " " + name + "\n"))
        .collect(joining());
  }

  private static Stream<AddressFamily> families(TraceFilter.Layers layers) {
    return switch (layers) {
      case IP -> Stream.of(AddressFamily.INET);
      case IP_AND_BRIDGE -> Stream.of(AddressFamily.INET, AddressFamily.BRIDGE);
    };
  }

  /** Those whose process is gone, and with it the one that was to remove them. */
  private static void removeLeftovers(CommandRunner commands, long pid, LongPredicate isAlive)
      throws FirewallException {
    String doing = "look for what a trace left";
    Finished listed = run(commands, doing, List.of("nft", "list", "tables"), "");
    require(doing, listed);
    for (String line : listed.output().lines().toList()) {
      Matcher table = OURS.matcher(line);
      if (table.matches()) {
        long holder = Long.parseLong(table.group("pid"));
        if (holder == pid || !isAlive.test(holder)) {
          log.info("removing {}, which a trace that was killed left", line);
          delete(commands, table.group("family"), table.group("name"));
        }
      }
    }
  }

  private static void delete(CommandRunner commands, String family, String name)
      throws FirewallException {
    String doing = "remove table " + family + " " + name;
    Finished deleted = run(commands, doing, List.of("nft", "delete", "table", family, name), "");
    if (!deleted.errors().contains(NO_SUCH_TABLE)) {
      require(doing, deleted);
    }
  }

  /** Its name, with our process id in it. There is one of {@code inet}. */
  public String name() {
    return name;
  }

  /** Whether an event is about this table itself, where every trace begins. */
  public boolean isSubjectOf(TraceEvent event) {
    return families(layers).anyMatch(event.family()::equals) && event.table().equals(name);
  }

  /**
   * How much the filter has met with.
   *
   * @param traced packets that are traced, 0 to the filter's limit and one more a day
   * @param passedOver packets beyond the limit, which are not
   */
  public record Counts(long traced, long passedOver) {}

  /**
   * What was met with so far. A packet that a bridge's tables and those of the routers have seen
   * counts once.
   *
   * @throws FirewallException if that can't be read, or somebody has removed the table
   */
  public Counts counts() throws FirewallException {
    Counts counts = new Counts(0, 0);
    for (AddressFamily family : families(layers).toList()) {
      Counts some = counts(family);
      counts =
          new Counts(
              Math.max(counts.traced(), some.traced()),
              Math.max(counts.passedOver(), some.passedOver()));
    }
    return counts;
  }

  private Counts counts(AddressFamily family) throws FirewallException {
    String doing = "count what table " + family + " " + name + " traces";
    Finished listed =
        run(
            commands,
            doing,
            List.of("nft", "-j", "list", "counters", "table", family.keyword(), name),
            "");
    require(doing, listed);
    try {
      JsonNode counters = NftJson.objects(listed.output());
      return new Counts(
          packets(counters, TraceScript.TRACED), packets(counters, TraceScript.PASSED_OVER));
    } catch (IllegalArgumentException e) {
      throw new FirewallException(doing + ": output of nft: " + e.getMessage(), e);
    }
  }

  private static long packets(JsonNode objects, String counter) {
    for (JsonNode object : objects) {
      JsonNode found = object.path("counter");
      if (found.path("name").asText().equals(counter)) {
        return found.path("packets").asLong();
      }
    }
    return 0;
  }

  /**
   * Removes it; nothing is traced any more.
   *
   * @throws FirewallException if it is still there
   */
  @Override
  public void close() throws FirewallException {
    if (closed.getAndSet(true)) {
      return;
    }
    String doing = "remove table inet " + name;
    try {
      Finished removed = removal.now();
      if (!removed.errors().contains(NO_SUCH_TABLE)) {
        require(doing, removed);
      }
    } catch (CommandException e) {
      throw new FirewallException(doing + ": " + e.getMessage(), e);
    }
  }

  private static Finished run(CommandRunner commands, String name, String script)
      throws FirewallException {
    log.debug("nft -f -:\n{}", script);
    return run(
        commands, "trace packets with table inet " + name, List.of("nft", "-f", "-"), script);
  }

  private static Finished run(CommandRunner commands, String doing, List<String> argv, String input)
      throws FirewallException {
    try {
      return commands.run(argv, input, CommandRunner.DEADLINE);
    } catch (CommandException e) {
      throw new FirewallException(doing + ": " + e.getMessage(), e);
    }
  }

  private static void require(String doing, Finished finished) throws FirewallException {
    if (!finished.isSuccess()) {
      String reason = reason(finished);
      throw new FirewallException(
          doing
              + ": nft exited "
              + finished.exitStatus()
              + ": "
              + reason
              + (reason.contains(NOT_PERMITTED) ? "; run as root" : ""));
    }
  }

  private static String reason(Finished finished) {
    Matcher error = ERROR.matcher(finished.firstError());
    return error.find() ? error.group(1) : finished.firstError();
  }
}
