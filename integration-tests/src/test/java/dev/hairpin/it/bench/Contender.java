package dev.hairpin.it.bench;

import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Command;
import dev.hairpin.it.world.Release;
import dev.hairpin.proxy.Transport;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What can stand between a client and the container. */
sealed interface Contender {
  /** {@code hairpin proxy}, with the JVM options of the agent. */
  record Hairpin() implements Contender {
    @Override
    public String toString() {
      return "hairpin";
    }
  }

  /** The same, which dials from within the container's namespace. */
  record HairpinInside() implements Contender {
    @Override
    public String toString() {
      return "hairpin inside";
    }
  }

  /** The docker-proxy of an engine. */
  record DockerProxy(Release release, int majorVersion) implements Contender {
    static DockerProxy of(Release release) {
      return new DockerProxy(release, release.majorVersion());
    }

    Command command() {
      // It reports on descriptor 3, which is dockerd's business.
      return Command.of(
          "sh",
          "-c",
          "exec \"$@\" 3>/dev/null",
          "sh",
          release.programs().resolve("usr/sbin/docker-proxy").toString());
    }

    @Override
    public String toString() {
      return "docker-proxy " + majorVersion;
    }
  }

  /** HAProxy in TCP mode with splice, on two threads. */
  record HaProxy() implements Contender {
    @Override
    public String toString() {
      return "HAProxy";
    }
  }

  /** Nothing: clients ask the container itself. */
  record Direct() implements Contender {
    @Override
    public String toString() {
      return "direct";
    }
  }

  /** Whether it carries datagrams as well. */
  default boolean carries(Transport transport) {
    return transport == Transport.TCP || !(this instanceof HaProxy);
  }

  /** In the order that they take turns in. */
  static List<Contender> all() {
    return List.of(
        new Hairpin(),
        DockerProxy.of(Release.HERE),
        DockerProxy.of(
            Release.askedFor().stream()
                .findFirst()
                .orElseThrow(
                    () -> new AssertionError("no other engine; use integration-tests/bench"))),
        new HaProxy(),
        new Direct());
  }

  /** The options that hairpin and docker-proxy have in common. */
  static List<String> options(Transport transport, int frontend, int backend) {
    return List.of(
        "-proto",
        transport.name().toLowerCase(Locale.ROOT),
        "-host-ip",
        Course.LOOPBACK,
        "-host-port",
        Integer.toString(frontend),
        "-container-ip",
        Course.CONTAINER,
        "-container-port",
        Integer.toString(backend));
  }

  /** Starts {@code hairpin proxy} with those options. */
  static Command hairpinProxy(List<String> options) {
    return Command.of(
        Stream.concat(Stream.of(AgentProcess.LAUNCHER.toString(), "proxy"), options.stream())
            .toArray(String[]::new));
  }
}
