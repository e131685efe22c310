package dev.hairpin.it.oracle;

import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A container's place on a bridge network.
 *
 * @param addresses the container's there; empty while it doesn't run
 */
record Attachment(String network, String bridge, List<String> addresses) {
  private static final String TEMPLATE =
      "{{range $name, $at := .NetworkSettings.Networks}}"
          + "{{$name}} {{$at.IPAddress}} {{$at.GlobalIPv6Address}}\n{{end}}";

  /** By name of the network; empty for a container that isn't there. */
  static List<Attachment> of(Scene scene, String container) {
    return scene
        .engine()
        .docker("inspect", "--format", TEMPLATE, container)
        .attempt()
        .out()
        .lines()
        .filter(Predicate.not(String::isBlank))
        .map(line -> parse(scene, line.split(" ", -1)))
        .toList();
  }

  private static Attachment parse(Scene scene, String[] word) {
    return new Attachment(
        word[0],
        scene.engine().bridgeOf(word[0]),
        Stream.of(word).skip(1).filter(Predicate.not(String::isBlank)).toList());
  }
}
