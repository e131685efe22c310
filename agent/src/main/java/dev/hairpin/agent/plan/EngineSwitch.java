package dev.hairpin.agent.plan;

import static java.util.stream.Collectors.joining;

import dev.hairpin.agent.docker.EngineVersion;
import dev.hairpin.rules.binding.UserText;
import java.util.Optional;
import java.util.stream.Stream;

/** What dockerd takes from its environment, and not from its configuration. */
public enum EngineSwitch {
  /** No rules in the raw table, so that members may be addressed directly. */
  DOCKER_INSECURE_NO_IPTABLES_RAW(28),
  /** Goes on when bridged packets can't be filtered; means nothing for rules. */
  DOCKER_IGNORE_BR_NETFILTER_ERROR(27);

  private final int since;

  /**
   * @param since the first major version that obeys it
   */
  EngineSwitch(int since) {
    this.since = since;
  }

  boolean isKnownTo(EngineVersion engine) {
    return engine.isAtLeast(since, 0);
  }

  /**
   * Reads {@code NAME=VALUE}.
   *
   * @return empty when the value is not {@code 1}, which is the only one that dockerd obeys
   * @throws IllegalArgumentException if there is no such switch; the message names those that there
   *     are
   */
  public static Optional<EngineSwitch> parse(String text) {
    int equals = text.indexOf('=');
    String name = equals < 0 ? text : text.substring(0, equals);
    EngineSwitch found =
        Stream.of(values())
            .filter(each -> each.name().equals(name))
            .findFirst()
            .filter(each -> equals >= 0)
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "environment "
                        + UserText.quoted(text)
                        + " is nothing that dockerd obeys; use NAME=1 with one of "
                        + Stream.of(values()).map(Enum::name).collect(joining(", "))));
    return Optional.of(found).filter(each -> text.substring(equals + 1).equals("1"));
  }
}
