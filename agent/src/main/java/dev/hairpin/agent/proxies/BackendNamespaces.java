package dev.hairpin.agent.proxies;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.Problem;
import dev.hairpin.agent.netns.NetworkNamespace;
import dev.hairpin.proxy.posix.HeldNamespace;
import dev.hairpin.proxy.posix.PosixException;
import dev.hairpin.rules.binding.Publisher;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The network namespaces that backends are dialled from. Each is opened when its publisher is first
 * seen, and held as long as that publishes: what the file's name, or a process's number, comes to
 * mean later is of no consequence. Safe to use from any thread.
 */
public final class BackendNamespaces implements AutoCloseable {
  private final DialFrom dialFrom;
  private final Map<Publisher, Held> held = new HashMap<>();
  private final List<Held> released = new ArrayList<>();

  public BackendNamespaces(DialFrom dialFrom) {
    this.dialFrom = requireNonNull(dialFrom, "dialFrom");
  }

  /** One that is open, and the kernel's number for it. */
  private record Held(long inode, HeldNamespace namespace) {}

  /**
   * Opens what isn't open, and forgets what isn't among these; that stays open until {@link
   * #closeReleased}, as it may still be in use.
   *
   * @param files where each publisher's is, on a file system of the kernel's
   * @return why some can't be dialled from within; they are dialled over the bridge
   */
  public synchronized List<Problem> hold(Map<? extends Publisher, NetworkNamespace> files) {
    if (dialFrom == DialFrom.BRIDGE) {
      return List.of();
    }
    List<Problem> problems = new ArrayList<>();
    for (Publisher publisher : List.copyOf(held.keySet())) {
      if (!isStillThat(publisher, Optional.ofNullable(files.get(publisher)))) {
        released.add(held.remove(publisher));
      }
    }
    files.forEach((publisher, file) -> {
      if (!held.containsKey(publisher)) {
        open(publisher, file, problems);
      }
    });
    return problems;
  }

  private boolean isStillThat(Publisher publisher, Optional<NetworkNamespace> file) {
    OptionalLong inode = file.map(NetworkNamespace::inode).orElse(OptionalLong.empty());
    return inode.isPresent() && inode.getAsLong() == held.get(publisher).inode();
  }

  private void open(Publisher publisher, NetworkNamespace file, List<Problem> problems) {
    OptionalLong before = file.inode();
    if (before.isEmpty()) {
      problems.add(problem(publisher, file.file() + " is no network namespace"));
      return;
    }
    try {
      var namespace = HeldNamespace.open(file.file());
      if (file.inode().equals(before)) {
        held.put(publisher, new Held(before.getAsLong(), namespace));
      } else {
        namespace.close();
        problems.add(problem(publisher, file.file() + " has just become another one"));
      }
    } catch (PosixException e) {
      problems.add(problem(publisher, file.file() + ": " + e.getMessage()));
    }
  }

  private static Problem problem(Publisher publisher, String why) {
    return new Problem(
        "dial " + publisher + " from within", why + "; it is dialled over the bridge");
  }

  /** Where a publisher is dialled from; empty for over the bridge. */
  public synchronized Optional<HeldNamespace> of(Publisher publisher) {
    return Optional.ofNullable(held.get(publisher)).map(Held::namespace);
  }

  /** Closes what was forgotten. Nothing dials from there any more. */
  public synchronized void closeReleased() {
    released.forEach(each -> each.namespace().close());
    released.clear();
  }

  @Override
  public synchronized void close() {
    closeReleased();
    held.values().forEach(each -> each.namespace().close());
    held.clear();
  }
}
