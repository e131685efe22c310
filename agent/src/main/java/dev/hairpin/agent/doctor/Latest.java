package dev.hairpin.agent.doctor;

import java.util.LinkedHashMap;
import java.util.function.Supplier;

/**
 * Values that take long to make, of which the same are wanted again soon: those that were wanted
 * last are kept.
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
    V known = values.get(key);
    V value = known == null ? make.get() : known;
    values.putLast(key, value);
    if (values.size() > most) {
      values.pollFirstEntry();
    }
    return value;
  }
}
