package dev.hairpin.agent.cli;

import dev.hairpin.agent.doctor.Diagnosis;
import dev.hairpin.agent.doctor.Remedy;
import dev.hairpin.agent.posix.NftLibrary;
import dev.hairpin.agent.posix.RulesetCounter;
import dev.hairpin.agent.wording.Language;
import dev.hairpin.agent.wording.Wording;
import dev.hairpin.rules.apply.CommandException;
import dev.hairpin.rules.apply.CommandRunner;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.apply.KernelFirewall;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Makes those changes that a diagnosis proposes and that do no harm. */
final class Fixes {
  private final PrintWriter out;
  private final Wording wording;
  private final RemedyLines lines;
  private final boolean unasked;
  private final BufferedReader answers =
      new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset()));
  private final CommandRunner commands = CommandRunner.local();

  /**
   * @param unasked whether they are made without asking a person
   */
  Fixes(PrintWriter out, Language language, boolean unasked) {
    this.out = out;
    this.wording = Wording.of("doctor", language);
    this.lines = new RemedyLines(new DoctorSentences(language));
    this.unasked = unasked;
  }

  /**
   * Makes them.
   *
   * @return whether anything was changed
   * @throws IOException if a change fails; those before it are made
   */
  boolean apply(Diagnosis diagnosis) throws IOException {
    List<Remedy> safe =
        diagnosis.findings().stream()
            .flatMap(finding -> finding.remedies().stream())
            .filter(Remedy::isSafe)
            .distinct()
            .toList();
    if (safe.isEmpty() && !diagnosis.findings().isEmpty()) {
      out.println();
      out.println(wording.say("fix.none"));
    }
    boolean changed = false;
    for (Remedy remedy : safe) {
      if (unasked || isWanted(remedy)) {
        apply(remedy);
        changed = true;
      }
    }
    return changed;
  }

  /** Without an answer nothing is changed. */
  private boolean isWanted(Remedy remedy) throws IOException {
    out.println();
    lines.of(remedy).forEach(line -> out.println(line.text()));
    out.print(wording.say("fix.ask") + " ");
    out.flush();
    String answer = answers.readLine();
    if (answer == null) {
      // Nobody has ended the line.
      out.println();
    }
    return answer != null && Set.of("y", "yes").contains(answer.strip().toLowerCase(Locale.ROOT));
  }

  private void apply(Remedy remedy) throws IOException {
    try {
      switch (remedy) {
        case Remedy.Run(List<String> argv, boolean isSafe) -> run(argv);
        case Remedy.PutBack(var family, var plan) ->
            new KernelFirewall(commands, NftLibrary.telling(pid -> {}), RulesetCounter::now)
                .apply(family, plan);
        case Remedy.ByHand byHand -> {}
      }
    } catch (FirewallException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private void run(List<String> argv) throws IOException {
    try {
      CommandRunner.Finished finished = commands.run(argv, "", CommandRunner.DEADLINE);
      if (!finished.isSuccess()) {
        throw new IOException(
            String.join(" ", argv)
                + " exited "
                + finished.exitStatus()
                + ": "
                + finished.firstError());
      }
    } catch (CommandException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
