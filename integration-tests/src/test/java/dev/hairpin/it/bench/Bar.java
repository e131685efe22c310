package dev.hairpin.it.bench;

/** What our number is meant to be. */
sealed interface Bar {
  /** So many times that of the better docker-proxy: at least where more is better, else at most. */
  record TimesDockerProxy(double factor) implements Bar {}

  /** The same, and at least so many times that of HAProxy too. */
  record TimesDockerProxyAndHaProxy(double factor, double ofHaProxy) implements Bar {}

  /** Below a number of the row's own unit. */
  record Below(double limit) implements Bar {}
}
