package dev.hairpin.agent.cli;

import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.explain.RuleDocument;
import dev.hairpin.rules.explain.RuleDocument.Chapter;
import dev.hairpin.rules.explain.RuleDocument.Line;
import dev.hairpin.rules.layouts.LayoutName;
import dev.hairpin.rules.netfilter.Reason;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Prints a {@link LayoutExplanation}, for people or as JSON. */
final class ExplanationText {
  /** Longest line of words, in characters; a rule is never broken. */
  private static final int WIDTH = 100;

  private final PrintWriter out;

  ExplanationText(PrintWriter out) {
    this.out = out;
  }

  /**
   * Prints it as a text with headings.
   *
   * @param whyExample why it is one, if it is
   */
  void print(LayoutExplanation explanation, String whyExample) {
    LayoutName layout = explanation.layout();
    out.println("# Layout " + layout + ": the rules of " + layout.engines());
    out.println();
    paragraph(
        explanation.isExample()
            ? "This is an example: " + whyExample + ". The rules are those for:"
            : "The rules are those for what is published here now:",
        "");
    explanation.subject().forEach(line -> out.println("- " + Printable.line(line)));
    explanation.documents().forEach(this::print);
    out.flush();
  }

  private void print(RuleDocument document) {
    document
        .chapters()
        .forEach(chapter -> {
          out.println();
          out.println("## " + place(document.family(), chapter));
          out.println();
          paragraph(chapter.description(), "");
          out.println();
          if (chapter.lines().isEmpty()) {
            out.println("(no rules)");
          }
          chapter.lines().forEach(this::print);
        });
  }

  /** {@code ip6tables, nat DOCKER}; a table of nftables' says its family itself. */
  private static String place(Family family, Chapter chapter) {
    String tool =
        chapter.table().startsWith("table ")
            ? chapter.table() + ", "
            : tool(family) + ", " + chapter.table() + " ";
    return tool + Printable.line(chapter.name());
  }

  private static String tool(Family family) {
    return switch (family) {
      case IPV4 -> "iptables";
      case IPV6 -> "ip6tables";
    };
  }

  private void print(Line line) {
    out.println(Printable.line(line.text()));
    paragraph(text(line.reason()), "    ");
  }

  /** {@code without it, ... (container web, -p 8080:80)}. */
  private static String text(Reason reason) {
    Optional<PortBinding> binding = reason.binding();
    return binding.isEmpty()
        ? reason.text()
        : reason.text() + " (" + binding.get().publisher() + ", -p " + binding.get().spec() + ")";
  }

  private void paragraph(String text, String indent) {
    Wrapped.print(out, text, indent, WIDTH);
  }

  /** The same for programs. */
  void printJson(LayoutExplanation explanation) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("layout", explanation.layout().keyword());
    object.put("example", explanation.isExample());
    object.put("for", explanation.subject());
    List<Object> chains = new ArrayList<>();
    for (RuleDocument document : explanation.documents()) {
      document.chapters().forEach(chapter -> chains.add(json(document.family(), chapter)));
    }
    object.put("chains", chains);
    JsonOutput.print(out, object);
    out.flush();
  }

  private static Map<String, Object> json(Family family, Chapter chapter) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("family", family.keyword());
    object.put("table", chapter.table());
    object.put("chain", chapter.name());
    object.put("description", chapter.description());
    object.put("rules", chapter.lines().stream().map(ExplanationText::json).toList());
    return object;
  }

  private static Map<String, Object> json(Line line) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("rule", line.text());
    object.put("reason", line.reason().text());
    line.reason()
        .binding()
        .ifPresent(binding -> {
          object.put("publisher", binding.publisher().toString());
          object.put("spec", binding.spec());
        });
    return object;
  }
}
