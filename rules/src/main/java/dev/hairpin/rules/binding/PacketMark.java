package dev.hairpin.rules.binding;

/**
 * A value that a packet's mark must have in the bits of a mask.
 *
 * @param mask all ones where nobody gave one
 */
public record PacketMark(int value, int mask) {
  private static final int EVERY_BIT = -1;

  /**
   * Reads {@code 2} or {@code 2/0xf}, as {@code --bridge-accept-fwmark} takes it.
   *
   * @throws IllegalArgumentException if it is neither
   */
  public static PacketMark parse(String text) {
    int slash = text.indexOf('/');
    try {
      return slash < 0
          ? new PacketMark(number(text), EVERY_BIT)
          : new PacketMark(number(text.substring(0, slash)), number(text.substring(slash + 1)));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "mark " + UserText.quoted(text) + " is not a number; write 2 or 2/0xf", e);
    }
  }

  /** {@code 0x2}, or {@code 0x2/0xf} with a mask. */
  @Override
  public String toString() {
    String bits = "0x" + Integer.toHexString(value);
    return mask == EVERY_BIT ? bits : bits + "/0x" + Integer.toHexString(mask);
  }

  private static int number(String text) {
    long value = Long.decode(text);
    if (value < 0 || value > 0xffffffffL) {
      throw new NumberFormatException(text + " does not fit into 32 bits");
    }
    return (int) value;
  }
}
