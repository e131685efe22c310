package dev.hairpin.rules.binding;

import static java.nio.charset.StandardCharsets.UTF_8;

/** Whose port it is. */
public sealed interface Publisher {
  /** One that people know, and can publish ports of themselves. */
  sealed interface Named extends Publisher {
    /** For messages: {@code container "web"}. */
    default String quoted() {
      return switch (this) {
        case Container(String id, String name) -> "container " + UserText.quoted(name);
        case Namespace(String name) -> "namespace " + UserText.quoted(name);
      };
    }
  }

  /** A Docker container. */
  record Container(String id, String name) implements Named {
    @Override
    public String toString() {
      return "container " + name;
    }
  }

  /**
   * A named network namespace, as {@code ip netns} lists it.
   *
   * @param name fit to be a file's name: no slash, no control characters, up to 255 bytes
   */
  record Namespace(String name) implements Named {
    /** Longest file name of Linux, in bytes (NAME_MAX). */
    private static final int LONGEST_NAME = 255;

    public Namespace {
      if (name.isBlank()
          || name.equals(".")
          || name.equals("..")
          || name.getBytes(UTF_8).length > LONGEST_NAME
          || name.codePoints().anyMatch(c -> c == '/' || Character.isISOControl(c))) {
        throw new IllegalArgumentException(
            "namespace "
                + UserText.quoted(name)
                + " can't be a name of ip netns; give one that ip netns list shows");
      }
    }

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
