package dev.hairpin.agent.proxies;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.publication.HostPortChoice;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.PortRequest;
import dev.hairpin.rules.binding.Publisher;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chooses host ports as dockerd does: from the kernel's range for ephemeral ports, one after the
 * other, skipping those in use. Safe to use from any thread.
 */
public final class FreePorts implements HostPortChoice {
  private static final Logger log = LoggerFactory.getLogger(FreePorts.class);

  /** dockerd's range where the kernel doesn't tell its own (portallocator.go). */
  private static final PortRange FALLBACK = new PortRange(49153, 65535);

  private final PortRange ephemeral;
  private final Supplier<? extends Collection<PortBinding>> published;
  private final Map<Asked, PortRange> given = new HashMap<>();
  private int next;

  private record Asked(Publisher publisher, PortRequest request) {}

  /**
   * Chooses from this machine's ports.
   *
   * @param published what is published already, perhaps by an earlier agent: the same request gets
   *     the same ports
   */
  public static FreePorts ofThisHost(Supplier<? extends Collection<PortBinding>> published) {
    return new FreePorts(kernelsRange(), published);
  }

  FreePorts(PortRange ephemeral, Supplier<? extends Collection<PortBinding>> published) {
    this.ephemeral = requireNonNull(ephemeral, "ephemeral");
    this.published = requireNonNull(published, "published");
    this.next = ephemeral.first();
  }

  @Override
  public synchronized Optional<PortRange> hostPortsFor(Publisher publisher, PortRequest request) {
    Asked asked = new Asked(publisher, request);
    PortRange before = given.get(asked);
    if (before != null) {
      return Optional.of(before);
    }
    Optional<PortRange> chosen =
        publishedFor(asked).or(() -> choose(request)).or(() -> chooseAmongForgotten(request));
    chosen.ifPresent(ports -> given.put(asked, ports));
    return chosen;
  }

  private Optional<PortRange> publishedFor(Asked asked) {
    PortRequest request = asked.request();
    return published.get().stream()
        .filter(binding -> binding.publisher().equals(asked.publisher()))
        .filter(binding -> binding.protocol() == request.protocol())
        .filter(binding -> binding.containerPort() == request.containerPorts().first())
        .map(binding -> binding.hostPort().port())
        .filter(port -> request.hostPorts().orElse(ephemeral).contains(port))
        .filter(port -> port + request.containerPorts().size() - 1 <= 65535)
        .map(port -> new PortRange(port, port + request.containerPorts().size() - 1))
        .findFirst();
  }

  private Optional<PortRange> choose(PortRequest request) {
    PortRange from = request.hostPorts().orElse(ephemeral);
    int size = request.containerPorts().size();
    int places = from.size() - size + 1;
    if (places < 1) {
      return Optional.empty();
    }
    int offset = request.hostPorts().isPresent() ? 0 : Math.floorMod(next - from.first(), places);
    return IntStream.range(0, places)
        .map(step -> from.first() + (offset + step) % places)
        .mapToObj(first -> new PortRange(first, first + size - 1))
        .filter(ports -> areFree(ports, request))
        .findFirst()
        .map(this::takeNote);
  }

  /** Promises to publishers that are gone would fill every range in the end. */
  private Optional<PortRange> chooseAmongForgotten(PortRequest request) {
    return given.keySet().removeIf(asked -> publishedFor(asked).isEmpty())
        ? choose(request)
        : Optional.empty();
  }

  private PortRange takeNote(PortRange chosen) {
    if (ephemeral.contains(chosen.last())) {
      next = chosen.last() + 1;
    }
    return chosen;
  }

  private boolean areFree(PortRange ports, PortRequest request) {
    boolean isPromised =
        given.entrySet().stream()
            .anyMatch(entry ->
                entry.getKey().request().protocol() == request.protocol()
                    && entry.getValue().first() <= ports.last()
                    && ports.first() <= entry.getValue().last());
    List<IpAddress> addresses =
        request.hostAddress().map(List::of).orElse(List.of(IpAddress.ANY_IPV4, IpAddress.ANY_IPV6));
    return !isPromised
        && IntStream.rangeClosed(ports.first(), ports.last())
            .allMatch(port ->
                addresses.stream().allMatch(address -> isFree(request.protocol(), address, port)));
  }

  private static boolean isFree(Protocol protocol, IpAddress address, int port) {
    InetSocketAddress endpoint = new InetSocketAddress(address.inet(), port);
    try {
      switch (protocol) {
        case TCP, SCTP -> {
          try (ServerSocket socket = new ServerSocket()) {
            socket.bind(endpoint);
          }
        }
        case UDP -> new DatagramSocket(endpoint).close();
      }
      return true;
    } catch (IOException e) {
      log.trace("port {} on {} is not free: {}", port, address, e.toString());
      return false;
    }
  }

  private static PortRange kernelsRange() {
    Path file = Path.of("/proc/sys/net/ipv4/ip_local_port_range");
    // In one read: the kernel gives a sysctl's rest to nobody, and Files.readString begins with a
    // byte.
    try (InputStream text = Files.newInputStream(file)) {
      List<Integer> ends =
          Pattern.compile("\\s+")
              .splitAsStream(new String(text.readNBytes(64), StandardCharsets.US_ASCII).strip())
              .map(Integer::parseInt)
              .toList();
      return new PortRange(ends.getFirst(), ends.getLast());
    } catch (IOException | RuntimeException e) {
      log.warn("read {}: {}; using {}", file, e.toString(), FALLBACK);
      return FALLBACK;
    }
  }
}
