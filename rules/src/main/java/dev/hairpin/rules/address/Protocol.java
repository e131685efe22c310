package dev.hairpin.rules.address;

import java.util.Locale;
import java.util.Optional;

/** A transport protocol that has ports. */
public enum Protocol {
  TCP(6),
  UDP(17),
  SCTP(132);

  private final int number;

  Protocol(int number) {
    this.number = number;
  }

  /** The protocol's number in an IP header (IANA, as in /etc/protocols). */
  public int number() {
    return number;
  }

  /** As every tool writes it: {@code tcp}, {@code udp}, {@code sctp}. */
  public String keyword() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The protocol of that name, in any case; empty when there is none. */
  public static Optional<Protocol> of(String keyword) {
    for (Protocol protocol : values()) {
      if (protocol.keyword().equalsIgnoreCase(keyword)) {
        return Optional.of(protocol);
      }
    }
    return Optional.empty();
  }

  @Override
  public String toString() {
    return keyword();
  }
}
