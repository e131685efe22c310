package dev.hairpin.agent.publication;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.binding.UserText;
import java.util.Optional;

/**
 * What a person calls a container or a namespace: {@code web}, or {@code container:web} and {@code
 * namespace:web} where both are called so. A container is also known by the beginning of its id.
 *
 * @param kind empty where it is left open
 */
public record PublisherName(Optional<Kind> kind, String name) {
  /** What is called so. */
  public enum Kind {
    CONTAINER("container:"),
    NAMESPACE("namespace:");

    private final String prefix;

    Kind(String prefix) {
      this.prefix = prefix;
    }

    /** How to name one of this kind without a doubt. */
    public String of(String name) {
      return prefix + name;
    }
  }

  public PublisherName {
    requireNonNull(kind, "kind");
    requireNonNull(name, "name");
  }

  /** Reads it; every text is a name. */
  public static PublisherName parse(String text) {
    for (Kind kind : Kind.values()) {
      if (text.startsWith(kind.prefix)) {
        return new PublisherName(Optional.of(kind), text.substring(kind.prefix.length()));
      }
    }
    return new PublisherName(Optional.empty(), text);
  }

  /** Whether it may be one of this kind. */
  public boolean mayBe(Kind one) {
    return kind.isEmpty() || kind.get() == one;
  }

  /** Whether this one is called so. */
  public boolean isOf(Publisher publisher) {
    return switch (publisher) {
      case Publisher.Container(String id, String its) ->
          mayBe(Kind.CONTAINER) && (its.equals(name) || (!name.isEmpty() && id.startsWith(name)));
      case Publisher.Namespace(String its) -> mayBe(Kind.NAMESPACE) && its.equals(name);
      case Publisher.StandIn standIn -> false;
    };
  }

  /** In quotes, for messages. */
  @Override
  public String toString() {
    return UserText.quoted(kind.map(is -> is.of(name)).orElse(name));
  }
}
