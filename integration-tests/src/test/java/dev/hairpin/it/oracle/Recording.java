package dev.hairpin.it.oracle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toUnmodifiableMap;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What dockerd 20.10.24 did when it was given the commands of one scenario. The files are described
 * in the README beside them.
 */
public record Recording(String scenario) {
  private static final String FOLDER = "/oracle/20.10.24/";
  private static final Pattern EXIT = Pattern.compile("\\[\\d+]");

  /** The commands, without comments. */
  public List<String> steps() {
    return lines("scenario.txt").stream()
        .filter(line -> !line.isBlank() && !line.startsWith("#"))
        .toList();
  }

  /**
   * The exit status of each docker command, in their order. Empty where it wasn't written down: all
   * were 0.
   */
  public List<Integer> dockerExits() {
    List<Integer> exits = new ArrayList<>();
    boolean ofDocker = false;
    for (String line : lines("steps.txt")) {
      if (line.startsWith("$ ")) {
        ofDocker = line.startsWith("$ docker ");
      } else if (ofDocker && EXIT.matcher(line).matches()) {
        exits.add(Integer.valueOf(line.substring(1, line.length() - 1)));
      }
    }
    return exits;
  }

  /** What the world looked like at the end. */
  public Moment end() {
    return new Moment("");
  }

  /** What it looked like at a named moment before. */
  public Moment at(String name) {
    return new Moment(name + "/");
  }

  /** The bridges' names in all recordings, by network. */
  public static Map<String, String> bridges() {
    return text(FOLDER + "bridges.tsv")
        .orElseThrow()
        .lines()
        .skip(1)
        .map(line -> line.split("\t", -1))
        .collect(toUnmodifiableMap(column -> column[0], column -> column[1]));
  }

  /** One moment of a recording. */
  public final class Moment {
    private final String folder;

    private Moment(String folder) {
      this.folder = folder;
    }

    /** The IPv4 rules, as {@code iptables-save} prints them, without comments and counters. */
    public List<String> rules() {
      return lines(folder + "iptables.txt");
    }

    /** Empty where nothing was tried. */
    public List<Reach> reach() {
      return lines(folder + "reach.tsv").stream().skip(1).map(Reach::parse).toList();
    }

    /** Protocol, state and address of each listening socket. */
    public List<String> listening() {
      return lines(folder + "listen.txt").stream()
          .map(line -> line.substring(0, line.lastIndexOf(' ')))
          .toList();
    }

    /** {@code ipv4/ip_forward = 1} and so on. Empty where they weren't written down. */
    public List<String> sysctls() {
      return lines(folder + "sysctl.txt");
    }

    @Override
    public String toString() {
      return folder.isEmpty() ? scenario : scenario + ", " + folder.replace("/", "");
    }
  }

  private List<String> lines(String file) {
    return text(FOLDER + scenario + "/" + file)
        .map(text -> text.lines().toList())
        .orElse(List.of());
  }

  private static Optional<String> text(String path) {
    try (InputStream stream = Recording.class.getResourceAsStream(path)) {
      return stream == null
          ? Optional.empty()
          : Optional.of(new String(stream.readAllBytes(), UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
