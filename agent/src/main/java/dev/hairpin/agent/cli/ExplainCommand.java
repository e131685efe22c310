package dev.hairpin.agent.cli;

import static java.util.stream.Collectors.joining;

import com.google.common.base.Strings;
import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.doctor.Code;
import dev.hairpin.agent.wording.Columns;
import dev.hairpin.agent.wording.Language;
import dev.hairpin.agent.wording.Wording;
import dev.hairpin.rules.binding.UserText;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hairpin explain}. */
@Command(
    name = "explain",
    description =
        "Explain what \"hairpin doctor\" found: why it is so, how it comes about and what mends it.")
final class ExplainCommand implements Callable<Integer> {
  private static final int WIDTH = 80;

  /** Shorter likenesses are accidents. */
  private static final int LIKE = 3;

  private static final int MOST_NEAR = 3;

  @Spec private CommandSpec spec;
  @Mixin private LanguageOption language;

  @Parameters(
      paramLabel = "CODE",
      arity = "0..1",
      description = "A code, such as rule-hides; without it all are listed.")
  private Optional<String> code = Optional.empty();

  @Override
  public Integer call() throws ConfigurationException {
    Wording wording = Wording.of("explain", language.language());
    PrintWriter out = spec.commandLine().getOut();
    if (code.isPresent()) {
      page(code(code.get()), wording, Paint.ofThisProcess(), out);
    } else {
      list(wording, out);
    }
    out.flush();
    return 0;
  }

  private static Code code(String asked) throws ConfigurationException {
    String keyword = asked.toLowerCase(Locale.ROOT).replace('_', '-');
    return Code.of(keyword)
        .orElseThrow(() ->
            new ConfigurationException(
                "explain "
                    + UserText.quoted(asked)
                    + ": there is no such code"
                    + near(keyword)
                    + "; \"hairpin explain\" lists them all"));
  }

  private static String near(String keyword) {
    int best = Stream.of(Code.values()).mapToInt(any -> likeness(any, keyword)).max().orElse(0);
    return best < LIKE
        ? ""
        : Stream.of(Code.values())
            .filter(any -> likeness(any, keyword) == best)
            .limit(MOST_NEAR)
            .map(Code::keyword)
            .collect(joining(" or ", "; perhaps it is ", ""));
  }

  /** How many letters at both ends are the same. */
  private static int likeness(Code code, String keyword) {
    return Strings.commonPrefix(code.keyword(), keyword).length()
        + Strings.commonSuffix(code.keyword(), keyword).length();
  }

  private static void list(Wording wording, PrintWriter out) {
    Wrapped.print(out, wording.say("list"), "", WIDTH);
    out.println();
    int width =
        Stream.of(Code.values()).mapToInt(any -> any.keyword().length()).max().orElse(0) + 2;
    for (Code any : Code.values()) {
      List<String> lines = Wrapped.lines(wording.say(any.name()), WIDTH - width);
      out.println(Columns.padded(any.keyword(), width) + lines.getFirst());
      lines.stream().skip(1).forEach(line -> out.println(" ".repeat(width) + line));
    }
  }

  private static void page(Code code, Wording wording, Paint paint, PrintWriter out) {
    String colon = wording.language() == Language.ENGLISH ? ": " : "：";
    List<String> title = Wrapped.lines(code.keyword() + colon + wording.say(code.name()), WIDTH);
    title.forEach(line -> out.println(paint.changed(line)));
    for (String paragraph : List.of(".packet", ".cause", ".mend")) {
      out.println();
      Wrapped.print(out, wording.say(code.name() + paragraph), "", WIDTH);
    }
    out.println();
    Wrapped.print(out, wording.say("see"), "", WIDTH);
    SeeForOneself.commands(code).forEach(command -> out.println("   " + command));
  }
}
