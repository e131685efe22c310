package dev.hairpin.agent.doctor;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import dev.hairpin.agent.docker.DaemonFlags;
import dev.hairpin.agent.docker.DaemonSettings;
import dev.hairpin.agent.docker.DockerInspection;
import dev.hairpin.agent.docker.DockerText;
import dev.hairpin.agent.docker.EngineVersion;
import dev.hairpin.agent.doctor.Evidence.OfDocker;
import java.util.List;
import java.util.Optional;

/** Reads what is said of Docker. Pure. */
final class DockerReader {
  private static final Splitter WORDS = Splitter.on(CharMatcher.whitespace()).omitEmptyStrings();

  private final Reading reading;

  DockerReader(Reading reading) {
    this.reading = reading;
  }

  Optional<OfDocker> read() {
    Optional<EngineVersion> version =
        reading.read(Sections.DOCKER_VERSION, text -> EngineVersion.parse(text.strip()));
    Optional<DaemonSettings> settings = settings();
    return inspection(version, settings)
        .map(inspection -> new OfDocker(inspection, version, settings));
  }

  private Optional<DaemonSettings> settings() {
    if (!reading.has(Sections.DAEMON_JSON) && !reading.has(Sections.DOCKERD)) {
      return Optional.empty();
    }
    List<String> flags =
        reading
            .read(Sections.DOCKERD, text -> DaemonFlags.kept(WORDS.splitToList(text)))
            .orElse(List.of());
    return reading.attempt(
        reading.has(Sections.DAEMON_JSON) ? Sections.DAEMON_JSON : Sections.DOCKERD,
        () -> DockerText.settings(reading.bundle().section(Sections.DAEMON_JSON), flags));
  }

  private Optional<DockerInspection> inspection(
      Optional<EngineVersion> version, Optional<DaemonSettings> settings) {
    Optional<String> networks = reading.bundle().section(Sections.NETWORKS);
    Optional<String> containers = reading.bundle().section(Sections.CONTAINERS);
    if (networks.isPresent() != containers.isPresent()) {
      reading.note(
          networks.isPresent() ? Sections.CONTAINERS : Sections.NETWORKS,
          "is missing, and without it the other says nothing");
    }
    if (networks.isEmpty() || containers.isEmpty()) {
      return Optional.empty();
    }
    return reading.attempt(
        Sections.CONTAINERS,
        () -> {
          DockerInspection inspection =
              DockerText.inspection(
                  networks.get(),
                  containers.get(),
                  version,
                  settings,
                  missing -> reading.note(Sections.CONTAINERS, missing));
          // What no engine can have said shows when it is put together.
          inspection.containers();
          return inspection;
        });
  }
}
