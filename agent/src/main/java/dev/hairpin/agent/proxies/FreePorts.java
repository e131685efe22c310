package dev.hairpin.agent.proxies;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.publication.HostPortChoice;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.PortRequest;
import dev.hairpin.rules.binding.Publisher;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Chooses host ports as dockerd does (moby, portallocator.go): one after the other, going on behind
 * the port that was given out last, separately for each protocol, first address and range; the same
 * port on every address. One that another program holds is skipped. Safe to use from any thread.
 *
 * <p>Unlike dockerd it remembers: a publisher that comes back gets its port again.
 */
public final class FreePorts implements HostPortChoice {
  private final EphemeralPorts ephemeral;
  private final Predicate<HostPort> isFree;
  private final Supplier<? extends Collection<PortBinding>> published;
  private final Predicate<HostPort> isOurs;
  private final Map<Asked, PortRange> given = new HashMap<>();
  private final Map<Cursor, Integer> next = new HashMap<>();

  private record Asked(Publisher publisher, PortRequest request) {}

  /** What ports are counted up for. */
  private record Cursor(Protocol protocol, IpAddress address, PortRange range) {}

  /**
   * Chooses from this machine's ports.
   *
   * @param published what is published already, perhaps by an earlier agent: the same request gets
   *     the same ports
   * @param isOurs whether we hold a port ourselves by now
   * @param isKept whether a port is kept for somebody who is not here
   */
  public static FreePorts ofThisHost(
      Supplier<? extends Collection<PortBinding>> published,
      Predicate<HostPort> isOurs,
      Predicate<HostPort> isKept) {
    return new FreePorts(
        EphemeralPorts.ofThisHost(),
        port -> !isKept.test(port) && KernelPorts.isFree(port),
        published,
        isOurs);
  }

  FreePorts(
      EphemeralPorts ephemeral,
      Predicate<HostPort> isFree,
      Supplier<? extends Collection<PortBinding>> published,
      Predicate<HostPort> isOurs) {
    this.ephemeral = requireNonNull(ephemeral, "ephemeral");
    this.isFree = requireNonNull(isFree, "isFree");
    this.published = requireNonNull(published, "published");
    this.isOurs = requireNonNull(isOurs, "isOurs");
  }

  @Override
  public synchronized Optional<PortRange> hostPortsFor(Publisher publisher, PortRequest request) {
    Asked asked = new Asked(publisher, request);
    Optional<PortRange> chosen =
        publishedFor(asked)
            .or(() -> promisedTo(asked))
            .or(() -> choose(asked))
            .or(() -> chooseAmongForgotten(asked));
    chosen.ifPresent(ports -> given.put(asked, ports));
    return chosen;
  }

  /**
   * Free host ports that are promised to nobody, that publisher included: for what is kept
   * elsewhere.
   */
  public synchronized Optional<PortRange> others(Publisher publisher, PortRequest request) {
    Asked asked = new Asked(publisher, request);
    return choose(asked).or(() -> chooseAmongForgotten(asked));
  }

  /** A promise that somebody else got ahead of is none: the next port is tried. */
  private Optional<PortRange> promisedTo(Asked asked) {
    return Optional.ofNullable(given.get(asked))
        .filter(ports ->
            hostPorts(asked.request(), ports)
                .allMatch(port -> isOurs.test(port) || isFree.test(port)));
  }

  private Optional<PortRange> publishedFor(Asked asked) {
    PortRequest request = asked.request();
    return published.get().stream()
        .filter(binding -> binding.publisher().equals(asked.publisher()))
        .filter(binding -> binding.protocol() == request.protocol())
        .filter(binding -> binding.containerPort() == request.containerPorts().first())
        .filter(binding -> addresses(request).contains(binding.hostPort().address()))
        .map(binding -> binding.hostPort().port())
        .filter(port -> request.hostPorts().orElse(ephemeral.range()).contains(port))
        .filter(port -> port + request.containerPorts().size() - 1 <= 65535)
        .map(port -> new PortRange(port, port + request.containerPorts().size() - 1))
        .findFirst();
  }

  private Optional<PortRange> choose(Asked asked) {
    PortRequest request = asked.request();
    PortRange range = request.hostPorts().orElse(ephemeral.range());
    int size = request.containerPorts().size();
    int places = range.size() - size + 1;
    if (places < 1) {
      return Optional.empty();
    }
    Cursor cursor = new Cursor(request.protocol(), addresses(request).getFirst(), range);
    int offset = Math.floorMod(next.getOrDefault(cursor, range.first()) - range.first(), places);
    Optional<PortRange> chosen =
        IntStream.range(0, places)
            .map(step -> range.first() + (offset + step) % places)
            .mapToObj(first -> new PortRange(first, first + size - 1))
            .filter(ports -> request.hostPorts().isPresent() || isOpenToAll(ports))
            .filter(ports -> isFreeFor(asked, ports))
            .findFirst();
    chosen.ifPresent(ports -> next.put(cursor, ports.last() + 1));
    return chosen;
  }

  /** Promises to publishers that are gone would fill every range in the end. */
  private Optional<PortRange> chooseAmongForgotten(Asked asked) {
    return given.keySet().removeIf(other -> publishedFor(other).isEmpty())
        ? choose(asked)
        : Optional.empty();
  }

  private boolean isOpenToAll(PortRange ports) {
    return IntStream.rangeClosed(ports.first(), ports.last()).noneMatch(ephemeral::isReserved);
  }

  private boolean isFreeFor(Asked asked, PortRange ports) {
    boolean isPromised =
        given.entrySet().stream()
            .anyMatch(promise ->
                overlap(promise.getValue(), ports)
                    && overlap(promise.getKey().request(), asked.request()));
    return !isPromised && hostPorts(asked.request(), ports).allMatch(isFree);
  }

  private static Stream<HostPort> hostPorts(PortRequest request, PortRange ports) {
    return IntStream.rangeClosed(ports.first(), ports.last())
        .boxed()
        .flatMap(port ->
            addresses(request).stream()
                .map(address -> new HostPort(request.protocol(), address, port)));
  }

  private static boolean overlap(PortRange one, PortRange other) {
    return one.first() <= other.last() && other.first() <= one.last();
  }

  private static boolean overlap(PortRequest one, PortRequest other) {
    return one.protocol() == other.protocol()
        && addresses(one).stream()
            .anyMatch(address -> addresses(other).stream().anyMatch(a -> overlap(address, a)));
  }

  private static boolean overlap(IpAddress one, IpAddress other) {
    return one.family() == other.family()
        && (one.equals(other) || one.isWildcard() || other.isWildcard());
  }

  private static List<IpAddress> addresses(PortRequest request) {
    return request
        .hostAddress()
        .map(List::of)
        .orElse(List.of(IpAddress.ANY_IPV4, IpAddress.ANY_IPV6));
  }
}
