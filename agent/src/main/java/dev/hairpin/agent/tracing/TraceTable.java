package dev.hairpin.agent.tracing;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hairpin.agent.posix.NftLibrary;
import dev.hairpin.rules.apply.CommandException;
import dev.hairpin.rules.apply.CommandRunner;
import dev.hairpin.rules.apply.CommandRunner.Finished;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.apply.NftContext;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A table of nftables that has packets traced, as long as it is open. It changes nothing about
 * them, but the kernel tracks connections while it is there.
 *
 * <p>It belongs to a netlink socket of this process, so the kernel removes it when the process
 * ends, however it ends (Linux 5.12). Where nft or the kernel don't know that, it stays behind a
 * process that is killed; the next one to open such a table takes it away.
 *
 * <p>A process can have one in a network namespace. Not safe for several threads; any may close it.
 */
public final class TraceTable implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TraceTable.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PREFIX = "hairpin-trace-";
  private static final Pattern OURS = Pattern.compile("table inet (" + PREFIX + "([0-9]{1,18}))");

  /** {@code /dev/stdin:2:15-21: Error: Could not process rule: No such file or directory}. */
  private static final Pattern ERROR = Pattern.compile("(?:^|: )Error: (.*)");

  private static final String NO_SUCH_TABLE = "No such file or directory";
  private static final String NOT_PERMITTED = "Operation not permitted";

  private final String name;
  private final Optional<NftContext> owner;
  private final CommandRunner commands;
  private final AtomicBoolean closed = new AtomicBoolean();

  private TraceTable(String name, Optional<NftContext> owner, CommandRunner commands) {
    this.name = name;
    this.owner = owner;
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
        NftLibrary.telling(thread -> {}),
        commands,
        ProcessHandle.current().pid(),
        pid -> ProcessHandle.of(pid).isPresent());
  }

  /**
   * The same.
   *
   * @param pid of this process
   * @param isAlive whether there is a process with that number
   */
  static TraceTable open(
      TraceFilter filter,
      NftContext.Opener owners,
      CommandRunner commands,
      long pid,
      LongPredicate isAlive)
      throws FirewallException {
    requireNonNull(filter, "filter");
    removeLeftovers(commands, pid, isAlive);
    String name = PREFIX + pid;
    Optional<NftContext> owner = owning(owners, TraceScript.of(filter, name, /* owned= */ true));
    if (owner.isEmpty()) {
      String script = TraceScript.of(filter, name, /* owned= */ false);
      require("trace packets with table inet " + name, run(commands, name, script));
      log.info(
          "nft and this kernel can't have tables owned; table inet {} stays if this process is killed,"
              + " until the next trace",
          name);
    }
    return new TraceTable(name, owner, commands);
  }

  /** Who holds the table that a script makes; empty where tables can't be held. */
  private static Optional<NftContext> owning(NftContext.Opener owners, String script) {
    NftContext opened;
    try {
      opened = owners.open();
    } catch (IOException e) {
      log.debug("{}", e.getMessage());
      return Optional.empty();
    }
    try {
      Finished made = opened.run(script);
      if (made.isSuccess()) {
        return Optional.of(opened);
      }
      log.debug("make a table that we own: {}", reason(made));
    } catch (IOException e) {
      log.debug("{}", e.getMessage());
    }
    opened.close();
    return Optional.empty();
  }

  /** Only tables that nobody owns can be left over. */
  private static void removeLeftovers(CommandRunner commands, long pid, LongPredicate isAlive)
      throws FirewallException {
    String doing = "look for what a trace left";
    Finished listed = run(commands, doing, List.of("nft", "list", "tables", "inet"), "");
    require(doing, listed);
    for (String line : listed.output().lines().toList()) {
      Matcher table = OURS.matcher(line);
      if (table.matches()) {
        long holder = Long.parseLong(table.group(2));
        if (holder == pid || !isAlive.test(holder)) {
          log.info("removing table inet {}, which a trace that was killed left", table.group(1));
          delete(commands, table.group(1));
        }
      }
    }
  }

  private static void delete(CommandRunner commands, String name) throws FirewallException {
    String doing = "remove table inet " + name;
    Finished deleted = run(commands, doing, List.of("nft", "delete", "table", "inet", name), "");
    if (!deleted.errors().contains(NO_SUCH_TABLE)) {
      require(doing, deleted);
    }
  }

  /** Its name, with our process id in it. It is a table of {@code inet}. */
  public String name() {
    return name;
  }

  /** Whether the kernel removes it when this process is killed. */
  public boolean isOwned() {
    return owner.isPresent();
  }

  /** Whether an event is about this table itself, where every trace begins. */
  public boolean isSubjectOf(TraceEvent event) {
    return event.family() == AddressFamily.INET && event.table().equals(name);
  }

  /**
   * How much the filter has met with.
   *
   * @param traced packets that are traced, 0 to the filter's limit and one more a day
   * @param passedOver packets beyond the limit, which are not
   */
  public record Counts(long traced, long passedOver) {}

  /**
   * What was met with so far.
   *
   * @throws FirewallException if that can't be read, or somebody has removed the table
   */
  public Counts counts() throws FirewallException {
    String doing = "count what table inet " + name + " traces";
    Finished listed =
        run(commands, doing, List.of("nft", "-j", "list", "counters", "table", "inet", name), "");
    require(doing, listed);
    try {
      JsonNode counters = JSON.readTree(listed.output()).path("nftables");
      return new Counts(
          packets(counters, TraceScript.TRACED), packets(counters, TraceScript.PASSED_OVER));
    } catch (JsonProcessingException e) {
      throw new FirewallException(doing + ": output of nft: " + e.getOriginalMessage(), e);
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
    if (owner.isPresent()) {
      owner.get().close();
    } else {
      delete(commands, name);
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
