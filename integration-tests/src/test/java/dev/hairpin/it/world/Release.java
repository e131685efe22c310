package dev.hairpin.it.world;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

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

  private static final Pattern VERSION = Pattern.compile("Docker version ([0-9]+)\\.");

  /** Those that the tests are to run with beside {@link #HERE}. */
  public static List<Release> askedFor() {
    return Optional.ofNullable(System.getenv(ASKED_FOR)).stream()
        .flatMap(names -> Stream.of(names.strip().split("\\s+")))
        .filter(name -> !name.isEmpty())
        .map(name -> new Release(name, OTHERS.resolve(name).resolve("root"), true))
        .toList();
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
