package dev.hairpin.agent.reconcile;

import java.util.Set;
import java.util.TreeSet;

/**
 * What we had firewalld change.
 *
 * @param interfaces that we put into its zone
 * @param made which of zone and policy we made, by name
 */
record FirewalldChanges(Set<String> interfaces, Set<String> made) {
  static final FirewalldChanges NONE = new FirewalldChanges(Set.of(), Set.of());

  FirewalldChanges {
    interfaces = Set.copyOf(interfaces);
    made = Set.copyOf(made);
  }

  boolean isEmpty() {
    return interfaces.isEmpty() && made.isEmpty();
  }

  FirewalldChanges withInterface(String name) {
    return new FirewalldChanges(with(interfaces, name), made);
  }

  FirewalldChanges withoutInterface(String name) {
    return new FirewalldChanges(without(interfaces, name), made);
  }

  FirewalldChanges withMade(String name) {
    return new FirewalldChanges(interfaces, with(made, name));
  }

  FirewalldChanges withoutMade(String name) {
    return new FirewalldChanges(interfaces, without(made, name));
  }

  private static Set<String> with(Set<String> names, String name) {
    Set<String> next = new TreeSet<>(names);
    next.add(name);
    return next;
  }

  private static Set<String> without(Set<String> names, String name) {
    Set<String> next = new TreeSet<>(names);
    next.remove(name);
    return next;
  }
}
