package dev.hairpin.it.world;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/**
 * The programs of one engine, unpacked into a folder. Nothing of them is installed.
 *
 * @param name of the distribution's release
 * @param programs where they are
 * @param isApart whether they come with libraries and tools of their own, and see {@code programs}
 *     as the root of the machine
 */
public record Release(String name, Path programs, boolean isApart) {
  /** That of this machine's distribution, which uses the machine's libraries and tools. */
  public static final Release HERE =
      new Release("this distribution", Path.of(".engine/root").toAbsolutePath(), false);

  private static final Path OTHERS = Path.of(".engines").toAbsolutePath();
  private static final Path INSIDE = Path.of("inside").toAbsolutePath();

  /** Names of further releases, which {@code integration-tests/run} unpacks when it is asked to. */
  private static final String ASKED_FOR = "HAIRPIN_TWIN_ENGINES";

  private static final String FIRST_WITH_OWNERS = "trixie";

  private static final String LAY_OVER =
      """
      mount -t overlay overlay -o "lowerdir=$1/usr:/usr" /usr || exit 1
      shift
      exec "$@"
      """;

  private static final Pattern VERSION = Pattern.compile("Docker version ([0-9]+)\\.");

  /** Those that the tests are to run with beside {@link #HERE}. */
  public static List<Release> askedFor() {
    return Optional.ofNullable(System.getenv(ASKED_FOR)).stream()
        .flatMap(names -> Stream.of(names.strip().split("\\s+")))
        .filter(name -> !name.isEmpty())
        .map(name -> new Release(name, OTHERS.resolve(name).resolve("root"), true))
        .toList();
  }

  /**
   * One whose nft can have tables owned: nothing when that is this machine's own.
   *
   * @throws TestAbortedException if there is none on a machine that can't have it unpacked
   */
  public static Optional<Release> withTableOwners() {
    Command flags =
        Command.of(
            "unshare", "--net", "--", "nft", "--check", "add table ip t { flags owner,persist; }");
    if (flags.attempt().exit() == 0) {
      return Optional.empty();
    }
    Release newer =
        new Release(FIRST_WITH_OWNERS, OTHERS.resolve(FIRST_WITH_OWNERS).resolve("root"), true);
    if (!newer.isUnpacked()) {
      String missing = "no nft of " + newer.name() + "; integration-tests/run unpacks it on Debian";
      if (isDebian() || "true".equals(System.getenv("CI"))) {
        throw new AssertionError(missing);
      }
      throw new TestAbortedException(missing);
    }
    return Optional.of(newer);
  }

  private static boolean isDebian() {
    try (Stream<String> lines = Files.lines(Path.of("/etc/os-release"))) {
      return lines.anyMatch("ID=debian"::equals);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether it is there. */
  public boolean isUnpacked() {
    return Files.isRegularFile(programs.resolveSibling("complete"));
  }

  /**
   * The first number of its engine's version.
   *
   * @throws AssertionError if there is no such engine
   */
  public int majorVersion() {
    if (!isUnpacked()) {
      throw new AssertionError("no engine of " + name + "; integration-tests/run unpacks it");
    }
    String text = inside(List.of(), Command.of(path("usr/sbin/dockerd"), "--version")).run();
    Matcher version = VERSION.matcher(text);
    if (!version.find()) {
      throw new AssertionError("dockerd says \"" + text + "\"");
    }
    return Integer.parseInt(version.group(1));
  }

  /** What its programs have for {@code PATH}. */
  String searchPath() {
    String own = path("usr/bin") + ":" + path("usr/sbin");
    return isApart ? own : own + ":/usr/sbin:/usr/bin:/sbin:/bin";
  }

  /** A network tool as its own programs find it. */
  String tool(String name) {
    return isApart ? "/usr/sbin/" + name : name;
  }

  /** A command that finds its programs and libraries where this machine has older ones. */
  public Command over(Command command) {
    return new Command(
        Command.of("unshare", "--mount", "--", "sh", "-c", LAY_OVER, "sh", programs.toString())
            .and(command.argv())
            .argv(),
        command.environment(),
        command.input(),
        command.deadline());
  }

  /** How its own programs name one of its files. */
  String path(String file) {
    return isApart ? "/" + file : programs.resolve(file).toString();
  }

  /** A program that runs as its own do, and finds these folders where they are. */
  Command inside(List<Path> folders, Command command) {
    if (!isApart) {
      return command;
    }
    Command entered = Command.of(INSIDE.toString(), programs.toString());
    for (Path folder : folders) {
      entered = entered.and(folder.toString());
    }
    return new Command(
        entered.and("--").and(command.argv()).argv(),
        command.environment(),
        command.input(),
        command.deadline());
  }

  @Override
  public String toString() {
    return name;
  }
}
