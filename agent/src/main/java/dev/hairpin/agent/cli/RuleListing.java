package dev.hairpin.agent.cli;

import dev.hairpin.agent.control.RuleLine;
import java.io.PrintWriter;
import java.util.List;

/** Prints rules as the tools do that show them, and under each what it is for, if that is asked. */
final class RuleListing {
  private final PrintWriter out;
  private final boolean explain;
  private String openTable = "";
  private final NftIndentation nft = new NftIndentation();

  RuleListing(PrintWriter out, boolean explain) {
    this.out = out;
    this.explain = explain;
  }

  void print(List<RuleLine> rules) {
    for (RuleLine line : rules) {
      if (line.tool().equals(RuleLine.NFT)) {
        openIptables("");
        if (nft.isBetweenObjects(line.rule())) {
          out.println();
        }
        print(line, nft.indent(line.rule()));
      } else {
        openIptables(head(line));
        print(line, "");
      }
    }
    openIptables("");
  }

  private static String head(RuleLine line) {
    return (line.family().equals("ip6") ? "# ip6tables\n*" : "# iptables\n*") + line.table();
  }

  /** Ends the table of iptables' that is open, and begins another, if this isn't empty. */
  private void openIptables(String head) {
    if (head.equals(openTable)) {
      return;
    }
    if (!openTable.isEmpty()) {
      out.println("COMMIT");
    }
    if (!head.isEmpty()) {
      out.println(head);
    }
    openTable = head;
  }

  private void print(RuleLine line, String indent) {
    out.println(indent + Printable.line(line.rule()));
    if (explain && !line.reason().isEmpty()) {
      out.println(indent + "#   " + Printable.line(explanation(line)));
    }
  }

  /** {@code sends 0.0.0.0:80/tcp on to the container (container web, -p 8080:80)}. */
  private static String explanation(RuleLine rule) {
    return rule.publisher().isEmpty()
        ? rule.reason()
        : rule.reason() + " (" + rule.publisher() + ", -p " + rule.spec() + ")";
  }
}
