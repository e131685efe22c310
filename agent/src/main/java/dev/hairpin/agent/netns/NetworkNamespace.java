package dev.hairpin.agent.netns;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.posix.Posix;
import dev.hairpin.rules.binding.Publisher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A network namespace of this machine, named by a file of nsfs. It need not exist (yet).
 *
 * @param text what a person calls it: {@code ns1}, or {@code of process 42}
 */
public record NetworkNamespace(String text, Path file) {
  /** Where {@code ip netns} keeps the named ones. The directory is made with the first of them. */
  public static final Path NAMED = Path.of("/run/netns");

  private static final Pattern PID = Pattern.compile("[1-9][0-9]{0,9}");

  public NetworkNamespace {
    requireNonNull(text, "text");
    requireNonNull(file, "file");
  }

  /**
   * The one that {@code ip netns} lists under that name.
   *
   * @throws IllegalArgumentException if no namespace can have that name
   */
  public static NetworkNamespace of(String name) {
    return in(NAMED, name);
  }

  /** The named one, where names are kept in another directory. */
  static NetworkNamespace in(Path directory, String name) {
    String checked = new Publisher.Namespace(name).name();
    return new NetworkNamespace(checked, directory.resolve(checked));
  }

  /** The one that a process lives in, for as long as that process does. */
  public static NetworkNamespace ofPid(long pid) {
    return new NetworkNamespace("of process " + pid, Path.of("/proc/" + pid + "/ns/net"));
  }

  /**
   * The one that a person means: a file's absolute path, a process's number, or a name of {@code ip
   * netns}.
   *
   * @throws IllegalArgumentException if it is none of these
   */
  public static NetworkNamespace parse(String text) {
    if (text.startsWith("/")) {
      return new NetworkNamespace(text, Path.of(text));
    }
    return PID.matcher(text).matches() ? ofPid(Long.parseLong(text)) : of(text);
  }

  /** The one that this process was started in. */
  public static NetworkNamespace own() {
    return new NetworkNamespace("of this process", Path.of("/proc/self/ns/net"));
  }

  /** What {@code ip netns identify} calls the one that this process was started in. */
  public static Optional<String> ownName() throws IOException {
    return nameIn(NAMED, own().inode());
  }

  private static Optional<String> nameIn(Path directory, OptionalLong inode) throws IOException {
    if (!Files.isDirectory(directory)) {
      return Optional.empty();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .sorted()
          .map(file -> file.getFileName().toString())
          .filter(name -> new NetworkNamespace(name, directory.resolve(name)).inode().equals(inode))
          .findFirst();
    }
  }

  /** Whether there is such a namespace now. A file that it left behind is not one. */
  public boolean exists() {
    return inode().isPresent();
  }

  /** The kernel's number for it. Two names with the same number are the same namespace. */
  public OptionalLong inode() {
    try {
      Object nsfs = Files.getAttribute(own().file(), "unix:dev");
      if (!Files.getAttribute(file, "unix:dev").equals(nsfs)) {
        return OptionalLong.empty();
      }
      return OptionalLong.of((long) Files.getAttribute(file, "unix:ino"));
    } catch (IOException gone) {
      return OptionalLong.empty();
    }
  }

  /**
   * Runs code inside. It gets a thread of its own that ends with it, so plain sockets made there
   * belong to the namespace, and stay there when they are handed out. Beware of {@code
   * /proc/self/net}: that is always our own namespace's; {@code /proc/thread-self/net} is right.
   *
   * @throws IOException if the namespace can't be entered, or what the code threw
   * @throws InterruptedException if the caller was interrupted; the code has been, too
   */
  public <T> T call(Inside<T> code) throws IOException, InterruptedException {
    FutureTask<T> task =
        new FutureTask<>(() -> {
          Posix.system().enterNetworkNamespace(file);
          return code.call();
        });
    Thread thread = Thread.ofPlatform().daemon().name("inside " + text).start(task);
    try {
      return task.get();
    } catch (InterruptedException e) {
      thread.interrupt();
      throw e;
    } catch (ExecutionException e) {
      throw asThrown(e.getCause());
    }
  }

  /** Runs code inside, as {@link #call} does. */
  public void run(InsideAction code) throws IOException, InterruptedException {
    call(() -> {
      code.run();
      return null;
    });
  }

  @Override
  public String toString() {
    return "namespace " + text;
  }

  private static IOException asThrown(Throwable cause) throws InterruptedException {
    return switch (cause) {
      case IOException e -> e;
      case InterruptedException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> new IOException(cause);
    };
  }

  /** Code that runs in a namespace and has a result. */
  @FunctionalInterface
  public interface Inside<T> {
    T call() throws IOException, InterruptedException;
  }

  /** Code that runs in a namespace. */
  @FunctionalInterface
  public interface InsideAction {
    void run() throws IOException, InterruptedException;
  }
}
