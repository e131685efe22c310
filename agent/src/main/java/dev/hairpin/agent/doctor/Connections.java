package dev.hairpin.agent.doctor;

import dev.hairpin.agent.doctor.Diagnosis.Checked;
import dev.hairpin.agent.doctor.Diagnosis.Reach;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.apply.Connection;
import dev.hairpin.rules.binding.PortBinding;
import java.util.List;
import java.util.Optional;

/**
 * Looks for connections that keep to what was decided for them, though rules would decide otherwise
 * now. A UDP client that never pauses stays with the container that was there before. Pure.
 */
final class Connections {
  private final Evidence evidence;

  Connections(Evidence evidence) {
    this.evidence = evidence;
  }

  List<Finding> findings(List<Checked> checked) {
    List<String> udp =
        evidence.connections().stream()
            .flatMap(List::stream)
            .filter(line -> line.contains("udp"))
            .toList();
    return checked.stream()
        .filter(each -> each.way().asker() == Asker.OUTSIDE && each.reach() == Reach.REACHED)
        .filter(each -> each.way().binding().protocol() == Protocol.UDP)
        .flatMap(each -> udp.stream().flatMap(line -> stale(each.way(), line).stream()).limit(1))
        .toList();
  }

  /** From somebody outside to this port, and answered by another than its container. */
  private Optional<Finding> stale(Way way, String line) {
    PortBinding binding = way.binding();
    return Connection.parse(line)
        .filter(connection -> connection.asked().destinationPort() == binding.hostPort().port())
        .filter(connection ->
            binding.hostPort().address().isWildcard()
                || connection.asked().destination().equals(binding.hostPort().address()))
        .filter(connection ->
            connection.asked().source().family() == binding.containerAddress().family())
        .filter(this::isFromOutside)
        .filter(connection ->
            !connection.answered().source().equals(binding.containerAddress())
                || connection.answered().sourcePort() != binding.containerPort())
        .map(connection ->
            new Finding(
                Code.CONNECTION_STALE,
                List.of(way),
                Optional.empty(),
                Optional.empty(),
                List.of(
                    line.strip(),
                    connection.answered().source().withPort(connection.answered().sourcePort()),
                    binding.containerAddress().withPort(binding.containerPort())),
                List.of(line.strip()),
                List.of(
                    Remedies.safely(
                        "conntrack",
                        "-D",
                        "-p",
                        "udp",
                        "--orig-port-dst",
                        Integer.toString(binding.hostPort().port())))));
  }

  /** Those of this host and of containers may be the proxy's, as they should be. */
  private boolean isFromOutside(Connection connection) {
    return Optional.ofNullable(evidence.networks().get(connection.asked().source().family()))
        .map(network ->
            !network.host().isLocal(connection.asked().source())
                && network
                    .host()
                    .route(connection.asked().source())
                    .map(by -> !network.host().bridges().contains(by))
                    .orElse(false)
                && network.host().isLocal(connection.asked().destination()))
        .orElse(false);
  }
}
