package dev.hairpin.agent.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.InputFile;
import dev.hairpin.agent.plan.LineDifference;
import dev.hairpin.agent.plan.Planned;
import dev.hairpin.agent.plan.SavedNftables;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.apply.CommandRunner;
import dev.hairpin.rules.apply.Firewall;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.apply.KernelFirewall;
import dev.hairpin.rules.binding.UserText;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.layouts.LeftRules;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.nftables.NftText;
import dev.hairpin.rules.plan.Plan;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Compares what was planned with what is there. */
final class PlanDifference {
  private final Planned planned;
  private final String planName;

  /**
   * @param planName what the plan is called in the head
   */
  PlanDifference(Planned planned, String planName) {
    this.planned = planned;
    this.planName = planName;
  }

  /**
   * With what was saved in a file.
   *
   * @throws ConfigurationException if it can't be read, or is something else
   */
  List<LineDifference> withFile(Path file, PlanFormat format) throws ConfigurationException {
    String name = UserText.plain(file.toString());
    String saved = new String(InputFile.read(file), UTF_8);
    try {
      return switch (format) {
        case IPTABLES -> List.of(with(name, IptablesText.parse(Family.IPV4, saved)));
        case IP6TABLES -> List.of(with(name, IptablesText.parse(Family.IPV6, saved)));
        case NFT ->
            List.of(
                LineDifference.between(
                    name,
                    SavedNftables.ours(saved),
                    planName,
                    new PlanText(planned, false).text(PlanFormat.NFT)));
        case JSON -> throw new ConfigurationException("--diff shows lines of rules, not json");
      };
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException("read " + name + ": " + e.getMessage(), e);
    }
  }

  /**
   * With the rules of this host, of both families.
   *
   * @throws ConfigurationException if they can't be read
   */
  List<LineDifference> withHost() throws ConfigurationException, IOException {
    ThisHost.requireRoot("read the rules of this host");
    Firewall firewall = new KernelFirewall(CommandRunner.local());
    try {
      Set<String> nftTables = firewall.canReadNftables() ? LeftRules.NFT_TABLES : Set.of();
      Tables ipv4 = firewall.observe(Family.IPV4, nftTables);
      Tables ipv6 = firewall.observe(Family.IPV6, nftTables);
      return List.of(
          with("iptables-save", ipv4),
          with("ip6tables-save", ipv6),
          LineDifference.between(
              "nft list ruleset",
              NftText.print(nftTables(ipv4, ipv6)),
              planName,
              NftText.print(nftTables(planned.appliedTo(ipv4), planned.appliedTo(ipv6)))));
    } catch (FirewallException e) {
      throw new ConfigurationException(e.getMessage(), e);
    }
  }

  private static List<NftTable> nftTables(Tables ipv4, Tables ipv6) {
    return Stream.of(ipv4, ipv6).flatMap(tables -> tables.nftTables().stream()).toList();
  }

  private LineDifference with(String name, Tables observed) {
    // Printed as the kernel lists them, whatever listed them in the file.
    Tables sorted = new Plan(List.of()).appliedTo(observed);
    return LineDifference.between(
        name,
        IptablesText.print(sorted),
        planName,
        IptablesText.print(planned.appliedTo(observed)));
  }
}
