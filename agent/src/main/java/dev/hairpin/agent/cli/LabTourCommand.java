package dev.hairpin.agent.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.lab.Lab;
import dev.hairpin.agent.tour.Guide;
import dev.hairpin.agent.tour.LabStage;
import dev.hairpin.agent.tour.Tour;
import dev.hairpin.agent.tour.Tours;
import dev.hairpin.agent.wording.Language;
import dev.hairpin.agent.wording.Wording;
import dev.hairpin.rules.binding.UserText;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hairpin lab tour}. */
@Command(
    name = "tour",
    description = {
      "Be led through the lab, one step at a time: what is done, what you expect, what happens, and"
          + " why. Every command is run on real packets, and shown so that you can do the same by"
          + " hand. Without a name, lists the tours.",
      "",
      "Makes a lab of its own, and takes it away at the end."
    })
final class LabTourCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private LanguageOption languageOption;

  @Parameters(paramLabel = "TOUR", arity = "0..1", description = "Which tour.")
  private Optional<String> name = Optional.empty();

  @Option(names = "--yes", description = "Ask nothing: go on from step to step.")
  private boolean unattended;

  @Override
  public Integer call() throws ConfigurationException, IOException, InterruptedException {
    Language language = languageOption.language();
    if (name.isEmpty()) {
      list(language);
      return 0;
    }
    Tour tour =
        Tours.named(name.get())
            .orElseThrow(() ->
                new ConfigurationException(
                    "lab tour: there is none called "
                        + UserText.quoted(name.get())
                        + "; there are "
                        + Tours.all().stream().map(Tour::name).collect(Collectors.joining(", "))));
    Path launcher = LabCommand.home().resolve("bin/hairpin");
    Lab lab = new Lab(LabCommand.home(), line -> Hairpin.say(spec.commandLine().getErr(), line));
    return lead(tour, language, lab, new LabStage(lab, launcher, language, Ansi.AUTO.enabled()));
  }

  private void list(Language language) {
    Wording frame = Wording.of("tour", language);
    PrintWriter out = spec.commandLine().getOut();
    Wrapped.print(out, frame.say("tours"), "", 80);
    for (Tour tour : Tours.all()) {
      Wrapped.print(out, Wording.of(tour.bundle(), language).say("title"), "  ", 80);
    }
    Wrapped.print(out, frame.say("start-one", Tours.all().getFirst().name()), "", 80);
    out.flush();
  }

  private int lead(Tour tour, Language language, Lab lab, LabStage stage)
      throws ConfigurationException, IOException, InterruptedException {
    if (lab.isThere()) {
      throw new ConfigurationException(
          "lab tour "
              + tour.name()
              + ": a lab is up, and a tour makes its own; take it down first (hairpin lab down)");
    }
    LabOnLoan loan = LabOnLoan.of(lab);
    try {
      Tour possible = tour.possibleOn(stage);
      TourText text =
          new TourText(possible, language, spec.commandLine().getOut(), answers(), Ansi.AUTO);
      text.begin(stage.setup());
      Guide.End end = new Guide(possible, stage, text).lead();
      if (end == Guide.End.SURPRISED) {
        loan.keep();
        return Hairpin.EXIT_FAILED;
      }
      loan.giveBack();
      text.end(end == Guide.End.DONE);
      return 0;
    } finally {
      loan.giveBack();
    }
  }

  private Optional<BufferedReader> answers() {
    return unattended
        ? Optional.empty()
        : Optional.of(new BufferedReader(new InputStreamReader(System.in, UTF_8)));
  }
}
