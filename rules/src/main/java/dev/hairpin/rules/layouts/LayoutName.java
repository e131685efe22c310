package dev.hairpin.rules.layouts;

import static java.util.stream.Collectors.joining;

import dev.hairpin.rules.Layout;
import dev.hairpin.rules.binding.UserText;
import dev.hairpin.rules.iptables.BesideLayout;
import dev.hairpin.rules.iptables.Docker20Layout;
import dev.hairpin.rules.iptables.Docker28Layout;
import dev.hairpin.rules.iptables.Docker29Layout;
import dev.hairpin.rules.nftables.Docker29NftLayout;
import dev.hairpin.rules.nftables.HairpinLayout;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/** Whose rules to write, by the name that the command line gives it. */
public enum LayoutName {
  /** dockerd 20.10 to 27. */
  DOCKER20,
  /** dockerd 28.2 to 28.5. */
  DOCKER28,
  /** dockerd 29 with its iptables backend. */
  DOCKER29,
  /** dockerd 29 with its nftables backend. */
  DOCKER29_NFT,
  /** Our own, in a table of its own: ports are elements of maps. */
  HAIRPIN;

  public Layout layout() {
    return switch (this) {
      case DOCKER20 -> new Docker20Layout();
      case DOCKER28 -> new Docker28Layout();
      case DOCKER29 -> new Docker29Layout();
      case DOCKER29_NFT -> new Docker29NftLayout();
      case HAIRPIN -> new HairpinLayout();
    };
  }

  /** Who writes these rules, for people: {@code dockerd 28.2 to 28.5}. */
  public String engines() {
    return switch (this) {
      case DOCKER20 -> "dockerd 20.10 to 27";
      case DOCKER28 -> "dockerd 28.2 to 28.5";
      case DOCKER29 -> "dockerd 29 with iptables";
      case DOCKER29_NFT -> "dockerd 29 with nftables";
      case HAIRPIN -> "Hairpin alone";
    };
  }

  /** The names of nftables' own tables that its rules are in; none where they are iptables'. */
  public Set<String> nftTables() {
    return switch (this) {
      case DOCKER20, DOCKER28, DOCKER29 -> Set.of();
      case DOCKER29_NFT -> Set.of(DockerdChains.NFT_TABLE);
      case HAIRPIN -> Set.of(HairpinLayout.TABLE);
    };
  }

  /**
   * The rules beside a dockerd that writes its own, where ours can't be this layout's: of the same
   * kind.
   */
  public Layout beside() {
    return labelsBeside() ? new BesideHairpinLayout() : new BesideLayout();
  }

  /** Whether {@link #beside()} tells our connections by a label. */
  public boolean labelsBeside() {
    return !nftTables().isEmpty();
  }

  /** The names of nftables' own tables that the rules of {@link #beside()} are in. */
  public Set<String> nftTablesBeside() {
    return labelsBeside() ? Set.of(HairpinLayout.TABLE) : Set.of();
  }

  /** {@code docker29-nft}. */
  public String keyword() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * The layout of this name.
   *
   * @throws IllegalArgumentException if there is none; the message names those that there are
   */
  public static LayoutName parse(String keyword) {
    return Stream.of(values())
        .filter(layout -> layout.keyword().equals(keyword))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "layout " + UserText.quoted(keyword) + " is not known; use one of " + keywords()));
  }

  private static String keywords() {
    return Stream.of(values()).map(LayoutName::keyword).collect(joining(", "));
  }

  @Override
  public String toString() {
    return keyword();
  }
}
