package dev.hairpin.rules.drafting;

import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.Match.ConnectionState.State;
import java.util.List;

/**
 * How connections that we have sent on are told from those that others have, where their rules and
 * ours are in force together: by a bit in the label that connection tracking keeps. It costs a
 * packet one comparison, however many ports are published, holds for what is answered too, and is
 * nobody's mark.
 */
public final class OurConnections {
  /**
   * The bit: the last, since who gives names to them ({@code connlabel.conf}) begins with the
   * first.
   */
  public static final int LABEL = 127;

  /** That a connection is one of them. */
  public static final List<Match> MATCHES =
      List.of(Match.connectionState(State.DNAT), new Match.ConnectionLabel(LABEL));

  private OurConnections() {}
}
