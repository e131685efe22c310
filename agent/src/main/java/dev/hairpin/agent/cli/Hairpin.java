package dev.hairpin.agent.cli;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.FileTrouble;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code hairpin} command. */
@Command(
    name = "hairpin",
    description = "Publishes ports of containers and network namespaces, as Docker does.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    scope = CommandLine.ScopeType.INHERIT,
    versionProvider = Hairpin.Version.class)
public final class Hairpin implements Callable<Integer> {
  /** It failed while it ran; what it left is what the message says. */
  static final int EXIT_FAILED = 1;

  /** Bad input, or the machine lacks something; nothing was changed. */
  static final int EXIT_IMPOSSIBLE = 2;

  private static final List<Class<?>> COMMANDS =
      List.of(
          AgentCommand.class,
          PublishCommand.class,
          UnpublishCommand.class,
          PsCommand.class,
          RulesCommand.class,
          WalkCommand.class,
          TraceCommand.class,
          DoctorCommand.class,
          ExplainCommand.class,
          PlanCommand.class,
          ProxyCommand.class,
          StatusCommand.class,
          DownCommand.class,
          LabCommand.class);

  @Spec private CommandSpec spec;

  private Hairpin() {}

  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  /** Runs one command line and returns its exit code. */
  static int run(String... arguments) {
    PrintWriter err = new PrintWriter(System.err, true, System.err.charset());
    return run(StandardOutput.ofThisProcess(), err, arguments);
  }

  static int run(StandardOutput out, PrintWriter err, String... arguments) {
    int exitCode = execute(out.writer(), err, arguments);
    Optional<String> failure = out.failure();
    failure.ifPresent(text -> say(err, text));
    return failure.isPresent() ? Math.max(exitCode, EXIT_FAILED) : exitCode;
  }

  private static int execute(PrintWriter out, PrintWriter err, String... arguments) {
    // Asked often by scripts, and answered before anything else is loaded.
    if (arguments.length == 1 && arguments[0].equals("--version")) {
      out.println(versionLine());
      return 0;
    }
    return commandLine(asked(arguments)).setOut(out).setErr(err).execute(arguments);
  }

  /** To read the annotations of all commands takes longer than most of them run. */
  private static List<Class<?>> asked(String... arguments) {
    return arguments.length == 0
        ? COMMANDS
        : COMMANDS.stream()
            .filter(command -> command.getAnnotation(Command.class).name().equals(arguments[0]))
            .findFirst()
            .<List<Class<?>>>map(List::of)
            .orElse(COMMANDS);
  }

  static CommandLine commandLine() {
    return commandLine(COMMANDS);
  }

  private static CommandLine commandLine(List<Class<?>> commands) {
    CommandLine all = new CommandLine(new Hairpin());
    commands.forEach(all::addSubcommand);
    return all.setParameterExceptionHandler(Hairpin::badUsage)
        .setExecutionExceptionHandler(Hairpin::failed)
        .setCaseInsensitiveEnumValuesAllowed(true)
        // A docker-proxy flag that was mistyped begins with a letter that is an option too.
        .setPosixClusteredShortOptionsAllowed(false);
  }

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return EXIT_IMPOSSIBLE;
  }

  /** Tells picocli. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {versionLine()};
    }
  }

  static String versionLine() {
    return "hairpin " + version();
  }

  static String version() {
    String version = Hairpin.class.getPackage().getImplementationVersion();
    return version == null ? "(not packaged)" : version;
  }

  private static int badUsage(ParameterException problem, String... arguments) {
    CommandLine command = problem.getCommandLine();
    say(
        command.getErr(),
        problem.getMessage() + "; see \"" + command.getCommandSpec().qualifiedName() + " --help\"");
    return EXIT_IMPOSSIBLE;
  }

  private static int failed(
      Exception problem, CommandLine command, CommandLine.ParseResult arguments) {
    say(command.getErr(), FileTrouble.text(problem));
    return problem instanceof ConfigurationException ? EXIT_IMPOSSIBLE : EXIT_FAILED;
  }

  /** One line for a person, on standard error. */
  static void say(PrintWriter err, String text) {
    err.println("hairpin: " + Printable.line(text));
    err.flush();
  }
}
