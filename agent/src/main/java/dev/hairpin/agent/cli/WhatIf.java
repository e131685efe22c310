package dev.hairpin.agent.cli;

import static java.util.Objects.requireNonNull;

import com.sun.net.httpserver.HttpServer;
import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.lab.Experiment;
import dev.hairpin.agent.lab.LabNetwork;
import dev.hairpin.agent.lab.Show;
import dev.hairpin.agent.walk.Prediction;
import dev.hairpin.agent.whatif.Change;
import dev.hairpin.agent.whatif.Change.Arrangement;
import dev.hairpin.agent.whatif.Finding;
import dev.hairpin.agent.whatif.Question;
import dev.hairpin.agent.whatif.SavedRules;
import dev.hairpin.agent.whatif.Sight;
import dev.hairpin.agent.whatif.Step;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Asks everything, changes something, asks again, and changes it back. */
final class WhatIf {
  private static final IpAddress OUTSIDE = IpAddress.parse(LabNetwork.OUTSIDE_ADDRESS);

  private final Experiment experiment;
  private final List<Change> changes;
  private final Arrangement arrangement;
  private List<Step> proxies = List.of();

  private WhatIf(Experiment experiment, List<Change> changes) throws ConfigurationException {
    this.experiment = requireNonNull(experiment, "experiment");
    this.changes = List.copyOf(changes);
    this.arrangement = arrangement(changes);
  }

  /**
   * What came of it.
   *
   * @param arrangement {@code PROXY} or {@code NO_PROXY}
   * @param numbered the rules that were named by their numbers
   */
  record Result(
      Arrangement arrangement,
      Map<Change, List<Step>> steps,
      Map<Change, Show.NumberedRule> numbered,
      List<Finding> findings) {
    List<Step> allSteps() {
      return steps.values().stream().flatMap(List::stream).toList();
    }

    boolean isAsForeseen() {
      return findings.stream().allMatch(Finding::isAsForeseen);
    }
  }

  /**
   * Which arrangement all changes can be tried in.
   *
   * @throws ConfigurationException if there is none
   */
  static Arrangement arrangement(List<Change> changes) throws ConfigurationException {
    Optional<Change> withProxy = needing(changes, Arrangement.PROXY);
    Optional<Change> withoutProxy = needing(changes, Arrangement.NO_PROXY);
    if (withProxy.isPresent() && withoutProxy.isPresent()) {
      throw new ConfigurationException(
          "lab what-if: "
              + withProxy.get().option()
              + " and "
              + withoutProxy.get().option()
              + " can't be tried at once: packets need the latter only where there is no proxy"
              + " anyway; try them one after the other");
    }
    return withoutProxy.isPresent() ? Arrangement.NO_PROXY : Arrangement.PROXY;
  }

  private static Optional<Change> needing(List<Change> changes, Arrangement arrangement) {
    return changes.stream().filter(change -> change.arrangement() == arrangement).findFirst();
  }

  static Result of(Experiment experiment, List<Change> changes)
      throws ConfigurationException, IOException, InterruptedException {
    return new WhatIf(experiment, changes).run();
  }

  private Result run() throws ConfigurationException, IOException, InterruptedException {
    Map<Change, Show.NumberedRule> numbered = lookUpNumbers();
    arrange();
    HttpServer outside = experiment.serveOutside();
    try {
      Map<Question, Sight> before = askAll(proxyListens(/* changed= */ false));
      Map<Change, List<Step>> steps = new LinkedHashMap<>();
      List<Step> done = new ArrayList<>();
      Map<Question, Sight> after;
      try {
        for (Change change : changes) {
          steps.put(change, steps(change, numbered));
          for (Step step : steps.get(change)) {
            experiment.inHost(step.doing().argv());
            done.add(step);
          }
        }
        after = askAll(proxyListens(/* changed= */ true));
      } finally {
        undo(done);
      }
      List<Finding> findings = new ArrayList<>();
      for (Question question : Question.values()) {
        findings.add(new Finding(question, before.get(question), after.get(question)));
      }
      return new Result(arrangement, steps, numbered, findings);
    } finally {
      outside.stop(/* delay= */ 0);
    }
  }

  /** Proxies belong to the arrangement, and end with it. */
  private void undo(List<Step> done) throws IOException {
    for (Step step : done.reversed()) {
      if (!proxies.contains(step)) {
        experiment.inHost(step.undoing().argv());
      }
    }
  }

  private Map<Change, Show.NumberedRule> lookUpNumbers()
      throws ConfigurationException, IOException, InterruptedException {
    Map<Change, Show.NumberedRule> rules = new LinkedHashMap<>();
    Optional<Show> show = Optional.empty();
    for (Change change : changes) {
      if (change instanceof Change.WithoutNumber(int number)) {
        show = Optional.of(show.isPresent() ? show.get() : experiment.show());
        rules.put(
            change,
            show.get()
                .numbered(number)
                .orElseThrow(() ->
                    new ConfigurationException(
                        change.option() + ": \"hairpin lab\" shows no rule of that number")));
      }
    }
    return rules;
  }

  private void arrange() throws IOException, InterruptedException {
    switch (arrangement) {
      case NO_PROXY -> experiment.leaveRulesAlone(List.of("--userland-proxy=false"));
      case PROXY, EITHER -> {
        experiment.leaveRulesAlone(List.of());
        proxies =
            experiment.startProxies().stream()
                .map(proxy -> Step.ending(proxy.pid(), proxy.command()))
                .toList();
      }
    }
  }

  private boolean proxyListens(boolean changed) {
    return arrangement != Arrangement.NO_PROXY
        && !(changed && changes.contains(new Change.WithoutProxy()));
  }

  /** Each change finds what those before it have left. */
  private List<Step> steps(Change change, Map<Change, Show.NumberedRule> numbered)
      throws ConfigurationException, IOException {
    Step.Situation situation =
        new Step.Situation(
            new SavedRules(Family.IPV4, experiment.inHost(List.of("iptables-save"))),
            new SavedRules(Family.IPV6, experiment.inHost(List.of("ip6tables-save"))),
            this::setting,
            proxies);
    try {
      return change instanceof Change.WithoutNumber number
          ? List.of(without(number, numbered.get(change), situation))
          : Step.of(change, situation);
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException("lab what-if: " + e.getMessage(), e);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static Step without(
      Change.WithoutNumber change, Show.NumberedRule rule, Step.Situation situation) {
    return Step.without(change, rule.family(), rule.table(), rule.rule(), situation);
  }

  private String setting(String name) {
    try {
      return experiment.inHost(List.of("sysctl", "-n", name)).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Map<Question, Sight> askAll(boolean proxyListens)
      throws IOException, InterruptedException {
    LabForesight foresight = LabForesight.look(experiment, proxyListens);
    Map<Question, Sight> sights = new EnumMap<>(Question.class);
    for (Question question : Question.values()) {
      Prediction prediction = foresight.of(question.asked());
      Optional<Prediction> onwards = foresight.onwards(prediction);
      boolean outsideKnowsWay =
          experiment.knowsWay(LabNetwork.OUTSIDE, prediction.there().source());
      sights.put(
          question,
          Sight.of(
              prediction,
              onwards,
              (receiver, sender) -> !receiver.equals(OUTSIDE) || outsideKnowsWay,
              experiment.ask(question.namespace(), question.address())));
    }
    return sights;
  }
}
