package dev.hairpin.agent.walk;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.trace.Packet;
import dev.hairpin.rules.trace.PacketTracer;
import dev.hairpin.rules.trace.Trace;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * What will become of a packet.
 *
 * @param packet as it is sent
 * @param there its way
 * @param back the way of what is answered; empty when nobody gets the packet
 * @param proxied the binding whose userland proxy gets the packet, if that does
 * @param onwards the prediction for the packet with which the proxy asks the container
 * @param obstacle why the kernel has no way for it; empty if it has
 * @param either where the way hangs on a rule that isn't understood: what becomes of the packet if
 *     that doesn't match, and if it does
 */
public record Prediction(
    Packet packet,
    Trace there,
    Optional<Trace> back,
    Optional<PortBinding> proxied,
    Optional<Prediction> onwards,
    Optional<Obstacle> obstacle,
    Optional<Either> either) {
  public Prediction {
    requireNonNull(packet, "packet");
    requireNonNull(there, "there");
    requireNonNull(back, "back");
    requireNonNull(proxied, "proxied");
    requireNonNull(onwards, "onwards");
    requireNonNull(obstacle, "obstacle");
    requireNonNull(either, "either");
  }

  /**
   * Both outcomes of a rule.
   *
   * @param without if it doesn't match
   * @param with if it matches; empty where it isn't understood what it does then
   */
  public record Either(Trace.Verdict without, Optional<Trace.Verdict> with) {}

  /**
   * Makes one.
   *
   * @param tables of the packet's family
   * @param served what the proxy listens for
   */
  public static Prediction of(
      Tables tables, Surveyed host, Packet packet, Collection<PortBinding> served) {
    PacketTracer tracer = new PacketTracer(tables, host.host());
    Trace there = tracer.trace(packet);
    Optional<PortBinding> proxied = proxied(served, packet, there);
    return new Prediction(
        packet,
        there,
        tracer.traceAnswer(packet),
        proxied,
        proxied.flatMap(binding -> onwards(tables, host, binding)),
        there.verdict() instanceof Trace.Verdict.Unroutable(IpAddress destination)
            ? Optional.of(Obstacle.of(host, there.last(), destination))
            : Optional.empty(),
        there.verdict() instanceof Trace.Verdict.Unknown(var at, var rule)
            ? Optional.of(Doubt.about(tables, at, rule).resolved(host.host(), packet))
            : Optional.empty());
  }

  /** The binding whose userland proxy gets a packet that has gone this way, if that does. */
  public static Optional<PortBinding> proxied(
      Collection<PortBinding> served, Packet packet, Trace there) {
    return there.verdict() instanceof Trace.Verdict.Delivered(IpAddress address, int port)
        ? served.stream().filter(binding -> listens(binding, packet, address, port)).findFirst()
        : Optional.empty();
  }

  private static boolean listens(PortBinding binding, Packet packet, IpAddress address, int port) {
    IpAddress on = binding.hostPort().address();
    return packet.protocol().filter(binding.protocol()::equals).isPresent()
        && binding.hostPort().port() == port
        && (on.equals(address) || (on.isWildcard() && on.family() == address.family()));
  }

  /** The proxy may speak another family to the container than the client does to it. */
  private static Optional<Prediction> onwards(Tables tables, Surveyed host, PortBinding binding) {
    IpAddress container = binding.containerAddress();
    if (container.family() != tables.family()) {
      return Optional.empty();
    }
    return host.host()
        .route(container)
        .flatMap(by -> host.host().addressOn(by, container.family()))
        .map(source ->
            Prediction.of(
                tables,
                host,
                Packet.sent(binding.protocol(), source, container, binding.containerPort()),
                List.of()));
  }
}
