package dev.hairpin.agent.doctor;

import dev.hairpin.agent.doctor.Diagnosis.Checked;
import dev.hairpin.agent.doctor.Diagnosis.Reach;
import dev.hairpin.agent.walk.Surveyed;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.HostPort;
import java.util.List;
import java.util.Optional;

/**
 * Looks for datagrams that docker-proxy answers from another address than the one that was asked.
 * Until 28.0 it left the choice to the kernel, which takes the address that is nearest to the asker
 * (moby 48571). Who listens for answers of that one address only, hears nothing. Pure.
 */
final class NearestAnswers {
  private NearestAnswers() {}

  /** A note about a way that it happens on. */
  static Optional<Finding> on(Situation situation, Checked checked) {
    Way way = checked.way();
    HostPort port = way.binding().hostPort();
    boolean mayChoose = way.binding().protocol() == Protocol.UDP && port.address().isWildcard();
    if (checked.reach() != Reach.BY_PROXY || !mayChoose || !isOfDocker(situation, way)) {
      return Optional.empty();
    }
    IpAddress asked = way.packet().destination();
    return situation
        .network(way.family())
        .flatMap(network -> nearest(network, way.packet().source()))
        .filter(answering -> !answering.equals(asked))
        .map(answering -> note(way, asked, answering));
  }

  /** Ours answers as it was asked. */
  private static boolean isOfDocker(Situation situation, Way way) {
    boolean isOld =
        situation
            .evidence()
            .docker()
            .flatMap(Evidence.OfDocker::version)
            .filter(version -> !version.isAtLeast(28, 0))
            .isPresent();
    return isOld
        && situation
            .listeners(Protocol.UDP, way.packet().destination(), way.binding().hostPort().port())
            .stream()
            .flatMap(List::stream)
            .flatMap(listener -> listener.program().stream())
            .anyMatch(program -> program.name().equals(Proxies.NAME));
  }

  /** What this host sends to itself keeps the address that was asked. */
  private static Optional<IpAddress> nearest(Surveyed network, IpAddress asker) {
    return network.host().isLocal(asker)
        ? Optional.empty()
        : network.host().route(asker).flatMap(by -> network.host().addressOn(by, asker.family()));
  }

  private static Finding note(Way way, IpAddress asked, IpAddress answering) {
    String port = way.binding().hostPort().toString();
    return Finding.of(
        Code.ANSWERS_ELSEWHERE,
        List.of(way),
        List.of(port, asked.toString(), answering.toString()),
        List.of(),
        List.of(Remedies.byHand("ask-nearest", answering.toString())));
  }
}
