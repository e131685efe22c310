package dev.hairpin.rules.binding;

import java.util.Locale;
import java.util.Optional;

/**
 * What a backend is told of a client before the client's own bytes (haproxy,
 * doc/proxy-protocol.txt). Only the userland proxy can say it, so the kernel carries nothing to a
 * backend that expects it.
 */
public enum ProxyHeader {
  NONE,
  V1,
  V2,
  /** It isn't known yet whether the backend expects one, so that nobody may carry anything. */
  UNDECIDED;

  /**
   * The version that people write as {@code v1} or {@code v2}.
   *
   * @throws IllegalArgumentException if it is neither; one line that says what helps
   */
  public static ProxyHeader parse(String text) {
    return switch (text) {
      case "v1" -> V1;
      case "v2" -> V2;
      default ->
          throw new IllegalArgumentException(
              "PROXY protocol "
                  + UserText.quoted(text)
                  + " is neither \"v1\" nor \"v2\"; HAProxy's send-proxy-v2 is v2");
    };
  }

  /** {@code v1} or {@code v2}, if there is one. */
  public Optional<String> version() {
    return switch (this) {
      case V1, V2 -> Optional.of(name().toLowerCase(Locale.ROOT));
      case NONE, UNDECIDED -> Optional.empty();
    };
  }
}
