package dev.hairpin.agent.tour;

import static java.util.Objects.requireNonNull;

import java.util.List;

/** Something that is done in a step. */
public sealed interface Act {
  /** A command is run to its end, and what it printed is shown. */
  record Run(Typed command, Excerpt shown, List<Claim> claims) implements Act {
    public Run {
      requireNonNull(command, "command");
      requireNonNull(shown, "shown");
      claims = List.copyOf(claims);
    }
  }

  /**
   * A command is started, and goes on.
   *
   * @param role what it is called: its name, and that of its log
   * @param probe a command that nobody sees, of which the claims hold once it is ready
   */
  record Start(String role, Typed command, Typed probe, List<Claim> claims) implements Act {
    public Start {
      requireNonNull(role, "role");
      requireNonNull(command, "command");
      requireNonNull(probe, "probe");
      claims = List.copyOf(claims);
    }
  }

  /** A command that was started is waited for, and what it printed is shown. */
  record Await(String role, Excerpt shown, List<Claim> claims) implements Act {
    public Await {
      requireNonNull(role, "role");
      requireNonNull(shown, "shown");
      claims = List.copyOf(claims);
    }
  }

  /** A command that was started is ended. */
  record End(String role) implements Act {
    public End {
      requireNonNull(role, "role");
    }
  }

  /** A command that prints what can be shown as it is. */
  static Act run(String command, Claim... claims) {
    return new Run(Typed.of(command), Excerpt.ALL, List.of(claims));
  }

  /** A command that changes something, and says nothing. */
  static Act change(String command) {
    return run(command, Claim.exits(0));
  }

  /** A command that prints more than is shown. */
  static Act run(Excerpt shown, String command, Claim... claims) {
    return new Run(Typed.of(command), shown, List.of(claims));
  }
}
