package dev.hairpin.it.rulesets;

import static java.util.stream.Collectors.joining;

import dev.hairpin.agent.tracing.TraceEvent;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.NftChain;
import dev.hairpin.rules.netfilter.NftTable;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.nftables.NftText;
import java.util.Optional;

/**
 * Tables in the languages of the tools. Those of nftables are made last, so that of equal chains
 * theirs are asked first, as the tracer takes it.
 */
record Script(Tables tables, boolean bridgedMeetRules) {
  static final String DELIVERED = "delivered";
  static final String LEFT = "left";
  private static final String WATCH = "watch";

  /**
   * Has the kernel tell of a packet where it comes in, and where it is about to leave or to be
   * handed to a socket: before and behind everybody else's chains. Answers come from known ports.
   *
   * <p>It asks for a connection's state because chains of type nat see no packet where no rule of a
   * network namespace needs connections to be tracked, which the tracer takes for granted.
   */
  private static final String WATCHING =
      """
      table inet watch {
        chain meant {
          tcp sport >= 10000 tcp flags & (syn | ack) == syn meta nftrace set 1
          udp sport >= 9999 meta nftrace set 1
        }
        chain arrived {
          type filter hook prerouting priority -450;
          jump meant
        }
        chain sent {
          type filter hook output priority -450;
          jump meant
        }
        chain delivered {
          type filter hook input priority 2147483646;
          ct state untracked accept
          accept
        }
        chain left {
          type filter hook postrouting priority 2147483646;
          accept
        }
      }
      """;

  /** The same where they pass by all of the above: from port to port of a bridge. */
  private static final String WATCHING_BRIDGES =
      """
      table bridge watch {
        chain arrived {
          type filter hook prerouting priority -450;
          tcp sport >= 10000 tcp flags & (syn | ack) == syn meta nftrace set 1
          udp sport >= 10000 meta nftrace set 1
        }
        chain left {
          type filter hook postrouting priority 2147483646;
          accept
        }
      }
      """;

  /** Whether an event is from the table that has packets traced. */
  static boolean isWatching(TraceEvent event) {
    return event.table().equals(WATCH);
  }

  boolean hasIptables() {
    return !tables.chains().isEmpty();
  }

  /** Takes away whatever was there before. */
  String first() {
    return "flush ruleset\n"
        + WATCHING
        + (bridgedMeetRules ? "" : WATCHING_BRIDGES)
        + (hasIptables() ? "" : nftables());
  }

  String restore() {
    return switch (tables.family()) {
      case IPV4 -> "iptables-restore";
      case IPV6 -> "ip6tables-restore";
    };
  }

  String iptables() {
    return IptablesText.print(tables);
  }

  String nftables() {
    return tables.nftTables().stream().map(Script::text).collect(joining());
  }

  private static String text(NftTable table) {
    return NftText.lines(table).stream()
        .map(line -> declared(table, line.text()))
        .collect(joining("\n", "", "\n"));
  }

  /** With priorities as numbers: versions of nft differ in the names they know. */
  private static String declared(NftTable table, String line) {
    Optional<NftChain.Base> base =
        table.chains().stream()
            .flatMap(chain -> chain.base().stream())
            .filter(each -> line.equals("\t\t" + NftText.line(each)))
            .findFirst();
    return base.map(each -> "\t\t" + NftText.declaration(each)).orElse(line);
  }
}
