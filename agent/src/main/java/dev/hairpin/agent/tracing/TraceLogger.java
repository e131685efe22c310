package dev.hairpin.agent.tracing;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.apply.CommandException;
import dev.hairpin.rules.apply.CommandRunner.Finished;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.apply.LastWill;
import dev.hairpin.rules.apply.Sysctls;
import java.nio.file.Path;

/**
 * Has iptables-legacy tell programs what it does with traced packets, as long as this is open. It
 * traces those that nftables traces: the mark on a packet is the same (nf_trace in struct sk_buff),
 * so nobody has to put a rule into its tables. But it tells the logger that this network namespace
 * has chosen, which mostly writes to the kernel's log, or to nobody.
 *
 * <p>The earlier logger is put back when this process ends, however it ends: another waits for
 * that. Not safe for several threads.
 */
public final class TraceLogger implements AutoCloseable {
  /** Of the log, for all that names no other (default_loginfo in nfnetlink_log.c). */
  static final int GROUP = 0;

  private static final String TELLS_PROGRAMS = "nfnetlink_log";

  private final String setting;
  private final Restoring restoring;

  private TraceLogger(String setting, Restoring restoring) {
    this.setting = setting;
    this.restoring = restoring;
  }

  /** Something that is certain to be done, and can be done now. */
  interface Restoring {
    Finished now() throws CommandException;

    /** Makes sure that a setting will be written. */
    interface Certainty {
      Restoring of(Path file, String value) throws CommandException;
    }
  }

  /**
   * Chooses the logger, in the network namespace of the calling thread. The kernel has loaded its
   * module when somebody {@linkplain TraceListener#hearLegacy hears} it.
   *
   * @throws FirewallException if that can't be done; nothing is left of it
   */
  public static TraceLogger open(Family family, Sysctls sysctls) throws FirewallException {
    return open(family, sysctls, (file, value) -> LastWill.setting(file, value)::carryOut);
  }

  static TraceLogger open(Family family, Sysctls sysctls, Restoring.Certainty certainty)
      throws FirewallException {
    String setting = Sysctls.logger(requireNonNull(family, "family"));
    String earlier = sysctls.read(setting);
    if (earlier.equals(TELLS_PROGRAMS)) {
      return new TraceLogger(setting, () -> new Finished(0, "", ""));
    }
    TraceLogger logger;
    try {
      // Before there is anything to put back, so that it is whenever this process ends.
      logger = new TraceLogger(setting, certainty.of(sysctls.file(setting), earlier));
    } catch (CommandException e) {
      throw new FirewallException("put sysctl " + setting + " back: " + e.getMessage(), e);
    }
    try {
      sysctls.set(setting, TELLS_PROGRAMS);
    } catch (FirewallException e) {
      logger.close();
      throw e;
    }
    return logger;
  }

  /**
   * Puts the earlier one back.
   *
   * @throws FirewallException if it is not back
   */
  @Override
  public void close() throws FirewallException {
    String doing = "put sysctl " + setting + " back: ";
    try {
      Finished restored = restoring.now();
      if (!restored.isSuccess()) {
        throw new FirewallException(doing + restored.firstError());
      }
    } catch (CommandException e) {
      throw new FirewallException(doing + e.getMessage(), e);
    }
  }
}
