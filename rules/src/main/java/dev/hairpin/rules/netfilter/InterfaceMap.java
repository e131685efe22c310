package dev.hairpin.rules.netfilter;

import static java.util.Objects.requireNonNull;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which chain a packet goes through, by the name of an interface ({@code type ifname : verdict}).
 *
 * @param jumps the chain for each interface, by name
 */
public record InterfaceMap(String name, SortedMap<String, String> jumps) {
  public InterfaceMap {
    requireNonNull(name, "name");
    jumps = Collections.unmodifiableSortedMap(new TreeMap<>(jumps));
  }
}
