package dev.hairpin.rules.netfilter;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.binding.PortBinding;
import java.util.Optional;

/**
 * Why a rule is there.
 *
 * @param text one line: what happens to which packet without this rule
 * @param binding the publication that it serves; empty when it serves a whole network, or all
 */
public record Reason(String text, Optional<PortBinding> binding) {
  /** The reason of a rule that somebody else wrote. */
  public static final Reason UNKNOWN = new Reason("", Optional.empty());

  public Reason {
    requireNonNull(text, "text");
    requireNonNull(binding, "binding");
  }

  public static Reason of(String text) {
    return new Reason(text, Optional.empty());
  }

  public static Reason of(String text, PortBinding binding) {
    return new Reason(text, Optional.of(binding));
  }

  /** The same, of a rule that serves this publication. */
  public Reason serving(PortBinding publication) {
    return new Reason(text, Optional.of(publication));
  }
}
