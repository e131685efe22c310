package dev.hairpin.agent.docker;

import java.util.Optional;

/** Why a container's ports can't be published now. */
public enum Unreachable {
  NOT_RUNNING("is not running; its ports are published when it is started"),
  NOT_KNOWN_YET("Docker has not said yet where it is; its ports are published when it has"),
  ON_THE_HOST("is on the host's own network, where its ports are open without being published"),
  WITHOUT_NETWORK("has no network; run it on a bridge network, without --network none"),
  WITH_ANOTHER("has the network of another container; publish the port of that one"),
  ON_NO_BRIDGE(
      "has no address on a bridge network that leads outside; connect it to one, as with docker"
          + " network connect");

  private final String text;

  Unreachable(String text) {
    this.text = text;
  }

  /** Whether it passes by itself. What doesn't is better said than waited for. */
  public boolean isForNow() {
    return this == NOT_RUNNING || this == NOT_KNOWN_YET;
  }

  /** What is wrong, and what helps: to go behind the container's name. */
  public String text() {
    return text;
  }

  /** What {@code --network} decided for as long as the container exists. */
  static Optional<Unreachable> byMode(String networkMode) {
    if (networkMode.startsWith("container:")) {
      return Optional.of(WITH_ANOTHER);
    }
    return switch (networkMode) {
      case "host" -> Optional.of(ON_THE_HOST);
      case "none" -> Optional.of(WITHOUT_NETWORK);
      case String other -> Optional.empty();
    };
  }
}
