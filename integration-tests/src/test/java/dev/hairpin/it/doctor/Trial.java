package dev.hairpin.it.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.doctor.Code;
import dev.hairpin.it.doctor.Examination.CheckedWay;
import dev.hairpin.it.doctor.Examination.Reported;
import dev.hairpin.it.doctor.Fault.Culprit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One fault, from the host that is well to the host that is well again. Every claim about a way is
 * held against a packet that is sent on it.
 */
final class Trial {
  private final Patient patient;
  private final Fault fault;
  private final Results results;
  private final List<String> complaints = new ArrayList<>();

  Trial(Patient patient, Fault fault, Results results) {
    this.patient = patient;
    this.fault = fault;
    this.results = results;
  }

  /**
   * Does it all.
   *
   * @throws AssertionError if anything is not as it should be; the host is well all the same
   */
  void run() {
    try {
      fault.injections().forEach(act -> act.on(patient));
      Examination said = patient.examine(fault.targets().toArray(String[]::new));
      Map<Question, String> answers = ask(said);
      boolean isFound = isRight(said);
      complainAboutWays(said, answers);
      complainAboutAnswered(answers);

      mend(said);
      patient.onHost("conntrack -F").run();
      boolean isFixed = isWellAgain();
      results.add(fault, said.codes(), isFound, isFixed);
      assertThat(complaints).as("%s\n%s", fault, said).isEmpty();
    } finally {
      fault.afterwards().forEach(act -> act.on(patient));
      patient.recover();
    }
  }

  private Map<Question, String> ask(Examination said) {
    Map<Question, Boolean> questions = new LinkedHashMap<>();
    for (CheckedWay way : said.ways()) {
      questions.put(patient.question(way), way.isReached());
    }
    fault.lost().forEach(lost -> questions.put(patient.question(lost), false));
    return Question.ask(questions.keySet(), question -> !questions.get(question));
  }

  /** All that is there is found, with what does it, and nothing else. */
  private boolean isRight(Examination said) {
    int before = complaints.size();
    complainUnless(
        said.exit() == (fault.culprits().isEmpty() ? 0 : 1), "exit status " + said.exit());
    Set<Code> codes = EnumSet.noneOf(Code.class);
    codes.addAll(said.codes());
    complainUnless(codes.equals(fault.codes()), "found " + said.codes() + ", not " + fault.codes());
    for (Culprit culprit : fault.culprits()) {
      complainUnless(
          said.findings().stream().anyMatch(finding -> names(finding, culprit)),
          "not named: " + culprit);
    }
    return complaints.size() == before;
  }

  private boolean names(Reported finding, Culprit culprit) {
    return finding.code() == culprit.code()
        && finding.shown().contains(patient.fill(culprit.shown()))
        && culprit.whose().map(finding::isOf).orElse(true);
  }

  private void complainAboutWays(Examination said, Map<Question, String> answers) {
    for (CheckedWay way : said.ways()) {
      String answer = answers.get(patient.question(way));
      complainUnless(
          way.agreesWith(answer),
          way
              + ": said to be "
              + way.reach()
              + ", and a packet got \""
              + answer
              + "\" instead of "
              + way.sourceSeen());
    }
  }

  private void complainAboutAnswered(Map<Question, String> answers) {
    fault.lost().stream()
        .map(patient::question)
        .forEach(lost ->
            complainUnless(
                !Question.isAnswered(answers.get(lost)),
                lost + ": was not lost at all: " + answers.get(lost)));
  }

  /** First what the doctor may do itself, then what it proposes, then what it can't know. */
  private void mend(Examination said) {
    List<Reported> findings = said.findings();
    if (findings.stream().anyMatch(Reported::isFixable)) {
      patient.doctor("--fix", "--yes").and(fault.targets()).attempt();
    }
    findings.stream()
        .filter(finding -> !finding.isFixable())
        .flatMap(finding -> finding.commands().stream().limit(1))
        .forEach(command -> {
          int exit = patient.proposed(command).attempt().exit();
          complainUnless(exit == 0, command + " exited " + exit);
        });
    fault.undoings().forEach(act -> act.on(patient));
  }

  private boolean isWellAgain() {
    int before = complaints.size();
    Examination after = patient.examine();
    complainUnless(
        after.exit() == 0 && after.codes().isEmpty(),
        "afterwards exit status " + after.exit() + ", " + after.codes());
    Map<Question, Boolean> questions = new LinkedHashMap<>();
    after.ways().forEach(way -> questions.put(patient.question(way), way.isReached()));
    List<Question> lost = fault.lost().stream().map(patient::question).toList();
    lost.forEach(question -> questions.put(question, true));
    Map<Question, String> answers =
        Question.ask(questions.keySet(), question -> !questions.get(question));
    complainAboutWays(after, answers);
    lost.forEach(question ->
        complainUnless(
            Question.isAnswered(answers.get(question)),
            question + ": is lost still: " + answers.get(question)));
    return complaints.size() == before;
  }

  private void complainUnless(boolean isRight, String complaint) {
    if (!isRight) {
      complaints.add(complaint);
    }
  }
}
