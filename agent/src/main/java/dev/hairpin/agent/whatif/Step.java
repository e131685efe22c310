package dev.hairpin.agent.whatif;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.lab.LabNetwork;
import dev.hairpin.agent.whatif.SavedRules.Standing;
import dev.hairpin.rules.address.Family;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** One command that changes something in the lab's host, and the one that changes it back. */
public record Step(Command doing, Command undoing) {
  private static final String SETTINGS_OF_INTERFACES = "net.ipv4.conf.";

  public Step {
    requireNonNull(doing, "doing");
    requireNonNull(undoing, "undoing");
  }

  /**
   * What is there before a change.
   *
   * @param ipv4 the rules in force
   * @param setting reads one, such as {@code net.ipv4.ip_forward}
   * @param proxies what ends each proxy, and starts it again
   */
  public record Situation(
      SavedRules ipv4, SavedRules ipv6, UnaryOperator<String> setting, List<Step> proxies) {
    public Situation {
      requireNonNull(ipv4, "ipv4");
      requireNonNull(ipv6, "ipv6");
      requireNonNull(setting, "setting");
      proxies = List.copyOf(proxies);
    }

    private SavedRules rules(Family family) {
      return switch (family) {
        case IPV4 -> ipv4;
        case IPV6 -> ipv6;
      };
    }
  }

  /** Ends a process that a command starts. */
  public static Step ending(long pid, List<String> command) {
    return new Step(
        new Command(List.of("kill", Long.toString(pid)), "kill " + pid), Command.of(command));
  }

  /**
   * What a change comes to, in order; it is undone in the other order.
   *
   * @throws IllegalArgumentException if there is nothing that it could take away
   */
  public static List<Step> of(Change change, Situation situation) {
    return switch (change) {
      case Change.WithoutRule rule -> List.of(without(change, rule, situation.ipv4()));
      case Change.WithoutNumber(int number) ->
          throw new IllegalArgumentException("rule " + number + " is not looked up yet");
      case Change.WithoutProxy() -> situation.proxies();
      case Change.WithoutSetting setting ->
          switch (setting) {
            case ROUTE_LOCALNET ->
                List.of(
                    setting(
                        situation,
                        SETTINGS_OF_INTERFACES + LabNetwork.BRIDGE + ".route_localnet",
                        "0"));
            case IP_FORWARD -> List.of(setting(situation, "net.ipv4.ip_forward", "0"));
          };
      case Change.With with ->
          switch (with) {
            case FORWARD_DROP ->
                List.of(
                    new Step(
                        Command.parse("iptables -I FORWARD -j DROP"),
                        Command.parse("iptables -D FORWARD -j DROP")));
            case UFW -> ufw(situation.ipv4());
            case RP_FILTER ->
                List.of(setting(situation, SETTINGS_OF_INTERFACES + "all.rp_filter", "1"));
          };
    };
  }

  /**
   * Taking away the rule that was shown with a number.
   *
   * @throws IllegalArgumentException if it is not there any more
   */
  public static Step without(
      Change.WithoutNumber change, Family family, String table, String rule, Situation situation) {
    return without(change, situation.rules(family), table, rule.split(" ", 3)[1], rule::equals);
  }

  private static Step without(Change change, Change.WithoutRule rule, SavedRules ipv4) {
    return switch (rule) {
      case PREROUTING_JUMP ->
          without(change, ipv4, "nat", "PREROUTING", text -> text.endsWith(" -j DOCKER"));
      case OUTPUT_JUMP ->
          without(change, ipv4, "nat", "OUTPUT", text -> text.endsWith(" -j DOCKER"));
      case MASQUERADE ->
          without(
              change,
              ipv4,
              "nat",
              "POSTROUTING",
              text -> text.endsWith(" ! -o " + LabNetwork.BRIDGE + " -j MASQUERADE"));
      case HAIRPIN ->
          without(
              change,
              ipv4,
              "nat",
              "POSTROUTING",
              text ->
                  text.contains(
                      " -s "
                          + LabNetwork.NS1_ADDRESS
                          + "/32 -d "
                          + LabNetwork.NS1_ADDRESS
                          + "/32 "));
    };
  }

  private static Step without(
      Change change, SavedRules rules, String table, String chain, Predicate<String> isMeant) {
    Standing standing =
        rules
            .find(table, chain, isMeant)
            .orElseThrow(() ->
                new IllegalArgumentException(
                    change.option()
                        + ": there is no such rule in "
                        + SavedRules.tool(rules.family())
                        + " -t "
                        + table
                        + " "
                        + chain
                        + " of the lab's host"));
    return new Step(standing.deletion(), standing.insertion());
  }

  private static Step setting(Situation situation, String name, String value) {
    return new Step(
        Command.parse("sysctl -w " + name + "=" + value),
        Command.parse("sysctl -w " + name + "=" + situation.setting().apply(name)));
  }

  /** As ufw's own chains do it, in the order that locks nobody out. */
  private static List<Step> ufw(SavedRules ipv4) {
    List<Step> steps = new ArrayList<>();
    for (String rule :
        List.of(
            "INPUT -i lo -j ACCEPT",
            "INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
            "INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
            "FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT")) {
      steps.add(
          new Step(Command.parse("iptables -A " + rule), Command.parse("iptables -D " + rule)));
    }
    for (String chain : List.of("INPUT", "FORWARD")) {
      steps.add(
          new Step(
              Command.parse("iptables -P " + chain + " DROP"),
              Command.parse("iptables -P " + chain + " " + ipv4.policy("filter", chain))));
    }
    return steps;
  }
}
