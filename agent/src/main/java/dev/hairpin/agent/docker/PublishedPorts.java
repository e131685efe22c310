package dev.hairpin.agent.docker;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingInt;
import static java.util.Comparator.reverseOrder;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Ports;
import com.google.common.base.Strings;
import com.google.common.primitives.Ints;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.Endpoint;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.PortRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What dockerd published of one container, and what its user wrote for it. */
final class PublishedPorts {
  /**
   * As dockerd orders them (go-connections, nat.SortPortMap): the highest container port first, and
   * of its host ports those that were asked for by number before those left open.
   */
  private static final Comparator<PortBinding> DOCKERD_ORDER =
      comparingInt(PortBinding::containerPort)
          .reversed()
          .thenComparing(PortBinding::protocol)
          .thenComparing(PublishedPorts::wishedHostPort, reverseOrder())
          .thenComparing(binding -> binding.hostPort().address().family());

  private PublishedPorts() {}

  static List<PortBinding> of(InspectContainerResponse container, Endpoint endpoint) {
    Ports actual = container.getNetworkSettings().getPorts();
    if (actual == null) {
      return List.of();
    }
    List<PortBinding> bindings = new ArrayList<>();
    for (Map.Entry<ExposedPort, Ports.Binding[]> entry : actual.getBindings().entrySet()) {
      Ports.Binding[] published = entry.getValue();
      // Null is a port that is exposed only.
      for (Ports.Binding at : published == null ? new Ports.Binding[0] : published) {
        hostPort(entry.getKey(), at)
            .map(hostPort -> binding(hostPort, entry.getKey(), container, endpoint))
            .ifPresent(bindings::add);
      }
    }
    return bindings.stream().distinct().sorted(DOCKERD_ORDER).toList();
  }

  private static PortBinding binding(
      HostPort hostPort, ExposedPort port, InspectContainerResponse container, Endpoint endpoint) {
    return new PortBinding(
        hostPort,
        endpoint.behind(hostPort.address()),
        port.getPort(),
        endpoint.publisher(),
        spec(container.getHostConfig(), port, hostPort));
  }

  /** Empty for a routed port (Docker 28 on), which has no host port. */
  private static Optional<HostPort> hostPort(ExposedPort port, Ports.Binding at) {
    Integer number = Ints.tryParse(Strings.nullToEmpty(at.getHostPortSpec()));
    if (number == null || number == 0) {
      return Optional.empty();
    }
    String address = Strings.nullToEmpty(at.getHostIp());
    return Optional.of(
        new HostPort(
            protocol(port),
            address.isEmpty() ? IpAddress.ANY_IPV4 : IpAddress.parse(address),
            number));
  }

  private static int wishedHostPort(PortBinding binding) {
    return PortRequest.parse(binding.spec()).hostPorts().map(PortRange::first).orElse(0);
  }

  /** The {@code -p} text that a host port comes from; for {@code -P} that of the port alone. */
  private static String spec(HostConfig wished, ExposedPort port, HostPort hostPort) {
    Ports ports = wished == null ? null : wished.getPortBindings();
    Ports.Binding[] texts = ports == null ? null : ports.getBindings().get(port);
    return Arrays.stream(texts == null ? new Ports.Binding[0] : texts)
        .map(text -> request(port, text))
        .filter(request -> asksFor(request, hostPort))
        .min(comparing(PortRequest::leavesChoice))
        .orElseGet(() -> request(port, Ports.Binding.empty()))
        .toString();
  }

  private static boolean asksFor(PortRequest request, HostPort hostPort) {
    return request.hostPorts().map(ports -> ports.contains(hostPort.port())).orElse(true)
        && request.hostAddress().map(hostPort.address()::equals).orElse(true);
  }

  private static PortRequest request(ExposedPort port, Ports.Binding text) {
    String address = Strings.nullToEmpty(text.getHostIp());
    return new PortRequest(
        protocol(port),
        address.isEmpty() ? Optional.empty() : Optional.of(IpAddress.parse(address)),
        hostPorts(Strings.nullToEmpty(text.getHostPortSpec())),
        PortRange.of(port.getPort()));
  }

  /** dockerd takes 0 for an open choice. */
  private static Optional<PortRange> hostPorts(String text) {
    if (text.isEmpty() || text.equals("0")) {
      return Optional.empty();
    }
    int dash = text.indexOf('-');
    if (dash < 0) {
      return Optional.of(PortRange.of(Integer.parseInt(text)));
    }
    return Optional.of(
        new PortRange(
            Integer.parseInt(text.substring(0, dash)), Integer.parseInt(text.substring(dash + 1))));
  }

  private static Protocol protocol(ExposedPort port) {
    return switch (port.getProtocol()) {
      case TCP -> Protocol.TCP;
      case UDP -> Protocol.UDP;
      case SCTP -> Protocol.SCTP;
    };
  }
}
