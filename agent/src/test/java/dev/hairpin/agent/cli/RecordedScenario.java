package dev.hairpin.agent.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine;

/**
 * What a real engine said and wrote, and what {@code hairpin plan} makes of what it said.
 *
 * @param layout that the engine's rules have
 */
record RecordedScenario(String engine, String layout, String name) {
  private static final Path RECORDED = folder();

  private static Path folder() {
    try {
      return Path.of(RecordedScenario.class.getResource("/recorded").toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** All of one engine. */
  static List<RecordedScenario> of(String engine, String layout) {
    try (Stream<Path> scenarios = Files.list(RECORDED.resolve(engine))) {
      return scenarios
          .map(folder -> new RecordedScenario(engine, layout, folder.getFileName().toString()))
          .sorted((one, other) -> one.name.compareTo(other.name))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path file(String file) {
    return RECORDED.resolve(engine).resolve(name).resolve(file);
  }

  /** What the engine wrote; nothing where it had not touched any such table. */
  String recorded(String format) {
    try {
      Path file = file(format + ".txt");
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * What the command prints. Beside it, it says so where a layout is not written in these words.
   */
  String planned(String format, List<String> more) {
    boolean isWritten = format.equals("nft") == layout.endsWith("-nft");
    return run(format, more, isWritten ? "" : "hairpin: layout " + layout + " has no ");
  }

  /** What the command says would change in what the engine wrote. */
  String changes(String format, List<String> more) {
    List<String> compared = new ArrayList<>(more);
    compared.add("--diff=" + file(format + ".txt"));
    return run(format, compared, "");
  }

  private String run(String format, List<String> more, String said) {
    List<String> arguments = new ArrayList<>(List.of("plan", "--layout", layout));
    arguments.addAll(List.of("--daemon-json", file("daemon.json").toString()));
    arguments.addAll(List.of("--networks", file("networks.json").toString()));
    arguments.addAll(List.of("--containers", file("containers.json").toString()));
    arguments.addAll(List.of("--format", format));
    arguments.addAll(more);
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command = Hairpin.commandLine();
    command.setOut(new PrintWriter(out));
    command.setErr(new PrintWriter(err));
    int status = command.execute(arguments.toArray(String[]::new));
    if (status != 0
        || !err.toString().startsWith(said)
        || err.toString().isEmpty() != said.isEmpty()) {
      throw new AssertionError(this + ": status " + status + ": " + err + out);
    }
    return out.toString();
  }

  @Override
  public String toString() {
    return engine + " " + name;
  }
}
