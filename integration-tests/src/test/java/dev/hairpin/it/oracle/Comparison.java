package dev.hairpin.it.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hairpin.it.world.Engine;
import dev.hairpin.it.world.World;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/**
 * Replays a scenario and compares each recorded moment: rules and sockets line for line, and every
 * line of the reach table. An agent has some seconds to come to the recorded rules; it must be at
 * the same rules again after the reach table, which makes and removes a network.
 */
public final class Comparison {
  private static final Duration SETTLED_WITHIN = Duration.ofSeconds(10);

  private final World world;
  private final List<Improvement> improvements;
  private final Replay replay;
  private int moments;

  public Comparison(World world, Recording recording, List<Improvement> improvements) {
    this.world = world;
    this.improvements =
        improvements.stream().filter(each -> each.scenario().equals(recording.scenario())).toList();
    this.replay = new Replay(world, recording);
  }

  /** Runs the scenario with an engine that {@code start} starts with the scenario's flags. */
  public void run(Function<String[], Engine> start) {
    replay.run(start, this::compare);
  }

  /** How many moments were compared. */
  public int moments() {
    return moments;
  }

  private void compare(Recording.Moment moment) {
    moments++;
    compareState(moment);
    if (!moment.reach().isEmpty()) {
      compareReach(moment);
      compareState(moment);
    }
  }

  private void compareState(Recording.Moment moment) {
    await(moment.toString())
        .atMost(SETTLED_WITHIN)
        .pollInterval(Duration.ofMillis(100))
        .untilAsserted(() -> {
          assertThat(lines(replay.scene().rules("iptables-save")))
              .as("IPv4 rules of %s", moment)
              .isEqualTo(lines(moment.rules()));
          assertThat(lines(replay.scene().rules("ip6tables-save")))
              .as("IPv6 rules of %s", moment)
              .isEmpty();
          assertThat(lines(replay.scene().listening()))
              .as("listening sockets of %s", moment)
              .isEqualTo(lines(moment.listening().stream().sorted().toList()));
          assertThat(sysctls(moment.sysctls()))
              .as("settings of %s", moment)
              .isEqualTo(lines(moment.sysctls().stream().filter(Comparison::isOurs).toList()));
        });
  }

  private void compareReach(Recording.Moment moment) {
    List<Reach> expected = moment.reach().stream().map(this::improved).map(this::asHere).toList();
    try (Neighbourhood neighbours = Neighbourhood.of(replay.scene(), expected)) {
      List<Reach> answers = neighbours.answers(expected).stream().map(this::asHere).toList();
      assertThat(lines(answers)).as("reach table of %s", moment).isEqualTo(lines(expected));
    }
  }

  private Reach improved(Reach recorded) {
    Reach expected = recorded;
    for (Improvement improvement : improvements) {
      expected = improvement.applyTo(expected);
    }
    return expected;
  }

  /**
   * A container without IPv6 can't send to an IPv6 address: 20.10 leaves it ::1 and the kernel says
   * EADDRNOTAVAIL, 26.1 switches IPv6 off in it and the kernel says ENETUNREACH.
   */
  private Reach asHere(Reach answer) {
    return answer.from().equals("self") && answer.result().equals("error EADDRNOTAVAIL")
        ? answer.answered("error ENETUNREACH")
        : answer;
  }

  /** The settings that publishing ports is about; those of links with random names are not. */
  private static boolean isOurs(String setting) {
    return (setting.contains("forward") || setting.contains("route_localnet"))
        && !setting.contains("/veth");
  }

  /** The same settings as they are here; the recording's names of bridges are translated. */
  private String sysctls(List<String> recorded) {
    return lines(
        recorded.stream()
            .filter(Comparison::isOurs)
            .map(setting -> setting.substring(0, setting.indexOf(" = ")))
            .map(name -> name + " = " + world.host().command("cat", path(name)).run().strip())
            .toList());
  }

  private String path(String setting) {
    return "/proc/sys/net/" + replay.scene().actual(setting);
  }

  private static String lines(List<?> lines) {
    return String.join("\n", lines.stream().map(Object::toString).toList());
  }
}
