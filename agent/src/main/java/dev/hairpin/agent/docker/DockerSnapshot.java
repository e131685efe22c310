package dev.hairpin.agent.docker;

import dev.hairpin.agent.Problem;
import dev.hairpin.rules.binding.BridgeNetwork;
import dev.hairpin.rules.binding.PortBinding;
import java.util.List;

/**
 * What Docker says at one moment.
 *
 * @param networks its bridge networks, in order of creation
 * @param published what dockerd itself published ({@code -p}, {@code -P}); dockerd, or its proxy,
 *     holds the host port
 * @param labelled what labels ask us to publish; the host port is ours to hold
 * @param problems what was asked for and can't be understood
 */
public record DockerSnapshot(
    List<BridgeNetwork> networks,
    List<PortBinding> published,
    List<PortBinding> labelled,
    List<Problem> problems) {
  /** No Docker, or nothing in it. */
  public static final DockerSnapshot EMPTY =
      new DockerSnapshot(List.of(), List.of(), List.of(), List.of());

  public DockerSnapshot {
    networks = List.copyOf(networks);
    published = List.copyOf(published);
    labelled = List.copyOf(labelled);
    problems = List.copyOf(problems);
  }
}
