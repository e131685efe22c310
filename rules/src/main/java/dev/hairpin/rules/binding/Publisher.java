package dev.hairpin.rules.binding;

/** Whose port it is. */
public sealed interface Publisher {
  /** A Docker container. */
  record Container(String id, String name) implements Publisher {
    @Override
    public String toString() {
      return "container " + name;
    }
  }

  /** A named network namespace, as {@code ip netns} lists it. */
  record Namespace(String name) implements Publisher {
    @Override
    public String toString() {
      return "namespace " + name;
    }
  }

  /** A port that dockerd's stand-in asked for, before the container that it serves is known. */
  record StandIn(long pid) implements Publisher {
    @Override
    public String toString() {
      return "docker-proxy " + pid;
    }
  }

  /** The name a person gave it. */
  default String name() {
    return switch (this) {
      case Container(String id, String name) -> name;
      case Namespace(String name) -> name;
      case StandIn(long pid) -> "docker-proxy " + pid;
    };
  }
}
