package dev.hairpin.agent.cli;

/** How nft sets out the lines of a table, one after the other. */
final class NftIndentation {
  /** Further elements of a map stand under the first. */
  private static final String UNDER_FIRST_ELEMENT = "\t     ";

  private int depth;
  private boolean isAmongElements;
  private String before = "";

  /** Whether an empty line comes first: it is the next map or chain of a table. */
  boolean isBetweenObjects(String line) {
    return before.equals("}") && depth == 1 && !line.equals("}");
  }

  /** What comes in front of the next line. */
  String indent(String line) {
    if (line.equals("}")) {
      depth--;
    }
    String indent = "\t".repeat(depth) + (isAmongElements ? UNDER_FIRST_ELEMENT : "");
    isAmongElements = (isAmongElements || line.startsWith("elements = {")) && !line.endsWith(" }");
    if (line.endsWith(" {")) {
      depth++;
    }
    before = line;
    return indent;
  }
}
