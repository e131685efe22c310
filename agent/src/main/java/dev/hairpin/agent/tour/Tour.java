package dev.hairpin.agent.tour;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A guided way through a lab in which nothing is published.
 *
 * @param name as it is asked for: {@code ns1}; its bundle is {@code tour-ns1}
 * @param steps one or more
 */
public record Tour(String name, List<Step> steps) {
  public Tour {
    requireNonNull(name, "name");
    steps = List.copyOf(steps);
  }

  /** Where its sentences are. */
  public String bundle() {
    return "tour-" + name;
  }

  /** The same without the steps that can't be done on a stage. */
  public Tour possibleOn(Stage stage) throws IOException {
    List<Step> possible = new ArrayList<>();
    for (Step step : steps) {
      if (step.needs().isEmpty() || stage.run(step.needs().get()).isSuccess()) {
        possible.add(step);
      }
    }
    return new Tour(name, possible);
  }
}
