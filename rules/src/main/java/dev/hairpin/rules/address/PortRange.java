package dev.hairpin.rules.address;

/**
 * Consecutive ports, both ends included.
 *
 * @param first 0-65535
 * @param last 0-65535, not before {@code first}
 */
public record PortRange(int first, int last) {
  public PortRange {
    if (first < 0 || last > 65535 || last < first) {
      throw new IllegalArgumentException("port range " + first + "-" + last + " is not one");
    }
  }

  public static PortRange of(int port) {
    return new PortRange(port, port);
  }

  public int size() {
    return last - first + 1;
  }

  public boolean contains(int port) {
    return first <= port && port <= last;
  }

  /** {@code 80}, or {@code 8000-8009}. */
  @Override
  public String toString() {
    return first == last ? Integer.toString(first) : first + "-" + last;
  }
}
