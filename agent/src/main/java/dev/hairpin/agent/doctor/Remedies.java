package dev.hairpin.agent.doctor;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.trace.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Makes what mends something: a command, or a word to the one who has to do it. */
final class Remedies {
  private Remedies() {}

  static Remedy byHand(String key, String... parts) {
    return new Remedy.ByHand(key, List.of(parts));
  }

  static Remedy safely(String... argv) {
    return new Remedy.Run(List.of(argv), true);
  }

  static Remedy run(String... argv) {
    return new Remedy.Run(List.of(argv), false);
  }

  /** A command inside of a container or namespace. */
  static Remedy inside(Publisher publisher, Evidence evidence, String... argv) {
    Inside inside = evidence.insides().getOrDefault(publisher.name(), Inside.UNKNOWN);
    List<String> entering =
        switch (publisher) {
          case Publisher.Namespace(String name) -> List.of("ip", "netns", "exec", name);
          case Publisher.Container(String id, String name) ->
              inside
                  .namespace()
                  .map(file -> List.of("nsenter", "--net=" + file))
                  .orElse(List.of("docker", "exec", "--privileged", name));
          case Publisher.StandIn standIn ->
              inside.namespace().map(file -> List.of("nsenter", "--net=" + file)).orElse(List.of());
        };
    return new Remedy.Run(Stream.concat(entering.stream(), Stream.of(argv)).toList(), false);
  }

  static Remedy sysctl(String setting) {
    return safely("sysctl", "-w", setting + "=1");
  }

  /**
   * A rule of the publisher's put back.
   *
   * @param place in its chain, the first is 1; 0 for behind all others
   */
  static Remedy insertion(Family family, Place.Iptables at, int place, Rule rule) {
    List<String> argv = new ArrayList<>(List.of(tool(family), "-t", at.table().keyword()));
    argv.addAll(
        place == 0
            ? List.of("-A", at.chain())
            : List.of("-I", at.chain(), Integer.toString(place)));
    argv.addAll(words(rule));
    return new Remedy.Run(argv, true);
  }

  /** As iptables takes them. */
  static List<String> words(Rule rule) {
    return ShellWords.split(IptablesText.line(rule));
  }

  static String tool(Family family) {
    return switch (family) {
      case IPV4 -> "iptables";
      case IPV6 -> "ip6tables";
    };
  }
}
