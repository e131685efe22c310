package dev.hairpin.agent.tracing;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Hook;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.trace.Place;
import dev.hairpin.rules.trace.Trace;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The chains of the bridge layer, of ebtables-nft and nftables' own, with their rules in nft's
 * words: nothing else has any for what ebtables asks. Pure.
 */
public final class BridgeChains {
  /** Where there are no chains. */
  public static final BridgeChains NONE = new BridgeChains(Map.of());

  private static final Pattern TABLE = Pattern.compile("table bridge (\\S+) \\{.*");
  private static final Pattern CHAIN = Pattern.compile("\\s+chain (\\S+) \\{.*");
  private static final Pattern BASE = Pattern.compile("\\s+type \\w+ hook (\\w+) .*");
  private static final Pattern RULE = Pattern.compile("(.*?)\\s*# handle (\\d+)", Pattern.DOTALL);
  private static final Pattern END = Pattern.compile("\t?}");

  private final Map<Place.Bridge, Content> chains;

  private BridgeChains(Map<Place.Bridge, Content> chains) {
    this.chains = chains;
  }

  private record Line(long handle, String text) {}

  private static final class Content {
    private final List<Line> lines = new ArrayList<>();
    private Optional<Hook> hook = Optional.empty();
  }

  /** Reads what {@code nft -a -s list ruleset bridge} prints; what isn't that is passed over. */
  public static BridgeChains parse(String text) {
    Map<Place.Bridge, Content> chains = new HashMap<>();
    String table = "";
    Optional<Content> open = Optional.empty();
    StringBuilder rule = new StringBuilder();
    for (String line : text.lines().toList()) {
      Matcher tableBegins = TABLE.matcher(line);
      Matcher chainBegins = CHAIN.matcher(line);
      if (tableBegins.matches()) {
        table = tableBegins.group(1);
      } else if (chainBegins.matches()) {
        Content content = new Content();
        chains.put(new Place.Bridge(table, chainBegins.group(1)), content);
        open = Optional.of(content);
      } else if (END.matcher(line).matches()) {
        open = Optional.empty();
      } else if (open.isPresent()) {
        add(open.get(), line, rule);
      }
    }
    return new BridgeChains(chains);
  }

  /** A map within a rule may take several lines. */
  private static void add(Content chain, String line, StringBuilder rule) {
    Matcher base = BASE.matcher(line);
    if (base.matches()) {
      chain.hook = hook(base.group(1));
      return;
    }
    rule.append(rule.isEmpty() ? "" : " ").append(line.strip());
    Matcher whole = RULE.matcher(rule);
    if (whole.matches()) {
      chain.lines.add(new Line(Long.parseLong(whole.group(2)), whole.group(1)));
      rule.setLength(0);
    }
  }

  private static Optional<Hook> hook(String keyword) {
    for (Hook hook : Hook.values()) {
      if (hook.name().equals(keyword.toUpperCase(Locale.ROOT))) {
        return Optional.of(hook);
      }
    }
    return Optional.empty();
  }

  /** Whether there is such a chain. */
  boolean has(Place.Bridge chain) {
    return chains.containsKey(requireNonNull(chain, "chain"));
  }

  /** Where a chain is called; empty for one that is only jumped to, or isn't there. */
  Optional<Hook> hook(Place.Bridge chain) {
    return Optional.ofNullable(chains.get(chain)).flatMap(known -> known.hook);
  }

  /** The rule with that handle; empty if there is none. */
  Optional<Trace.Step> step(Place.Bridge chain, long handle) {
    Content known = chains.get(chain);
    if (known == null) {
      return Optional.empty();
    }
    for (int i = 0; i < known.lines.size(); i++) {
      Line line = known.lines.get(i);
      if (line.handle() == handle) {
        return Optional.of(
            new Trace.Step(
                chain,
                i + 1,
                Rule.of(List.of(), new Action.Verbatim(line.text())),
                Optional.empty()));
      }
    }
    return Optional.empty();
  }
}
