package dev.hairpin.agent.tour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hairpin.agent.tour.Audience.Reply;
import dev.hairpin.agent.tour.Guide.End;
import dev.hairpin.rules.apply.CommandRunner.Finished;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GuideTest {
  private static final Reply ON = new Reply.GoOn(0);
  private static final Reply BACK = new Reply.Back();
  private static final Reply QUIT = new Reply.Quit();

  private static final Step FIRST = Step.of("first", 1, Act.change("a")).undoneBy(Act.change("-a"));
  private static final Step SECOND =
      Step.of("second", 2, Act.change("b"), Act.run("c", Claim.prints("^well$")))
          .undoneBy(Act.change("-b"));
  private static final Tour TOUR = new Tour("of-two", List.of(FIRST, SECOND));

  private final List<String> happened = new ArrayList<>();
  private final Deque<Reply> replies = new ArrayDeque<>();
  private final Map<String, Finished> results = new HashMap<>(Map.of("c", printed("all\nwell\n")));

  @Test
  void leadsThroughAllSteps() throws Exception {
    answers(ON, new Reply.GoOn(2), ON, ON);

    assertThat(lead(TOUR)).isEqualTo(End.DONE);

    assertThat(happened)
        .containsExactly(
            "expect 1", "$ a", "learn 1, guess 0", "expect 2", "$ b", "$ c", "learn 2, guess 0");
  }

  @Test
  void aGuessIsRememberedUntilItIsExplained() throws Exception {
    answers(new Reply.GoOn(3), ON, QUIT);

    assertThat(lead(TOUR)).isEqualTo(End.LEFT);

    assertThat(happened).containsExactly("expect 1", "$ a", "learn 1, guess 3", "expect 2");
  }

  @Test
  void goingBackFromAStepThatWasDoneUndoesItAndAsksAgain() throws Exception {
    answers(ON, BACK, ON, QUIT);

    assertThat(lead(TOUR)).isEqualTo(End.LEFT);

    assertThat(happened)
        .containsExactly(
            "expect 1",
            "$ a",
            "learn 1, guess 0",
            "back from 1",
            "$ -a",
            "expect 1",
            "$ a",
            "learn 1, guess 0");
  }

  @Test
  void goingBackBeforeAStepIsDoneUndoesTheOneBefore() throws Exception {
    answers(ON, ON, BACK, QUIT);

    assertThat(lead(TOUR)).isEqualTo(End.LEFT);

    assertThat(happened)
        .containsExactly(
            "expect 1", "$ a", "learn 1, guess 0", "expect 2", "back from 1", "$ -a", "expect 1");
  }

  @Test
  void beforeTheFirstStepNothingIsUndone() throws Exception {
    answers(BACK, QUIT);

    assertThat(lead(TOUR)).isEqualTo(End.LEFT);

    assertThat(happened).containsExactly("expect 1", "expect 1");
  }

  @Test
  void aClaimThatDoesNotHoldEndsTheTourThere() throws Exception {
    answers(ON, ON, ON, ON);
    results.put("c", printed("swell"));

    assertThat(lead(TOUR)).isEqualTo(End.SURPRISED);

    assertThat(happened).endsWith("$ c", "surprise: c, Prints[pattern=^well$]");
  }

  @Test
  void aChangeThatFailsIsASurpriseToo() throws Exception {
    answers(ON, ON);
    results.put("a", new Finished(4, "", "no"));

    assertThat(lead(TOUR)).isEqualTo(End.SURPRISED);

    assertThat(happened).endsWith("$ a", "surprise: a, Exits[status=0]");
  }

  @Test
  void whatCanNotBeUndoneIsAnError() {
    answers(ON, BACK);
    results.put("-a", new Finished(1, "", "no"));

    assertThatThrownBy(() -> lead(TOUR))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("go back in tour of-two");
  }

  @Test
  void aProgramThatGoesOnIsReadyBeforeTheNextActAndWaitedForAtTheEnd() throws Exception {
    Step watching =
        Step.of(
            "watch",
            0,
            new Act.Start(
                "watcher", Typed.of("watch"), Typed.of("ready"), List.of(Claim.prints("yes"))),
            Act.change("knock"),
            new Act.Await("watcher", Excerpt.ALL, List.of(Claim.prints("seen"))));
    answers(ON, ON);
    results.put("ready", printed("yes"));

    assertThat(lead(new Tour("watch", List.of(watching)))).isEqualTo(End.DONE);

    assertThat(happened)
        .containsExactly(
            "expect 1",
            "$ watch &",
            "probe ready",
            "$ knock",
            "wait for watcher",
            "learn 1, guess 0");
  }

  private void answers(Reply... inTurn) {
    replies.addAll(List.of(inTurn));
  }

  private End lead(Tour tour) throws IOException, InterruptedException {
    return new Guide(tour, new FakeStage(), new FakeAudience()).lead();
  }

  private static Finished printed(String output) {
    return new Finished(0, output, "");
  }

  /** Tells of what is run without having been typed before. */
  private final class FakeStage implements Stage {
    @Override
    public Finished run(Typed command) {
      if (!happened.getLast().equals("$ " + command)) {
        happened.add("probe " + command);
      }
      return results.getOrDefault(command.toString(), printed(""));
    }

    @Override
    public void start(String role, Typed command) {
      assertThat(happened.getLast()).isEqualTo("$ " + command + " &");
    }

    @Override
    public String await(String role) {
      happened.add("wait for " + role);
      return "seen";
    }

    @Override
    public void end(String role) {
      happened.add("end " + role);
    }
  }

  private final class FakeAudience implements Audience {
    @Override
    public Reply expect(int number, Step step) {
      happened.add("expect " + number);
      return replies.remove();
    }

    @Override
    public void type(Typed command, boolean goesOn) {
      happened.add("$ " + command + (goesOn ? " &" : ""));
    }

    @Override
    public void see(Excerpt shown, Finished finished) {}

    @Override
    public Reply learn(int number, Step step, int guess) {
      happened.add("learn " + number + ", guess " + guess);
      return replies.remove();
    }

    @Override
    public void goBackFrom(int number) {
      happened.add("back from " + number);
    }

    @Override
    public void beSurprised(Typed command, Claim claim) {
      happened.add("surprise: " + command + ", " + claim);
    }
  }
}
