package dev.hairpin.rules.apply;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

import dev.hairpin.rules.apply.CommandRunner.Finished;
import java.util.Collection;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the kernel forget connections, so that their next packet meets the rules as they are now.
 * NAT is decided once for a connection; without this, one that is older than its rule never sees
 * it.
 */
public final class Conntrack {
  private static final Logger log = LoggerFactory.getLogger(Conntrack.class);

  /** A connection that ends by itself meanwhile breaks the tool off; the next try is without it. */
  private static final int ATTEMPTS = 5;

  private final CommandRunner commands;

  public Conntrack(CommandRunner commands) {
    this.commands = requireNonNull(commands, "commands");
  }

  /**
   * Forgets connections, all in one process: conntrack reads commands from its standard input since
   * conntrack-tools 1.4.6.
   *
   * @return how many there were
   * @throws FirewallException if conntrack can't do it; some may be forgotten, and trying again
   *     does no harm
   */
  public long forget(Collection<? extends Flows> flows) throws FirewallException {
    if (flows.isEmpty()) {
      return 0;
    }
    String script =
        flows.stream()
            .flatMap(some -> some.deletions().stream())
            .distinct()
            .map(line -> line + "\n")
            .collect(joining());
    log.debug("conntrack --load-file -:\n{}", script);
    long forgotten = 0;
    for (int attempt = 1; ; attempt++) {
      Finished finished = run(script);
      // It prints each connection that it deletes.
      forgotten += finished.output().lines().count();
      if (finished.isSuccess() || finished.errors().contains(" 0 flow entries ")) {
        return forgotten;
      }
      boolean outran = finished.errors().contains("such conntrack doesn't exist");
      if (!outran || attempt == ATTEMPTS) {
        throw new FirewallException(
            "forget connections: conntrack exited "
                + finished.exitStatus()
                + ": "
                + finished.firstError());
      }
    }
  }

  private Finished run(String script) throws FirewallException {
    try {
      return commands.run(List.of("conntrack", "--load-file", "-"), script, CommandRunner.DEADLINE);
    } catch (CommandException e) {
      throw new FirewallException("forget connections: " + e.getMessage(), e);
    }
  }
}
