package dev.hairpin.agent.standin;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.posix.ProcessIdentity;
import dev.hairpin.agent.proxies.PortOpener;
import dev.hairpin.agent.proxies.ProxyPool;
import dev.hairpin.proxy.PortUnavailableException;
import dev.hairpin.proxy.Transport;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.HostPort;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves dockerd's stand-ins: opens the port that a registration asks for, answers, and closes it
 * when the registration is gone or its process has ended.
 *
 * <p>The directory is the truth. Whatever wakes this, it looks at all registrations; an agent that
 * starts finds those that an earlier one served, and opens their ports again.
 *
 * <p>dockerd holds the container's lock until the stand-in has its answer, so nothing here may wait
 * for dockerd.
 */
public final class StandIns implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StandIns.class);

  private static final String WAKE = "wake";

  /** Whom the stand-ins wait for: the agent's process id. */
  private static final String AGENT = "agent";

  private static final String REPLY = ".reply";
  private static final String UNFINISHED = ".new";

  private final Path directory;
  private final ProxyPool ports;
  private final PassedSockets sockets;
  private final Runnable changed;
  private final FileChannel wake;
  private final CountDownLatch ending = new CountDownLatch(1);
  private final TreeMap<ProcessIdentity, Claim> served = new TreeMap<>();

  private StandIns(
      Path directory, ProxyPool ports, PassedSockets sockets, Runnable changed, FileChannel wake) {
    this.directory = directory;
    this.ports = ports;
    this.sockets = sockets;
    this.changed = changed;
    this.wake = wake;
  }

  /**
   * Opens the ports of all stand-ins that wait, and begins to serve new ones.
   *
   * @param directory made when missing, for its owner only
   * @param ports nobody else's: what no stand-in wants is closed
   * @param sockets those that dockerd has bound
   * @param changed called after {@link #claims} has changed, on a thread of this; must not block
   * @param sweep how often to look for stand-ins that ended without a word
   */
  public static StandIns start(
      Path directory, ProxyPool ports, PassedSockets sockets, Runnable changed, Duration sweep)
      throws IOException {
    requireNonNull(ports, "ports");
    requireNonNull(sockets, "sockets");
    requireNonNull(changed, "changed");
    Files.createDirectories(directory);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    Path fifo = directory.resolve(WAKE);
    Fifo.make(fifo);
    Files.writeString(directory.resolve(AGENT), ProcessHandle.current().pid() + "\n");
    StandIns standIns = new StandIns(directory, ports, sockets, changed, Fifo.open(fifo));
    standIns.look(Thoroughness.ALL);
    Thread.ofPlatform().name("stand-ins").daemon().start(standIns::listen);
    Thread.ofVirtual().name("stand-ins-sweep").start(() -> standIns.sweep(sweep));
    return standIns;
  }

  /** What the living stand-ins hold now, in the order in which dockerd started them. */
  public synchronized List<Claim> claims() {
    return List.copyOf(served.values());
  }

  /**
   * Ends. The sockets are the pool's to close; the stand-ins wait on for the next agent, and wake
   * it through the same pipe. Where none waits, new ones are to find no pipe, and say so at once.
   */
  @Override
  public synchronized void close() throws IOException {
    ending.countDown();
    wake.close();
    Files.deleteIfExists(directory.resolve(AGENT));
    if (served.isEmpty()) {
      Files.deleteIfExists(directory.resolve(WAKE));
    }
  }

  /**
   * Removes the directory that no agent uses any more, unless a stand-in waits there for the next.
   */
  public static void removeUnused(Path directory) throws IOException {
    List<Path> left = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      files.forEach(left::add);
    } catch (NoSuchFileException e) {
      return;
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    for (Path file : left) {
      String name = file.getFileName().toString();
      Optional<ProcessIdentity> process = ProcessIdentity.parse(name.replaceFirst("\\.\\w+$", ""));
      boolean isOurs = process.isPresent() || name.equals(WAKE) || name.equals(AGENT);
      if (!isOurs || (process.isPresent() && process.get().isAlive())) {
        log.debug("{} is still used: {}", directory, name);
        return;
      }
    }
    for (Path file : left) {
      Files.deleteIfExists(file);
    }
    Files.deleteIfExists(directory);
  }

  private void listen() {
    ByteBuffer lines = ByteBuffer.allocate(4096);
    while (wake.isOpen()) {
      try {
        lines.clear();
        wake.read(lines);
        look(Thoroughness.NEW);
      } catch (ClosedChannelException e) {
        log.debug("no longer serving stand-ins");
      } catch (IOException e) {
        log.warn("read {}: {}", directory.resolve(WAKE), e.toString());
      }
    }
  }

  /** Which stand-ins are asked whether they live. With thousands of them that takes its time. */
  private enum Thoroughness {
    NEW,
    ALL
  }

  private void sweep(Duration interval) {
    try {
      while (!ending.await(interval.toMillis(), TimeUnit.MILLISECONDS)) {
        look(Thoroughness.ALL);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Brings the ports in step with the registrations. */
  private void look(Thoroughness thoroughness) {
    boolean isDifferent;
    try {
      isDifferent = lookOnce(thoroughness);
    } catch (IOException e) {
      log.error("look for stand-ins in {}: {}", directory, e.toString());
      return;
    }
    if (isDifferent) {
      changed.run();
    }
  }

  private synchronized boolean lookOnce(Thoroughness thoroughness) throws IOException {
    Set<ProcessIdentity> registered = new TreeSet<>();
    Set<ProcessIdentity> withPipe = new TreeSet<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        ProcessIdentity.parse(name).ifPresent(registered::add);
        if (name.endsWith(REPLY)) {
          ProcessIdentity.parse(name.substring(0, name.length() - REPLY.length()))
              .ifPresent(withPipe::add);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    boolean isDifferent = dropThoseWithout(registered);
    for (ProcessIdentity process : registered) {
      boolean isNew = !served.containsKey(process);
      if ((isNew || thoroughness == Thoroughness.ALL) && !process.isAlive()) {
        isDifferent |= drop(process);
      } else if (isNew) {
        isDifferent |= serve(process);
      }
    }
    if (thoroughness == Thoroughness.ALL) {
      withPipe.removeAll(registered);
      removeThoseOfTheDead(withPipe);
    }
    return isDifferent;
  }

  /** A stand-in that was killed before it registered leaves its pipe. */
  private void removeThoseOfTheDead(Set<ProcessIdentity> processes) throws IOException {
    for (ProcessIdentity process : processes) {
      if (!process.isAlive()) {
        Files.deleteIfExists(reply(process));
        Files.deleteIfExists(directory.resolve(process + UNFINISHED));
      }
    }
  }

  private boolean dropThoseWithout(Set<ProcessIdentity> registered) throws IOException {
    boolean isDifferent = false;
    for (ProcessIdentity process : List.copyOf(served.keySet())) {
      if (!registered.contains(process)) {
        isDifferent |= drop(process);
      }
    }
    return isDifferent;
  }

  /** Opens a stand-in's port and tells it. One that can't be served keeps no other from it. */
  private boolean serve(ProcessIdentity process) throws IOException {
    try {
      Optional<List<String>> lines = read(process);
      return lines.isPresent() && open(Registration.parse(process, lines.get()));
    } catch (IllegalArgumentException e) {
      refuse(process, e.getMessage());
      return false;
    }
  }

  private boolean open(Claim claim) throws IOException {
    Transport transport = ProxyPool.transport(claim.hostPort().protocol());
    dropTheDeadWith(claim.hostPort());
    try {
      if (claim.socket().isPresent()) {
        PortOpener passed = sockets.of(claim.process(), claim.socket().getAsInt());
        ports.take(transport, claim.binding(), passed);
      } else {
        ports.take(transport, claim.binding());
      }
    } catch (PortUnavailableException e) {
      throw new IllegalArgumentException(dockerdsWords(claim, e), e);
    }
    served.put(claim.process(), claim);
    answer(claim.process(), "0");
    log.info("serving {} for docker-proxy {}", claim.binding(), claim.process().pid());
    return true;
  }

  /**
   * A stand-in that was killed has its port until the next sweep. When dockerd gives the port out
   * again before that, it is the new one's.
   */
  private void dropTheDeadWith(HostPort hostPort) throws IOException {
    for (Claim other : claims()) {
      if (other.hostPort().equals(hostPort) && !other.process().isAlive()) {
        drop(other.process());
      }
    }
  }

  /** What dockerd's users know from docker-proxy, which prints Go's error. */
  private static String dockerdsWords(Claim claim, PortUnavailableException problem) {
    String listen = listen(claim);
    return switch (problem.reason()) {
      case IN_USE, ADDRESS_NOT_LOCAL, NOT_PERMITTED ->
          listen + ": bind: " + problem.reason().text();
      case NOT_SUPPORTED -> listen + ": " + problem.reason().text();
      case TOO_MANY_FILES -> listen + ": " + problem.detail();
      case OTHER -> listen + ": " + problem.getMessage();
    };
  }

  /** {@code listen tcp4 0.0.0.0:8080}. */
  private static String listen(Claim claim) {
    HostPort port = claim.hostPort();
    String version = port.address().family() == Family.IPV4 ? "4" : "6";
    String network = port.protocol() + (port.protocol() == Protocol.SCTP ? "" : version);
    return "listen " + network + " " + port.address().withPort(port.port());
  }

  /** Without its registration a stand-in can't be served later by mistake. */
  private void refuse(ProcessIdentity process, String reason) throws IOException {
    log.info("refused docker-proxy {}: {}", process.pid(), reason);
    Files.deleteIfExists(file(process));
    answer(process, "1 " + reason.replace('\n', ' '));
  }

  private boolean drop(ProcessIdentity process) throws IOException {
    Claim claim = served.remove(process);
    if (claim != null) {
      ports.close(claim.hostPort());
      log.info("closed {} of docker-proxy {}", claim.hostPort(), process.pid());
    }
    if (process.isAlive()) {
      answer(process, "closed");
    } else {
      Files.deleteIfExists(file(process));
      Files.deleteIfExists(reply(process));
    }
    return claim != null;
  }

  private Optional<List<String>> read(ProcessIdentity process) {
    try (FileChannel channel =
        FileChannel.open(
            file(process), Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
      ByteBuffer text = ByteBuffer.allocate(Registration.MAX_BYTES);
      int read = 0;
      while (text.hasRemaining() && read >= 0) {
        read = channel.read(text);
      }
      return Optional.of(
          new String(text.array(), 0, text.position(), StandardCharsets.UTF_8).lines().toList());
    } catch (NoSuchFileException e) {
      log.debug("docker-proxy {} left before it was served", process.pid());
      return Optional.empty();
    } catch (IOException e) {
      throw new IllegalArgumentException("read registration " + file(process) + ": " + e, e);
    }
  }

  private void answer(ProcessIdentity process, String line) throws IOException {
    try (FileChannel reply = Fifo.open(reply(process))) {
      reply.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchFileException e) {
      log.debug("docker-proxy {} left before it was answered", process.pid());
    }
  }

  private Path file(ProcessIdentity process) {
    return directory.resolve(process.toString());
  }

  private Path reply(ProcessIdentity process) {
    return directory.resolve(process + REPLY);
  }
}
