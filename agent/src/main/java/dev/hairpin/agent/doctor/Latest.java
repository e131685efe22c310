package dev.hairpin.agent.doctor;

import java.util.LinkedHashMap;
import java.util.function.Supplier;

/**
 * Values that take long to make, of which the same are wanted again soon: those that were wanted
 * last are kept. Safe for use by several threads; two that want the same at once may both make it.
 */
final class Latest<K, V> {
  private final int most;
  private final LinkedHashMap<K, V> values = new LinkedHashMap<>();

  /**
   * @param most how many are kept
   */
  Latest(int most) {
    this.most = most;
  }

  V get(K key, Supplier<V> make) {
    V known = known(key);
    return known == null ? kept(key, make.get()) : kept(key, known);
  }

  private synchronized V known(K key) {
    return values.get(key);
  }

  private synchronized V kept(K key, V value) {
    values.putLast(key, value);
    if (values.size() > most) {
      values.pollFirstEntry();
    }
    return value;
  }
}
