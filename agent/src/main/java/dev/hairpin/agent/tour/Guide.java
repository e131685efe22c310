package dev.hairpin.agent.tour;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.tour.Audience.Reply;
import dev.hairpin.rules.apply.CommandRunner.Finished;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Leads through a tour, and checks that what it says is so. Not safe for several threads. */
public final class Guide {
  /** A JVM on a busy machine takes its time. */
  private static final Duration STARTING = Duration.ofSeconds(30);

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);

  private final Tour tour;
  private final Stage stage;
  private final Audience audience;
  private final Map<String, Typed> started = new HashMap<>();

  public Guide(Tour tour, Stage stage, Audience audience) {
    this.tour = requireNonNull(tour, "tour");
    this.stage = requireNonNull(stage, "stage");
    this.audience = requireNonNull(audience, "audience");
  }

  /** How it ended. */
  public enum End {
    DONE,
    LEFT,
    /** A claim did not hold; everything is as it was at that time. */
    SURPRISED
  }

  /**
   * Leads from the first step to the last, or as far as somebody wants.
   *
   * @throws IOException if a command can't be run at all
   */
  public End lead() throws IOException, InterruptedException {
    int number = 1;
    while (number <= tour.steps().size()) {
      Step step = tour.steps().get(number - 1);
      switch (audience.expect(number, step)) {
        case Reply.Quit() -> {
          return End.LEFT;
        }
        case Reply.Back() -> number = backFrom(number, /* isDone= */ false);
        case Reply.GoOn(int guess) -> {
          if (!isAsClaimed(step.acts())) {
            return End.SURPRISED;
          }
          switch (audience.learn(number, step, guess)) {
            case Reply.Quit() -> {
              return End.LEFT;
            }
            case Reply.Back() -> number = backFrom(number, /* isDone= */ true);
            case Reply.GoOn goOn -> number++;
          }
        }
      }
    }
    return End.DONE;
  }

  /** Which step comes next: this one, when it was done already, or else the one before. */
  private int backFrom(int number, boolean isDone) throws IOException, InterruptedException {
    int undone = isDone || number == 1 ? number : number - 1;
    if (isDone || number > 1) {
      audience.goBackFrom(undone);
      for (Act act : tour.steps().get(undone - 1).undo()) {
        undo(act);
      }
    }
    return undone;
  }

  private void undo(Act act) throws IOException, InterruptedException {
    if (broken(act).isPresent()) {
      throw new IOException("go back in tour " + tour.name() + ": " + act + " did not do it");
    }
  }

  private boolean isAsClaimed(List<Act> acts) throws IOException, InterruptedException {
    for (Act act : acts) {
      Optional<Claim> broken = broken(act);
      if (broken.isPresent()) {
        audience.beSurprised(command(act), broken.get());
        return false;
      }
    }
    return true;
  }

  /** Does it; what didn't come of it. */
  private Optional<Claim> broken(Act act) throws IOException, InterruptedException {
    return switch (act) {
      case Act.Run(Typed command, Excerpt shown, List<Claim> claims) -> {
        audience.type(command, /* goesOn= */ false);
        Finished finished = stage.run(command);
        audience.see(shown, finished);
        yield firstBroken(claims, finished);
      }
      case Act.Start(String role, Typed command, Typed probe, List<Claim> claims) -> {
        audience.type(command, /* goesOn= */ true);
        started.put(role, command);
        stage.start(role, command);
        yield await(probe, claims);
      }
      case Act.Await(String role, Excerpt shown, List<Claim> claims) -> {
        Finished finished = new Finished(0, stage.await(role), "");
        audience.see(shown, finished);
        yield firstBroken(claims, finished);
      }
      case Act.End(String role) -> {
        stage.end(role);
        yield Optional.empty();
      }
    };
  }

  private Optional<Claim> await(Typed probe, List<Claim> claims)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + STARTING.toNanos();
    Optional<Claim> broken = firstBroken(claims, stage.run(probe));
    while (broken.isPresent() && System.nanoTime() < deadline) {
      Thread.sleep(BETWEEN_LOOKS);
      broken = firstBroken(claims, stage.run(probe));
    }
    return broken;
  }

  private static Optional<Claim> firstBroken(List<Claim> claims, Finished finished) {
    return claims.stream().filter(claim -> !claim.holds(finished)).findFirst();
  }

  private Typed command(Act act) {
    return switch (act) {
      case Act.Run run -> run.command();
      case Act.Start start -> start.command();
      case Act.Await await -> started.get(await.role());
      case Act.End end -> started.get(end.role());
    };
  }
}
