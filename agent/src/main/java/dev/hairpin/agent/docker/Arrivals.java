package dev.hairpin.agent.docker;

import dev.hairpin.rules.binding.Member;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.Publisher;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Remembers in which order containers' addresses and ports came. Docker says when a container
 * started and not when it joined a network, while dockerd appends the rules of each as it comes.
 * What came unseen is in the order of the containers' starts. Not thread-safe.
 */
final class Arrivals {
  private final Order<Member> members = new Order<>();
  private final Order<PortBinding> published = new Order<>();

  /** The same snapshot, with what came last at the end. */
  DockerSnapshot sorted(DockerSnapshot snapshot, Collection<InspectedContainer> containers) {
    Map<Publisher, Instant> starts = new HashMap<>();
    containers.forEach(container ->
        container.state().startedAt().ifPresent(at -> starts.put(container.publisher(), at)));
    return snapshot.with(
        members.of(snapshot.members(), each -> start(starts, each.publisher())),
        published.of(snapshot.published(), each -> start(starts, each.publisher())));
  }

  private static Optional<Instant> start(Map<Publisher, Instant> starts, Publisher publisher) {
    return Optional.ofNullable(starts.get(publisher));
  }

  /** What was there at the last look, with the start that it came with, in the order of coming. */
  private static final class Order<T> {
    private Map<T, Optional<Instant>> before = Map.of();

    List<T> of(List<T> now, Function<T, Optional<Instant>> start) {
      Map<T, Optional<Instant>> starts = new LinkedHashMap<>();
      now.forEach(each -> starts.put(each, start.apply(each)));
      Map<T, Optional<Instant>> order = new LinkedHashMap<>(before);
      // One that was started again has gone and come, whether that was seen or not.
      order.entrySet().removeIf(each -> !each.getValue().equals(starts.get(each.getKey())));
      starts.forEach(order::putIfAbsent);
      before = order;
      return List.copyOf(order.keySet());
    }
  }
}
