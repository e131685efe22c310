package dev.hairpin.rules.trace;

import com.google.common.collect.MapMaker;
import com.google.common.primitives.ImmutableIntArray;
import dev.hairpin.rules.netfilter.Match;
import dev.hairpin.rules.netfilter.Rule;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PrimitiveIterator;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.IntStream;

/**
 * Those rules of a long chain that can match a packet, found without asking all others. A host with
 * a thousand published ports has a thousand rules in a chain, each for one port. The kernel asks
 * them all; who follows thousands of packets has no time to.
 */
final class RulesByPort {
  /** With fewer rules it is no slower to ask each. */
  private static final int LONG = 32;

  /** Chains don't change, and many packets go through the same ones. Keys are told by identity. */
  private static final ConcurrentMap<List<Rule>, RulesByPort> KNOWN =
      new MapMaker().weakKeys().makeMap();

  private final ImmutableIntArray ofAnyPort;
  private final Map<Integer, ImmutableIntArray> byPort = new HashMap<>();

  private RulesByPort(List<Rule> rules) {
    ImmutableIntArray.Builder others = ImmutableIntArray.builder();
    Map<Integer, ImmutableIntArray.Builder> ofPorts = new HashMap<>();
    for (int i = 0; i < rules.size(); i++) {
      int port = port(rules.get(i));
      ImmutableIntArray.Builder to =
          port < 0 ? others : ofPorts.computeIfAbsent(port, none -> ImmutableIntArray.builder());
      to.add(i);
    }
    ofAnyPort = others.build();
    ofPorts.forEach((port, places) -> byPort.put(port, places.build()));
  }

  /**
   * Where the rules stand that can match, in their order; the first place is 0.
   *
   * @param rules of a chain; they never change
   * @param port that the packet is for; 0 if it has none
   */
  static PrimitiveIterator.OfInt of(List<Rule> rules, int port) {
    return rules.size() < LONG
        ? IntStream.range(0, rules.size()).iterator()
        : KNOWN.computeIfAbsent(rules, RulesByPort::new).of(port);
  }

  private PrimitiveIterator.OfInt of(int port) {
    return new Merged(byPort.getOrDefault(port, ImmutableIntArray.of()), ofAnyPort);
  }

  /** The only destination port that a rule can match; -1 if there are others. */
  private static int port(Rule rule) {
    for (Match match : rule.matches()) {
      if (match instanceof Match.DestinationPort(var protocol, var ports)
          && ports.first() == ports.last()) {
        return ports.first();
      }
    }
    return -1;
  }

  /** Two rising rows of numbers as one. */
  private static final class Merged implements PrimitiveIterator.OfInt {
    private final ImmutableIntArray first;
    private final ImmutableIntArray second;
    private int inFirst;
    private int inSecond;

    Merged(ImmutableIntArray first, ImmutableIntArray second) {
      this.first = first;
      this.second = second;
    }

    @Override
    public boolean hasNext() {
      return inFirst < first.length() || inSecond < second.length();
    }

    @Override
    public int nextInt() {
      boolean isOfFirst =
          inSecond >= second.length()
              || (inFirst < first.length() && first.get(inFirst) < second.get(inSecond));
      return isOfFirst ? first.get(inFirst++) : second.get(inSecond++);
    }
  }
}
