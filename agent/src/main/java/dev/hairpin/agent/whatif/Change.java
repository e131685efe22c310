package dev.hairpin.agent.whatif;

import dev.hairpin.rules.binding.UserText;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Something that is taken away from the lab's host, or put there. */
public sealed interface Change {
  Pattern NUMBER = Pattern.compile("(?:rule:)?(\\d{1,4})");

  /** Which arrangement of the lab has a packet that needs what is changed. */
  enum Arrangement {
    EITHER,
    /** Loopback and hairpin traffic go through the userland proxy. */
    PROXY,
    /** They are translated instead: {@code --userland-proxy=false}. */
    NO_PROXY
  }

  /** A rule that is known by what it does. */
  enum WithoutRule implements Change {
    PREROUTING_JUMP(Arrangement.EITHER),
    OUTPUT_JUMP(Arrangement.EITHER),
    MASQUERADE(Arrangement.EITHER),
    HAIRPIN(Arrangement.NO_PROXY);

    private final Arrangement arrangement;

    WithoutRule(Arrangement arrangement) {
      this.arrangement = arrangement;
    }

    @Override
    public Arrangement arrangement() {
      return arrangement;
    }

    @Override
    public String key() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** A rule that is known by the number that the lab shows it with. */
  record WithoutNumber(int number) implements Change {
    @Override
    public Arrangement arrangement() {
      return Arrangement.EITHER;
    }

    @Override
    public String key() {
      return "rule";
    }

    @Override
    public String option() {
      return "--without " + number;
    }
  }

  /** The userland proxy: nobody listens on the port any more. */
  record WithoutProxy() implements Change {
    @Override
    public Arrangement arrangement() {
      return Arrangement.PROXY;
    }

    @Override
    public String key() {
      return "proxy";
    }
  }

  /** A setting of the kernel's that is switched off. */
  enum WithoutSetting implements Change {
    ROUTE_LOCALNET(Arrangement.NO_PROXY),
    IP_FORWARD(Arrangement.EITHER);

    private final Arrangement arrangement;

    WithoutSetting(Arrangement arrangement) {
      this.arrangement = arrangement;
    }

    @Override
    public Arrangement arrangement() {
      return arrangement;
    }

    @Override
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What others put in the way. */
  enum With implements Change {
    /** A rule in front of all others. */
    FORWARD_DROP("forward-drop"),
    /** What ufw has when it denies by default, in iptables' own words. */
    UFW("ufw"),
    /** The kernel drops what comes by another interface than an answer would leave by. */
    RP_FILTER("rp_filter");

    private final String key;

    With(String key) {
      this.key = key;
    }

    @Override
    public Arrangement arrangement() {
      return Arrangement.EITHER;
    }

    @Override
    public String key() {
      return key;
    }

    @Override
    public String option() {
      return "--with " + key;
    }
  }

  Arrangement arrangement();

  /** How it is written, and what the sentences about it are called. */
  String key();

  /** As it is typed. */
  default String option() {
    return "--without " + key();
  }

  /**
   * Reads what stands behind {@code --without}.
   *
   * @throws IllegalArgumentException if it is nothing that can be taken away
   */
  static Change without(String text) {
    Matcher number = NUMBER.matcher(text);
    if (number.matches()) {
      return new WithoutNumber(Integer.parseInt(number.group(1)));
    }
    return find(removable(), text)
        .orElseThrow(() ->
            new IllegalArgumentException(
                "--without "
                    + UserText.quoted(text)
                    + ": there are "
                    + names(removable())
                    + ", and the numbers of rules that \"hairpin lab\" shows"));
  }

  /**
   * Reads what stands behind {@code --with}.
   *
   * @throws IllegalArgumentException if it is nothing that can be put there
   */
  static Change with(String text) {
    return find(Arrays.stream(With.values()), text)
        .orElseThrow(() ->
            new IllegalArgumentException(
                "--with "
                    + UserText.quoted(text)
                    + ": there are "
                    + names(Arrays.stream(With.values()))));
  }

  private static Stream<Change> removable() {
    return Stream.of(
            Arrays.stream(WithoutSetting.values()),
            Arrays.stream(WithoutRule.values()),
            Stream.of(new WithoutProxy()))
        .flatMap(changes -> changes);
  }

  private static Optional<Change> find(Stream<? extends Change> changes, String text) {
    return changes
        .filter(change -> change.key().equals(text))
        .<Change>map(change -> change)
        .findFirst();
  }

  private static String names(Stream<? extends Change> changes) {
    return changes.map(Change::key).collect(Collectors.joining(", "));
  }
}
