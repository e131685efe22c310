package dev.hairpin.rules.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Chain;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.InterfaceMap;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Policy;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.plan.Change;
import dev.hairpin.rules.plan.NftChange;
import dev.hairpin.rules.plan.Plan;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class KernelFirewallTest {
  private static final Change WRITE_DOCKER =
      new Change.WriteChain(Chain.regular(Table.FILTER, "DOCKER", List.of()));
  private static final NftChain BASE =
      new NftChain(
          "out",
          Optional.of(
              new NftChain.Base(
                  NftChain.Type.NAT, Hook.OUTPUT, NftChain.Base.DSTNAT, Policy.ACCEPT)),
          List.of(Rule.of(List.of(Match.destinationIsLocal()), Action.jump("ports"))));
  private static final NftChain PORTS =
      NftChain.regular("ports", List.of(Rule.of(List.of(), Action.accept())));

  private static final String VERSION = "iptables v1.8.9 (nf_tables)\n";

  private final ScriptedCommands commands = new ScriptedCommands();
  private final KernelFirewall firewall = new KernelFirewall(commands);

  @Test
  void nftIsOnlyRunForATableThatIsAskedFor() throws FirewallException {
    commands.answer(0, "", "");

    assertThat(firewall.observe(Family.IPV4).nftTables()).isEmpty();

    assertThat(commands.calls())
        .extracting(ScriptedCommands.Call::argv)
        .containsExactly(List.of("iptables-save"));
  }

  @Test
  void oneTableIsReadAlone() throws FirewallException {
    commands.answer(0, VERSION, "").answer(0, "", "").answer(0, listed("ip6", "ours"), "");

    Tables tables = firewall.observe(Family.IPV6, Set.of("ours"));

    assertThat(tables.nftTable("ours")).isPresent();
    assertThat(commands.calls())
        .extracting(ScriptedCommands.Call::argv)
        .containsExactly(
            List.of("iptables", "--version"),
            List.of("ip6tables-save"),
            List.of("nft", "-j", "list", "table", "ip6", "ours"));
  }

  @Test
  void severalTablesAreOneProcessToo() throws FirewallException {
    commands
        .answer(0, VERSION, "")
        .answer(0, "", "")
        .answer(0, listed("ip", "ours", "theirs", "also-ours"), "");

    Tables tables = firewall.observe(Family.IPV4, Set.of("ours", "also-ours"));

    assertThat(tables.nftTables()).extracting(NftTable::name).containsExactly("ours", "also-ours");
    assertThat(commands.calls().getLast().argv())
        .containsExactly("nft", "-j", "list", "ruleset", "ip");
  }

  @Test
  void aTableThatIsNotThereIsNoError() throws FirewallException {
    commands
        .answer(0, VERSION, "")
        .answer(0, "", "")
        .answer(1, "", "Error: No such file or directory\nlist table ip ours\n^^^^^\n");

    assertThat(firewall.observe(Family.IPV4, Set.of("ours")).nftTables()).isEmpty();
  }

  @Test
  void whatNftCannotReadIsReported() {
    commands
        .answer(0, VERSION, "")
        .answer(0, "", "")
        .answer(1, "", "Error: cache initialization failed: Operation not permitted\n");

    assertThatExceptionOfType(FirewallException.class)
        .isThrownBy(() -> firewall.observe(Family.IPV4, Set.of("ours")))
        .withMessage(
            "read the IPv4 rules: nft exited 1: Error: cache initialization failed: Operation not"
                + " permitted");
  }

  @Test
  void whatIsNotOfNftIsReported() {
    for (String output : List.of("", "[]", "{\"nftables\": [{\"table\"", "\0\u00ff")) {
      commands.answer(0, VERSION, "").answer(0, "", "").answer(0, output, "");

      assertThatExceptionOfType(FirewallException.class)
          .isThrownBy(() -> new KernelFirewall(commands).observe(Family.IPV4, Set.of("ours")))
          .withMessageStartingWith("read the IPv4 rules: output of nft: not ");
    }
  }

  @Test
  void anNftThatCannotListTablesCannotReadThem() throws FirewallException {
    assertThat(firewall.canReadNftables()).as("not installed").isFalse();

    commands.answer(1, "", "Error: JSON support not compiled-in\n");
    assertThat(firewall.canReadNftables()).isFalse();

    commands.answer(0, "{\"nftables\": []}", "");
    assertThat(firewall.canReadNftables()).isTrue();
  }

  /** Nothing else tells whether both iptables and the kernel know of labels. */
  @Test
  void labelsAreTriedInANetworkNamespaceOfTheirOwn() throws FirewallException {
    commands.answer(0, "", "").answer(2, "", "iptables-restore: Couldn't load match `connlabel'");

    assertThat(firewall.canAskForLabels()).isTrue();
    assertThat(firewall.canAskForLabels()).isFalse();

    assertThat(commands.calls().getFirst().argv())
        .containsExactly("unshare", "--net", "--", "iptables-restore", "--wait");
    assertThat(commands.calls().getFirst().input())
        .isEqualTo("*filter\n-A FORWARD -m connlabel --label \"127\" -j ACCEPT\nCOMMIT\n");
  }

  @Test
  void whereTheyCannotBeTriedThereAreNone() throws FirewallException {
    assertThat(firewall.canAskForLabels()).isFalse();
  }

  @Test
  void aHostWithoutIptablesHasNftablesOwnTablesOnly() throws FirewallException {
    KernelFirewall onHost =
        new KernelFirewall((argv, input, deadline) -> {
          if (!argv.getFirst().equals("nft")) {
            throw CommandException.notInstalled("run " + argv.getFirst() + ": not found on PATH");
          }
          return new CommandRunner.Finished(0, listed("ip", "ours"), "");
        });

    Tables tables = onHost.observe(Family.IPV4, Set.of("ours"));

    assertThat(tables.chains()).isEmpty();
    assertThat(tables.nftTable("ours")).isPresent();
    assertThatExceptionOfType(FirewallException.class)
        .isThrownBy(() -> onHost.observe(Family.IPV4))
        .withMessage("read the IPv4 rules: run iptables-save: not found on PATH");
  }

  @Test
  void aHostWithoutNftSaysSoWhereATableIsNeeded() throws FirewallException {
    KernelFirewall onHost =
        new KernelFirewall((argv, input, deadline) -> {
          if (argv.getFirst().equals("nft")) {
            throw CommandException.notInstalled("run nft: not found on PATH; install nftables");
          }
          return new CommandRunner.Finished(0, "", "");
        });

    assertThat(onHost.canReadNftables()).isFalse();
    assertThat(onHost.observe(Family.IPV4).chains()).isEmpty();
    assertThatExceptionOfType(FirewallException.class)
        .isThrownBy(() -> onHost.observe(Family.IPV4, Set.of("ours")))
        .withMessage("read the IPv4 rules: run nft: not found on PATH; install nftables");
  }

  /** A tool that hangs may be there. */
  @Test
  void aToolThatCannotBeRunIsNotTakenForOneThatIsMissing() {
    KernelFirewall onHost =
        new KernelFirewall((argv, input, deadline) -> {
          throw new CommandException("run nft: killed after 30000 ms", new Exception());
        });

    assertThatExceptionOfType(FirewallException.class)
        .isThrownBy(onHost::canReadNftables)
        .withMessage("list nftables' own tables: run nft: killed after 30000 ms");
  }

  @Test
  void anEmptyPlanRunsNothing() throws FirewallException {
    firewall.apply(Family.IPV4, new Plan(List.of()));

    assertThat(commands.calls()).isEmpty();
  }

  @Test
  void aTableIsWrittenInOneTransaction() throws FirewallException {
    commands.answer(0, "", "");
    TreeMap<String, String> jumps = new TreeMap<>();
    jumps.put("docker0", "ports");
    jumps.put("br-0", "ports");
    NftTable table =
        new NftTable(
            Family.IPV4,
            "ours",
            List.of(new InterfaceMap("jumps", jumps), new InterfaceMap("none", new TreeMap<>())),
            List.of(BASE, PORTS));

    firewall.apply(Family.IPV4, new Plan(List.of(new NftChange.WriteTable(table))));

    assertThat(commands.calls())
        .containsExactly(
            new ScriptedCommands.Call(
                List.of("nft", "-f", "-"),
                """
                add table ip ours
                delete table ip ours
                add table ip ours
                add map ip ours jumps { type ifname : verdict; }
                add map ip ours none { type ifname : verdict; }
                add chain ip ours out { type nat hook output priority -100; policy accept; }
                add chain ip ours ports
                add rule ip ours out fib daddr type local counter jump ports
                add rule ip ours ports counter accept
                add element ip ours jumps { "br-0" : jump ports, "docker0" : jump ports }
                """));
  }

  @Test
  void anOwnedTableIsMadeWithItsFlagsAndAnOrphanIsClaimed() throws FirewallException {
    commands.answer(0, "", "").answer(0, "", "");
    NftTable table = new NftTable(Family.IPV4, "ours", List.of(), List.of(PORTS)).owned();

    firewall.apply(Family.IPV4, new Plan(List.of(new NftChange.WriteTable(table))));
    firewall.apply(
        Family.IPV4,
        new Plan(
            List.of(new NftChange.ClaimTable("ours"), new NftChange.WriteChain("ours", PORTS))));

    assertThat(commands.calls())
        .extracting(ScriptedCommands.Call::input)
        .containsExactly(
            """
            destroy table ip ours
            add table ip ours { flags owner,persist; }
            add chain ip ours ports
            add rule ip ours ports counter accept
            """,
            """
            add table ip ours { flags owner,persist; }
            add chain ip ours ports
            flush chain ip ours ports
            add rule ip ours ports counter accept
            """);
  }

  @Test
  void whatLeadsToAChainComesAfterItAndGoesBeforeIt() throws FirewallException {
    commands.answer(0, "", "");

    firewall.apply(
        Family.IPV6,
        new Plan(
            List.of(
                new NftChange.WriteChain("ours", BASE),
                new NftChange.WriteChain("ours", PORTS),
                new NftChange.DeleteJump("ours", "jumps", "br-1"),
                new NftChange.AddJump("ours", "jumps", "br-0", "ports"),
                new NftChange.DeleteChain("ours", "old"))));

    assertThat(commands.calls().getFirst().input())
        .isEqualTo(
            """
            add chain ip6 ours out { type nat hook output priority -100; policy accept; }
            flush chain ip6 ours out
            add chain ip6 ours ports
            flush chain ip6 ours ports
            flush chain ip6 ours old
            add rule ip6 ours out fib daddr type local counter jump ports
            add rule ip6 ours ports counter accept
            delete element ip6 ours jumps { "br-1" }
            add element ip6 ours jumps { "br-0" : jump ports }
            delete chain ip6 ours old
            """);
  }

  @Test
  void bothKindsOfTablesChangeInTheOrderOfThePlan() throws FirewallException {
    commands.answer(0, "", "").answer(0, "", "").answer(0, "", "");

    firewall.apply(
        Family.IPV4,
        new Plan(
            List.of(
                new NftChange.WriteChain("ours", PORTS),
                WRITE_DOCKER,
                new NftChange.DeleteTable("old"))));

    assertThat(commands.calls())
        .extracting(call -> call.argv().getFirst())
        .containsExactly("nft", "iptables-restore", "nft");
    assertThat(commands.calls().getLast().input()).isEqualTo("delete table ip old\n");
  }

  /** What was to come after it is still to come, and is found by the next plan. */
  @Test
  void whatComesAfterARefusedStepIsNotTried() {
    commands.answer(1, "", "/dev/stdin:2:15-21: Error: Could not process rule: Busy\nadd ...\n");

    assertThatExceptionOfType(FirewallException.class)
        .isThrownBy(() ->
            firewall.apply(
                Family.IPV4,
                new Plan(List.of(new NftChange.WriteChain("ours", PORTS), WRITE_DOCKER))))
        .withMessage(
            "change the IPv4 rules: nft exited 1 at line 2 (\"flush chain ip ours ports\"): Could"
                + " not process rule: Busy");
    assertThat(commands.calls()).hasSize(1);
  }

  @Test
  void aNameThatWouldBreakOutOfItsLineIsRefusedBeforeAnythingRuns() {
    NftChain smuggling = NftChain.regular("x\nflush ruleset", List.of());

    assertThatExceptionOfType(FirewallException.class)
        .isThrownBy(() ->
            firewall.apply(
                Family.IPV4, new Plan(List.of(new NftChange.WriteChain("ours", smuggling)))))
        .withMessageContaining("can't be used in nftables");
    assertThat(commands.calls()).isEmpty();
  }

  private static String listed(String family, String... names) {
    StringBuilder tables = new StringBuilder("{\"nftables\": [{\"metainfo\": {}}");
    for (String name : names) {
      tables.append(", {\"table\": {\"family\": \"" + family + "\", \"name\": \"" + name + "\"}}");
    }
    return tables.append("]}").toString();
  }
}
