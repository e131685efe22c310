package dev.hairpin.rules.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.plan.NftChange;
import dev.hairpin.rules.plan.Plan;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whether tables can be owned, and how they are changed then. */
@Timeout(60)
class OwnedTablesTest {
  private static final String PROBE = "add table ip hairpin-probe { flags owner,persist; }\n";
  private static final Plan DELETION = new Plan(List.of(new NftChange.DeleteTable("ours")));

  private final ScriptedCommands commands = new ScriptedCommands();
  private final ScriptedContext context = new ScriptedContext();
  private int opened;
  private final KernelFirewall firewall =
      new KernelFirewall(commands, this::open, RulesetGeneration.UNKNOWN);

  private NftContext open() {
    opened++;
    return context;
  }

  @Test
  void theyCanWhereBothTheProgramAndTheLibraryAcceptTheFlags() throws FirewallException {
    commands.answer(0, "", "");
    context.answer(0, "");

    assertThat(firewall.canOwnTables()).isTrue();
    assertThat(firewall.canOwnTables()).as("without being asked again").isTrue();

    assertThat(commands.calls())
        .containsExactly(new ScriptedCommands.Call(List.of("nft", "-c", "-f", "-"), PROBE));
    assertThat(context.scripts()).containsExactly("check: " + PROBE);
  }

  @Test
  void thenTheyAreChangedByTheirOwnerAlone() throws FirewallException {
    commands.answer(0, "", "");
    context.answer(0, "").answer(0, "");
    firewall.canOwnTables();

    firewall.apply(Family.IPV4, DELETION);

    assertThat(context.scripts()).last().isEqualTo("delete table ip ours\n");
    assertThat(commands.calls()).as("processes of nft").hasSize(1);
  }

  @Test
  void theLineThatTheKernelRefusesIsNamed() throws FirewallException {
    commands.answer(0, "", "");
    context
        .answer(0, "")
        .answer(
            1,
            """
            /proc/self/fd/4:1:17-20: Error: Could not process rule: Operation not permitted
            delete table ip ours
                            ^^^^
            """);
    firewall.canOwnTables();

    assertThatExceptionOfType(FirewallException.class)
        .isThrownBy(() -> firewall.apply(Family.IPV4, DELETION))
        .withMessage(
            "change the IPv4 rules: nft exited 1 at line 1 (\"delete table ip ours\"): Could not"
                + " process rule: Operation not permitted");
  }

  /** It could not even list such a table: 1.0.6 aborts. */
  @Test
  void aProgramThatDoesNotKnowTheFlagsIsGoneOnWith() throws FirewallException {
    commands.answer(1, "", "/dev/stdin:1:33-33: Error: syntax error\n").answer(0, "", "");

    assertThat(firewall.canOwnTables()).isFalse();
    assertThat(firewall.canOwnTables()).isFalse();
    firewall.apply(Family.IPV4, DELETION);

    assertThat(opened).as("libraries opened").isZero();
    assertThat(commands.calls())
        .last()
        .isEqualTo(new ScriptedCommands.Call(List.of("nft", "-f", "-"), "delete table ip ours\n"));
  }

  @Test
  void soIsOneWhoseLibraryIsMissingOrOlder() throws FirewallException {
    KernelFirewall without =
        new KernelFirewall(
            commands,
            () -> {
              throw new IOException("load libnftables.so.1: no such file");
            },
            RulesetGeneration.UNKNOWN);
    commands.answer(0, "", "");
    assertThat(without.canOwnTables()).isFalse();

    commands.answer(0, "", "");
    context.answer(1, "Error: syntax error\n");
    assertThat(firewall.canOwnTables()).isFalse();
  }

  @Test
  void aProgramThatFailsToAnswerIsAskedAgain() throws FirewallException {
    KernelFirewall hanging =
        new KernelFirewall(
            (argv, input, deadline) -> {
              throw new CommandException("run nft: killed after 30000 ms", new IOException());
            },
            this::open,
            RulesetGeneration.UNKNOWN);

    assertThatExceptionOfType(FirewallException.class)
        .isThrownBy(hanging::canOwnTables)
        .withMessage("look whether tables can be owned: run nft: killed after 30000 ms");
    assertThatExceptionOfType(FirewallException.class).isThrownBy(hanging::canOwnTables);
  }
}
