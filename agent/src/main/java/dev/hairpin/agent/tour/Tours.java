package dev.hairpin.agent.tour;

import java.util.List;
import java.util.Optional;

/** All tours. */
public final class Tours {
  private static final List<Tour> ALL =
      List.of(
          Ns1Tour.tour(),
          DockerRunTour.tour(),
          BridgeTour.tour(),
          TraceTour.tour(),
          UnreachableTour.tour());

  private Tours() {}

  /** In the order in which to take them. */
  public static List<Tour> all() {
    return ALL;
  }

  /** The one of that name. */
  public static Optional<Tour> named(String name) {
    return ALL.stream().filter(tour -> tour.name().equals(name)).findFirst();
  }
}
