package dev.hairpin.agent.keeper;

import dev.hairpin.agent.posix.DescriptorQueue;
import dev.hairpin.agent.posix.Posix;
import dev.hairpin.agent.posix.ProcessIdentity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process that keeps the queues: it sleeps, in the agent's network namespace, and outlives the
 * agent. A file in the run directory says which it is.
 */
final class KeeperProcess {
  private static final Logger log = LoggerFactory.getLogger(KeeperProcess.class);

  /** Those below are {@code /dev/null}; beyond the last, a program that starts opens its files. */
  private static final int FIRST_QUEUE = 3;

  /** Process and number of queues: {@code 4711-123456 128}. */
  private static final Pattern TEXT = Pattern.compile("([0-9-]{1,30}) ([0-9]{1,4})");

  /** In its environment: the run directory that it is of. */
  private static final String MARK = "HAIRPIN_KEEPER";

  private static final int LONGEST_RECORD = 64;
  private static final long STARTING_SECONDS = 5;
  private static final long ENDING_SECONDS = 5;

  private final Path record;
  private final ProcessIdentity identity;
  private final int queues;

  private KeeperProcess(Path record, ProcessIdentity identity, int queues) {
    this.record = record;
    this.identity = identity;
    this.queues = queues;
  }

  /**
   * Starts one that has these queues, and writes down which it is.
   *
   * @throws IOException if it can't be started, or a later agent could not get at its queues; none
   *     runs
   */
  static KeeperProcess start(Path record, List<Integer> queues) throws IOException {
    List<String> environment =
        Stream.concat(
                Stream.of(mark(record.getParent())),
                // Whoever looks for what it has started, such as the lab, finds this one too.
                System.getenv().entrySet().stream()
                    .filter(variable -> variable.getKey().startsWith("HAIRPIN_"))
                    .filter(variable -> !variable.getKey().equals(MARK))
                    .map(Map.Entry::toString))
            .toList();
    long pid = Posix.system().start(List.of("sleep", "infinity"), environment, queues);
    ProcessIdentity identity =
        ProcessIdentity.of(pid)
            .orElseThrow(() -> new IOException("start the keeper of sockets: it ended at once"));
    KeeperProcess keeper = new KeeperProcess(record, identity, queues.size());
    try {
      keeper.awaitMark();
      keeper.queues().forEach(DescriptorQueue::close);
      Path unfinished = record.resolveSibling(record.getFileName() + ".new");
      Files.writeString(unfinished, identity + " " + queues.size() + "\n");
      Files.move(unfinished, record, StandardCopyOption.ATOMIC_MOVE);
      return keeper;
    } catch (IOException e) {
      keeper.end();
      throw e;
    }
  }

  /** posix_spawn(3) returns while the kernel still lays out what the program is given. */
  private void awaitMark() throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(STARTING_SECONDS);
    while (!isMarked(identity, record)) {
      if (System.nanoTime() > deadline || !identity.isAlive()) {
        throw new IOException("start " + this + ": it has not begun");
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
  }

  /** The one that the record names, if it is there and really the one. */
  static Optional<KeeperProcess> find(Path record) throws IOException {
    String text;
    try (var file = Files.newInputStream(record)) {
      text = new String(file.readNBytes(LONGEST_RECORD), StandardCharsets.US_ASCII).strip();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    Matcher matcher = TEXT.matcher(text);
    Optional<ProcessIdentity> identity =
        matcher.matches() ? ProcessIdentity.parse(matcher.group(1)) : Optional.empty();
    if (identity.isEmpty() || !identity.get().isAlive() || !isMarked(identity.get(), record)) {
      log.info("the process that kept the sockets of {} is gone", record.getParent());
      Files.deleteIfExists(record);
      return Optional.empty();
    }
    return Optional.of(
        new KeeperProcess(record, identity.get(), Integer.parseInt(matcher.group(2))));
  }

  private static boolean isMarked(ProcessIdentity process, Path record) throws IOException {
    String environment =
        Files.readString(proc(process).resolve("environ"), StandardCharsets.ISO_8859_1);
    return Arrays.asList(environment.split("\0", -1)).contains(mark(record.getParent()));
  }

  /** What the keeper of a run directory has in its environment. */
  static String mark(Path runDirectory) {
    return MARK + "=" + runDirectory;
  }

  /** Whether it is in the network namespace of the calling thread. */
  boolean isInThisNetwork() throws IOException {
    return Files.readSymbolicLink(proc(identity).resolve("ns/net"))
        .equals(Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")));
  }

  /**
   * The queues that it keeps, as descriptors of this process.
   *
   * @throws IOException if this process may not look into it, or it has something else; nothing is
   *     left open
   */
  List<DescriptorQueue> queues() throws IOException {
    List<DescriptorQueue> found = new ArrayList<>();
    try (Posix.Held process = Posix.system().hold(identity.pid())) {
      for (int number = FIRST_QUEUE; number < FIRST_QUEUE + queues; number++) {
        int duplicate = process.duplicateOf(number);
        Optional<DescriptorQueue> queue = DescriptorQueue.of(duplicate);
        if (queue.isEmpty()) {
          Posix.system().close(duplicate);
          throw new IOException("descriptor " + number + " of " + this + " is no queue");
        }
        found.add(queue.get());
      }
      return found;
    } catch (IOException e) {
      found.forEach(DescriptorQueue::close);
      throw e;
    }
  }

  /** Has something done when it has ended, on a thread for that. */
  void onEnd(Runnable action) {
    Thread.ofVirtual()
        .name("keeper-of-sockets")
        .start(() -> {
          ProcessHandle.of(identity.pid()).ifPresent(process -> process.onExit().join());
          action.run();
        });
  }

  /** Ends it, and forgets it. What only it kept is closed, now or very soon. */
  void end() throws IOException {
    Optional<ProcessHandle> process = ProcessHandle.of(identity.pid());
    if (process.isPresent() && identity.isAlive()) {
      process.get().destroyForcibly();
      try {
        process.get().onExit().get(ENDING_SECONDS, TimeUnit.SECONDS);
      } catch (ExecutionException | TimeoutException e) {
        throw new IOException("end " + this + ": still there after SIGKILL", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("end " + this + ": interrupted", e);
      }
    }
    Posix.system().reap(identity.pid());
    Files.deleteIfExists(record);
  }

  private static Path proc(ProcessIdentity process) {
    return Path.of("/proc", Long.toString(process.pid()));
  }

  @Override
  public String toString() {
    return "the keeper of sockets (process " + identity.pid() + ")";
  }
}
