package dev.hairpin.agent.cli;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

import dev.hairpin.agent.tour.Audience;
import dev.hairpin.agent.tour.Claim;
import dev.hairpin.agent.tour.Excerpt;
import dev.hairpin.agent.tour.Step;
import dev.hairpin.agent.tour.Tour;
import dev.hairpin.agent.tour.Typed;
import dev.hairpin.agent.wording.Language;
import dev.hairpin.agent.wording.Wording;
import dev.hairpin.rules.apply.CommandRunner.Finished;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jline.utils.AttributedString;
import picocli.CommandLine.Help.Ansi;

/** A tour on a terminal: prints what is said and done, and reads what the learner answers. */
final class TourText implements Audience {
  private static final int WIDTH = 80;
  private static final String INDENT = "  ";
  private static final Pattern NUMBER = Pattern.compile("[1-9]");

  private final Tour tour;
  private final Wording frame;
  private final Wording sentences;
  private final PrintWriter out;
  private final Optional<BufferedReader> answers;
  private final Ansi ansi;

  /**
   * @param answers what the learner types, a line each; nobody is asked if empty
   */
  TourText(
      Tour tour, Language language, PrintWriter out, Optional<BufferedReader> answers, Ansi ansi) {
    this.tour = requireNonNull(tour, "tour");
    this.frame = Wording.of("tour", language);
    this.sentences = Wording.of(tour.bundle(), language);
    this.out = requireNonNull(out, "out");
    this.answers = requireNonNull(answers, "answers");
    this.ansi = requireNonNull(ansi, "ansi");
  }

  /** What it is about, and what to type first to do the same by hand. */
  void begin(List<String> setup) {
    heading(sentences.say("title"));
    paragraph(sentences.say("about"));
    out.println();
    paragraph(frame.say("by-hand"));
    setup.forEach(line -> out.println(INDENT + line));
    out.flush();
  }

  @Override
  public Reply expect(int number, Step step) throws IOException {
    out.println();
    heading(frame.say("step", number, tour.steps().size(), sentences.say(step.id() + ".title")));
    paragraph(sentences.say(step.id() + ".doing"));
    if (step.right() == 0) {
      return new Reply.GoOn(0);
    }
    out.println();
    paragraph(sentences.say(step.id() + ".question"));
    int choices = choices(step);
    for (int choice = 1; choice <= choices; choice++) {
      paragraph(INDENT, choice + "  " + choice(step, choice));
    }
    out.println();
    return ask(frame.say("your-answer", choices), choices, number);
  }

  private int choices(Step step) {
    int choices = 0;
    while (sentences.has(step.id() + ".choice." + (choices + 1))) {
      choices++;
    }
    return choices;
  }

  private String choice(Step step, int number) {
    return sentences.say(step.id() + ".choice." + number);
  }

  @Override
  public void type(Typed command, boolean goesOn) {
    out.println(ansi.string("@|bold $ " + command + (goesOn ? " &" : "") + "|@"));
    out.flush();
  }

  @Override
  public void see(Excerpt shown, Finished finished) {
    String printed = finished.output() + finished.errors();
    if (printed.isBlank() && finished.isSuccess()) {
      return;
    }
    shown.of(printed, frame.say("left-out")).forEach(line -> out.println(INDENT + printable(line)));
    if (!finished.isSuccess()) {
      out.println(INDENT + frame.say("exit", finished.exitStatus()));
    }
    out.flush();
  }

  /** Colours, where there are any, and nothing else that a terminal would obey. */
  private String printable(String line) {
    return ansi.enabled()
        ? AttributedString.fromAnsi(line).toAnsi()
        : Printable.withTabs(AttributedString.stripAnsi(line));
  }

  @Override
  public Reply learn(int number, Step step, int guess) throws IOException {
    out.println();
    if (step.right() != 0) {
      String key = guess == 0 ? "answer" : guess == step.right() ? "right" : "wrong";
      paragraph(frame.say(key, step.right(), choice(step, step.right())));
    }
    paragraph(sentences.say(step.id() + ".why"));
    out.flush();
    boolean isLast = number == tour.steps().size();
    return isLast ? new Reply.GoOn(0) : ask("\n" + frame.say("go-on"), 0, number);
  }

  @Override
  public void goBackFrom(int number) {
    out.println();
    paragraph(frame.say("going-back", number));
  }

  @Override
  public void beSurprised(Typed command, Claim claim) {
    String expected =
        switch (claim) {
          case Claim.Exits(int status) -> frame.say("surprise.exit", status);
          case Claim.Prints(Pattern pattern) -> frame.say("surprise.print", pattern);
          case Claim.PrintsInOrder(List<Pattern> patterns) ->
              frame.say(
                  "surprise.print",
                  patterns.stream().map(Pattern::pattern).collect(joining("\" ... \"")));
          case Claim.PrintsNot(Pattern pattern) -> frame.say("surprise.not-print", pattern);
        };
    out.println();
    paragraph(frame.say("surprise", command, expected));
    out.flush();
  }

  /** How it ended. */
  void end(boolean isDone) {
    out.println();
    paragraph(isDone ? frame.say("done", tour.name(), tour.steps().size()) : frame.say("stopped"));
    out.flush();
  }

  /** A learner whose terminal is gone has left. */
  private Reply ask(String prompt, int choices, int number) throws IOException {
    if (answers.isEmpty()) {
      return new Reply.GoOn(0);
    }
    while (true) {
      out.print(prompt + " ");
      out.flush();
      String answer = answers.get().readLine();
      if (answer == null || answer.strip().equals("q")) {
        return new Reply.Quit();
      }
      if (answer.isBlank()) {
        return new Reply.GoOn(0);
      }
      if (answer.strip().equals("b")) {
        if (number > 1 || choices == 0) {
          return new Reply.Back();
        }
        paragraph(frame.say("first-step"));
      } else if (NUMBER.matcher(answer.strip()).matches()
          && Integer.parseInt(answer.strip()) <= choices) {
        return new Reply.GoOn(Integer.parseInt(answer.strip()));
      } else {
        paragraph(frame.say("not-understood", choices));
      }
    }
  }

  private void heading(String text) {
    for (String line : Wrapped.lines(text, WIDTH)) {
      out.println(ansi.string("@|bold,underline " + line + "|@"));
    }
  }

  private void paragraph(String text) {
    paragraph("", text);
  }

  private void paragraph(String indent, String text) {
    Wrapped.print(out, text, indent, WIDTH);
  }
}
