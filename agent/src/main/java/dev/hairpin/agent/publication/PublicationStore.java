package dev.hairpin.agent.publication;

import static java.time.ZoneOffset.UTC;
import static java.util.stream.Collectors.joining;

import dev.hairpin.agent.Problem;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.PortRequest;
import dev.hairpin.rules.binding.Publisher;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was published of containers and namespaces, and which host ports were chosen for containers
 * that want to keep them, in the file {@code publications.json} of the state directory. What a
 * method promised is on disk when it returns. Safe to use from every thread.
 */
public final class PublicationStore {
  private static final Logger log = LoggerFactory.getLogger(PublicationStore.class);
  private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss");

  /**
   * Choices that are kept. A container may come back under its name, so a name is not forgotten
   * when its container is removed, but when so many others were asked for since.
   */
  private static final int MOST_KEPT = 1000;

  private final PublicationFile file;
  private final List<Publication> publications;

  /** Those that were asked for last at the end. */
  private final Map<Wish, PortRange> kept = new LinkedHashMap<>(16, 0.75f, /* accessOrder= */ true);

  private final List<Problem> problems;

  /** What a container of this name asked for, and left the host port open. */
  record Wish(String container, PortRequest request) {}

  private PublicationStore(
      PublicationFile file, PublicationFile.Reading reading, List<Problem> problems) {
    this.file = file;
    this.publications = new ArrayList<>(reading.publications());
    this.kept.putAll(reading.kept());
    this.problems = List.copyOf(problems);
  }

  /**
   * Reads what was kept. A damaged file is set aside as {@code publications.json.broken-TIME}; what
   * could be read of it stays published, and {@link #problems} says what was lost.
   *
   * @param stateDirectory made when it is needed
   * @throws IOException if the file can't be read, or a damaged one can't be set aside; nothing is
   *     changed
   */
  public static PublicationStore open(Path stateDirectory, Clock clock) throws IOException {
    Path path = stateDirectory.resolve("publications.json");
    PublicationFile file = new PublicationFile(path);
    PublicationFile.Reading reading = file.read();
    if (reading.faults().isEmpty()) {
      return new PublicationStore(file, reading, List.of());
    }
    Path aside = file.setAside(STAMP.format(clock.instant().atZone(UTC)));
    file.write(reading.publications(), reading.kept());
    Problem problem =
        new Problem(
            "read " + path,
            String.join("; ", reading.faults())
                + "; set aside as "
                + aside
                + ", "
                + reading.publications().size()
                + " publications kept");
    log.error("{}", problem);
    return new PublicationStore(file, reading, List.of(problem));
  }

  /** In the order in which they were added. */
  public synchronized List<Publication> list() {
    return List.copyOf(publications);
  }

  /** What was lost when the file was read. */
  public List<Problem> problems() {
    return problems;
  }

  /**
   * Adds one.
   *
   * @throws IllegalArgumentException if one of its host ports is published already
   * @throws IOException if it can't be written; it is not added
   */
  public synchronized void add(Publication publication) throws IOException {
    for (Publication other : publications) {
      if (clash(publication.request(), other.request())) {
        throw new IllegalArgumentException(
            String.format(
                "publish %s for %s: port is already allocated: %s has %s;"
                    + " unpublish it first, or choose another host port",
                publication.request(),
                publication.publisher().quoted(),
                other.publisher().quoted(),
                other.request()));
      }
    }
    List<Publication> next = new ArrayList<>(publications);
    next.add(publication);
    replace(next);
  }

  /**
   * Removes the publication that a request names. One that leaves the host port open names the only
   * publication of the same container ports.
   *
   * @param whose whether a publisher is the one that is meant
   * @return the one removed; empty if there is none
   * @throws IllegalArgumentException if it may be several; nothing is removed
   * @throws IOException if it can't be written; nothing is removed
   */
  public synchronized Optional<Publication> remove(
      Predicate<? super Publisher.Named> whose, PortRequest request) throws IOException {
    List<Publication> named =
        publications.stream()
            .filter(p -> whose.test(p.publisher()) && names(request, p.request()))
            .toList();
    if (named.size() > 1) {
      throw new IllegalArgumentException(
          "unpublish "
              + request
              + ": that may be "
              + named.stream()
                  .map(p -> p.request() + " of " + p.publisher().quoted())
                  .collect(joining(" or "))
              + "; name the host port");
    }
    if (!named.isEmpty()) {
      List<Publication> next = new ArrayList<>(publications);
      next.removeAll(named);
      replace(next);
    }
    return named.stream().findFirst();
  }

  /** The host ports that were kept for containers of this name; empty if there are none. */
  public synchronized Optional<PortRange> keptFor(String container, PortRequest request) {
    return Optional.ofNullable(kept.get(new Wish(container, request)));
  }

  /** Whether a port is kept for somebody, so that nobody else should be given it unasked. */
  public synchronized boolean isKept(HostPort hostPort) {
    return kept.entrySet().stream()
        .anyMatch(
            each -> each.getKey().request().onHostPorts(each.getValue()).isInTheWayOf(hostPort));
  }

  /**
   * Keeps a choice for all containers of this name to come.
   *
   * @throws IOException if it can't be written; it is not kept
   */
  public synchronized void keep(String container, PortRequest request, PortRange chosen)
      throws IOException {
    Map<Wish, PortRange> next = new LinkedHashMap<>(kept);
    next.put(new Wish(container, request), chosen);
    if (next.size() > MOST_KEPT) {
      next.remove(next.keySet().iterator().next());
    }
    file.write(publications, next);
    kept.keySet().retainAll(next.keySet());
    kept.put(new Wish(container, request), chosen);
  }

  private void replace(List<Publication> next) throws IOException {
    file.write(next, kept);
    publications.clear();
    publications.addAll(next);
  }

  private static boolean names(PortRequest request, PortRequest published) {
    return request.equals(published)
        || (request.hostPorts().isEmpty()
            && request.protocol() == published.protocol()
            && request.containerPorts().equals(published.containerPorts())
            && (request.hostAddress().isEmpty()
                || request.hostAddress().equals(published.hostAddress())));
  }

  private static boolean clash(PortRequest one, PortRequest other) {
    return one.protocol() == other.protocol()
        && one.hostPorts().isPresent()
        && other.hostPorts().isPresent()
        && overlap(one.hostPorts().get(), other.hostPorts().get())
        && overlap(one.hostAddress(), other.hostAddress());
  }

  private static boolean overlap(PortRange one, PortRange other) {
    return one.first() <= other.last() && other.first() <= one.last();
  }

  private static boolean overlap(Optional<IpAddress> one, Optional<IpAddress> other) {
    return one.isEmpty()
        || other.isEmpty()
        || (one.get().family() == other.get().family()
            && (one.equals(other) || one.get().isWildcard() || other.get().isWildcard()));
  }
}
