package dev.hairpin.agent.doctor;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Values that take long to make, of which the same are wanted again soon: those that were wanted
 * last are kept. Safe for use by several threads; two that want the same at once may both make it.
 */
final class Latest<K, V> {
  private final Map<K, V> values;

  /**
   * @param most how many are kept
   */
  Latest(int most) {
    this.values =
        new LinkedHashMap<>(2 * most, 0.75f, /* accessOrder= */ true) {
          private static final long serialVersionUID = 1;

          @Override
          protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > most;
          }
        };
  }

  V get(K key, Supplier<V> make) {
    return known(key).orElseGet(() -> kept(key, make.get()));
  }

  private synchronized Optional<V> known(K key) {
    return Optional.ofNullable(values.get(key));
  }

  private synchronized V kept(K key, V value) {
    values.put(key, value);
    return value;
  }
}
