package dev.hairpin.agent.keeper;

import dev.hairpin.agent.posix.DescriptorQueue;
import dev.hairpin.agent.posix.Posix;
import dev.hairpin.agent.proxies.SocketKeeper;
import dev.hairpin.rules.binding.HostPort;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the listening sockets of an agent over its end, however it ends. They wait in queues that
 * {@link KeeperProcess} has too, so a socket that is closed is free only when it is out of its
 * queue; a change of one costs a write of at most {@value DescriptorQueue#MOST_IN_MESSAGE}.
 *
 * <p>What the sockets are nobody writes down: the kernel says what each is bound to.
 */
public final class Keeper implements SocketKeeper, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Keeper.class);

  private static final String RECORD = "keeper";

  /** Room for 16,000 ports of both families. An empty queue takes 2 kB of the kernel's memory. */
  static final int SLOTS = 128;

  private final Path record;
  private final List<Slot> slots = new ArrayList<>();
  private final Map<HostPort, Slot> slotOf = new HashMap<>();

  /** What an earlier agent left, until somebody takes it. */
  private final Map<HostPort, Integer> left = new HashMap<>();

  private Optional<KeeperProcess> process = Optional.empty();
  private boolean isClosed;
  private boolean hasFailed;

  private Keeper(Path record) {
    this.record = record;
  }

  /**
   * With what an earlier agent of this run directory left, if that was in this network namespace;
   * in another nobody serves it any more, and it is closed. No process is started before there is a
   * socket to keep.
   */
  public static Keeper open(Path runDirectory) {
    Keeper keeper = new Keeper(runDirectory.resolve(RECORD));
    keeper.takeOver();
    return keeper;
  }

  /**
   * Closes all that waits for the next agent of a run directory, and ends the process that keeps
   * it. No agent runs.
   *
   * @return how many sockets these were
   */
  public static int end(Path runDirectory) throws IOException {
    try (Keeper keeper = new Keeper(runDirectory.resolve(RECORD))) {
      keeper.takeOver();
      int sockets = keeper.left.size();
      keeper.closeLeft();
      return sockets;
    }
  }

  /** A variable that the process has in its environment, such as {@code NAME=value}. */
  public static String markOf(Path runDirectory) {
    return KeeperProcess.mark(runDirectory);
  }

  private synchronized void takeOver() {
    try {
      process = KeeperProcess.find(record);
      if (process.isEmpty()) {
        return;
      }
      if (!process.get().isInThisNetwork()) {
        log.info("{} is of another network namespace: ending it", process.get());
        endProcess();
        return;
      }
      process.get().queues().forEach(queue -> slots.add(new Slot(queue)));
      for (Slot slot : slots) {
        left.putAll(slot.takeOver());
        slot.hostPorts().forEach(hostPort -> slotOf.put(hostPort, slot));
      }
      process.get().onEnd(this::keepAgain);
      log.info("{} sockets have waited for this agent", left.size());
    } catch (IOException e) {
      log.warn(
          "take over the sockets of an earlier agent: {}; their ports are opened anew",
          e.getMessage());
      endProcess();
      letGo();
    }
  }

  @Override
  public synchronized OptionalInt take(HostPort hostPort) {
    Integer descriptor = left.remove(hostPort);
    return descriptor == null ? OptionalInt.empty() : OptionalInt.of(descriptor);
  }

  @Override
  public synchronized void keep(Map<HostPort, Integer> descriptors) {
    if (process.isEmpty() && !hasFailed) {
      start();
    }
    if (process.isEmpty()) {
      return;
    }
    for (Map.Entry<HostPort, Integer> each : descriptors.entrySet()) {
      Optional<Slot> slot =
          Optional.ofNullable(slotOf.get(each.getKey()))
              .or(() -> slots.stream().filter(Slot::hasRoom).findFirst());
      if (slot.isPresent()) {
        slot.get().put(each.getKey(), each.getValue());
        slotOf.put(each.getKey(), slot.get());
      } else {
        failed(new IOException("keep " + each.getKey() + ": more sockets than there is room for"));
      }
    }
    write();
  }

  @Override
  public synchronized void forget(Collection<HostPort> hostPorts) {
    for (HostPort hostPort : hostPorts) {
      Slot slot = slotOf.remove(hostPort);
      if (slot != null) {
        slot.remove(hostPort);
      }
    }
    write();
  }

  @Override
  public synchronized boolean closeLeftAt(HostPort hostPort) {
    return closeLeft(other -> overlap(other, hostPort)) > 0;
  }

  private static boolean overlap(HostPort one, HostPort other) {
    return one.protocol() == other.protocol()
        && one.port() == other.port()
        && one.address().family() == other.address().family()
        && (one.address().isWildcard()
            || other.address().isWildcard()
            || one.address().equals(other.address()));
  }

  @Override
  public synchronized void closeLeft() {
    int closed = closeLeft(any -> true);
    if (closed > 0) {
      log.info("closed {} sockets that nobody wants any more", closed);
    }
  }

  private int closeLeft(Predicate<HostPort> which) {
    Map<HostPort, Integer> unwanted = new HashMap<>(left);
    unwanted.keySet().removeIf(which.negate());
    forget(unwanted.keySet());
    unwanted.forEach((hostPort, descriptor) -> {
      left.remove(hostPort);
      Posix.system().close(descriptor);
    });
    return unwanted.size();
  }

  private void write() {
    for (Slot slot : slots) {
      try {
        slot.write();
      } catch (IOException e) {
        failed(e);
      }
    }
  }

  /** Said once. */
  private void failed(IOException e) {
    if (!hasFailed) {
      hasFailed = true;
      log.warn("{}; ports will be closed while no agent runs", e.getMessage());
    }
  }

  /** Whatever is wrong with the kernel or our rights when this fails stays wrong. */
  private void start() {
    try {
      while (slots.size() < SLOTS) {
        slots.add(new Slot(DescriptorQueue.make()));
      }
      KeeperProcess started =
          KeeperProcess.start(record, slots.stream().map(Slot::descriptor).toList());
      process = Optional.of(started);
      log.debug("started {}", started);
      started.onEnd(this::keepAgain);
    } catch (IOException e) {
      failed(e);
    }
  }

  /** The queues are ours as well: another process has but to be given them. */
  private synchronized void keepAgain() {
    if (isClosed || process.isEmpty()) {
      return;
    }
    log.warn("{} has ended; starting another", process.get());
    endProcess();
    start();
  }

  private void endProcess() {
    try {
      if (process.isPresent()) {
        process.get().end();
      }
    } catch (IOException e) {
      log.warn("{}", e.getMessage());
    }
    process = Optional.empty();
  }

  /** The ports that are kept, taken or not. */
  synchronized Set<HostPort> kept() {
    return new HashSet<>(slotOf.keySet());
  }

  /** Leaves what is kept to the next agent; a process that keeps nothing ends. */
  @Override
  public synchronized void close() {
    isClosed = true;
    if (slotOf.isEmpty()) {
      endProcess();
    }
    letGo();
  }

  /** Of what this process has of it all. */
  private void letGo() {
    left.values().forEach(Posix.system()::close);
    left.clear();
    slots.forEach(Slot::close);
    slots.clear();
    slotOf.clear();
  }
}
