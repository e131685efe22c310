package dev.hairpin.it.bench;

/** What our number is meant to be. */
sealed interface Bar {
  /**
   * So many times that of the better of the originals: at least where more is better, else at most.
   */
  record TimesOriginal(double factor) implements Bar {}

  /** The same, and at least so many times that of HAProxy too. */
  record TimesOriginalAndHaProxy(double factor, double ofHaProxy) implements Bar {}

  /** So many times that of one column, whichever it is. */
  record Times(String column, double factor) implements Bar {}

  /** Below a number. */
  record Below(double limit, String unit) implements Bar {}

  /** At most a number. */
  record AtMost(double limit) implements Bar {}
}
