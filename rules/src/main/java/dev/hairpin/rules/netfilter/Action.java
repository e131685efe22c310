package dev.hairpin.rules.netfilter;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import java.util.OptionalInt;

/** What a rule does with a packet that all its matches hold for. */
public sealed interface Action {
  /** Goes on, past the rest of this table. */
  record Accept() implements Action {}

  record Drop() implements Action {}

  /** Goes back to the rule after the jump, or to the policy of a base chain. */
  record Return() implements Action {}

  /** Goes through a chain, and comes back if nothing there decides. */
  record Jump(String chain) implements Action {}

  /**
   * Goes through the chain that a map of the table has for the interface that the packet came by or
   * leaves by; goes on where it has none. nftables only.
   */
  record JumpByInterface(Direction direction, String map) implements Action {
    /** Which of a packet's interfaces is looked up. */
    public enum Direction {
      INPUT,
      OUTPUT
    }
  }

  /**
   * Changes where the connection goes, to what a map of the table has for the port that it was sent
   * to; goes on where it has nothing. nftables only.
   *
   * @param map a {@link PortSet} with data
   * @param byAddress whether that is looked up by address as well
   */
  record DnatByPort(Family family, boolean byAddress, String map) implements Action {}

  /**
   * Sets a bit in the connection's label, which it keeps, and which packets in both directions are
   * known by; goes on. No other bit changes. nftables only.
   *
   * @param bit 0-127
   */
  record LabelConnection(int bit) implements Action {
    public LabelConnection {
      requireBit(bit);
    }

    /** A label has 128 of them (nf_conntrack_labels.h, NF_CT_LABELS_MAX_SIZE). */
    static void requireBit(int bit) {
      if (bit < 0 || bit > 127) {
        throw new IllegalArgumentException("bit " + bit + " of a label is outside 0-127");
      }
    }
  }

  /** Binds an end of a connection to another address. The first rule that does so is the last. */
  sealed interface Translation extends Action {}

  /** Changes where the connection goes. */
  record Dnat(IpAddress address, OptionalInt port) implements Translation {}

  /** Changes where the connection seems to come from: this address. */
  record Snat(IpAddress address) implements Translation {}

  /** Changes where the connection seems to come from: the address of the interface it leaves by. */
  record Masquerade() implements Translation {}

  /** Anything else, in the words of the tool that printed it; empty when the rule only counts. */
  record Verbatim(String text) implements Action {}

  static Action accept() {
    return new Accept();
  }

  static Action drop() {
    return new Drop();
  }

  static Action returnToCaller() {
    return new Return();
  }

  static Action jump(String chain) {
    return new Jump(chain);
  }

  static Action dnatTo(IpAddress address, int port) {
    return new Dnat(address, OptionalInt.of(port));
  }

  static Action snatTo(IpAddress address) {
    return new Snat(address);
  }

  static Action masquerade() {
    return new Masquerade();
  }
}
