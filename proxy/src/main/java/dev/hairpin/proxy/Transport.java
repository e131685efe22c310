package dev.hairpin.proxy;

/** What a listening port carries. */
public enum Transport {
  TCP,
  UDP
}
