package dev.hairpin.it.oracle;

import dev.hairpin.rules.address.Protocol;
import java.util.List;
import java.util.Set;

/**
 * Where we are meant to differ from the recorded engine: who asks what, what the engine answered,
 * what we answer, and why.
 */
public record Improvement(
    String scenario,
    Protocol protocol,
    String from,
    Set<String> targets,
    String engine,
    String ours,
    String reason) {

  private static final String ANSWERS_FROM_THE_ADDRESS_ASKED =
      "docker-proxy of 20.10 answers UDP from the address that is nearest to the asker, who throws"
          + " an answer from an address that it did not ask away; ours leaves from the address that"
          + " was asked (moby 28 does the same)";

  /** All of them. */
  public static final List<Improvement> KNOWN =
      List.of(
          udp("udp", "self", Set.of("host4")),
          udp("udp", "peer:bridge", Set.of("host4")),
          udp("udp", "stranger", Set.of("host4", "gw4:bridge")),
          udp("user-net-udp", "self", Set.of("host4")),
          udp("user-net-udp", "peer:n1", Set.of("host4")),
          udp("user-net-udp", "stranger", Set.of("host4", "gw4:n1")));

  private static Improvement udp(String scenario, String from, Set<String> targets) {
    String network = scenario.startsWith("user-net") ? "172.18.0" : "172.17.0";
    return new Improvement(
        scenario,
        Protocol.UDP,
        from,
        targets,
        "timeout",
        "open " + network + ".2:53 sees " + network + ".1",
        ANSWERS_FROM_THE_ADDRESS_ASKED);
  }

  /** What is expected of us instead of a recorded answer. */
  Reach applyTo(Reach recorded) {
    boolean meant =
        recorded.protocol() == protocol
            && recorded.from().equals(from)
            && targets.contains(recorded.target())
            && recorded.result().equals(engine);
    return meant ? recorded.answered(ours) : recorded;
  }
}
