package dev.hairpin.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.agent.control.RuleLine;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RuleListingTest {
  private static final String IPTABLES =
      """
      # iptables
      *filter
      :DOCKER - [0:0]
      -A DOCKER ! -i docker0 -o docker0 -j DROP
      COMMIT
      # iptables
      *nat
      -A PREROUTING -j DOCKER
      COMMIT
      """;

  private static final String NFT =
      """
      table ip docker-bridges {
      	map jumps {
      		type ifname : verdict
      		elements = { "br-0" : jump in__br-0,
      			     "br-1" : jump in__br-1,
      			     "docker0" : jump in__docker0 }
      	}

      	map one {
      		type ifname : verdict
      		elements = { "docker0" : jump in__docker0 }
      	}

      	chain in__docker0 {
      		iifname != { "br-0", "docker0" } counter drop
      	}

      	chain empty {
      	}
      }
      table ip6 docker-bridges {
      	chain empty {
      	}
      }
      """;

  @Test
  void tablesOfBothKindsAreSetOutAsTheirToolsDo() {
    List<RuleLine> rules = new ArrayList<>();
    rules.add(iptables("filter", ":DOCKER - [0:0]"));
    rules.add(iptables("filter", "-A DOCKER ! -i docker0 -o docker0 -j DROP"));
    rules.add(iptables("nat", "-A PREROUTING -j DOCKER"));
    rules.addAll(nft(NFT));

    assertThat(printed(rules, false)).isEqualTo(IPTABLES + NFT);
  }

  @Test
  void reasonsStandUnderTheirRules() {
    RuleLine explained =
        new RuleLine(
            RuleLine.NFT, "ip", "t", "c", "counter drop", "why", "container c1", "8080:80");

    assertThat(
            printed(
                List.of(
                    nft("table ip t {\n").getFirst(),
                    nft("chain c {\n").getFirst(),
                    explained,
                    nft("}\n").getFirst(),
                    nft("}\n").getFirst()),
                true))
        .isEqualTo(
            """
            table ip t {
            	chain c {
            		counter drop
            		#   why (container c1, -p 8080:80)
            	}
            }
            """);
  }

  private static String printed(List<RuleLine> rules, boolean explain) {
    StringWriter text = new StringWriter();
    try (PrintWriter out = new PrintWriter(text)) {
      new RuleListing(out, explain).print(rules);
    }
    return text.toString();
  }

  private static RuleLine iptables(String table, String rule) {
    return new RuleLine(RuleLine.IPTABLES, "ip", table, "DOCKER", rule, "", "", "");
  }

  /** As the agent answers: without what a line is indented by, and without empty lines. */
  private static List<RuleLine> nft(String listing) {
    return listing
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .map(line -> new RuleLine(RuleLine.NFT, "ip", "docker-bridges", "", line, "", "", ""))
        .toList();
  }
}
