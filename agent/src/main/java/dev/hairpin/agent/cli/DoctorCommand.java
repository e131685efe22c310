package dev.hairpin.agent.cli;

import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.InputFile;
import dev.hairpin.agent.docker.DockerHost;
import dev.hairpin.agent.doctor.Bundle;
import dev.hairpin.agent.doctor.Diagnosis;
import dev.hairpin.agent.doctor.Evidence;
import dev.hairpin.agent.doctor.EvidenceReader;
import dev.hairpin.agent.doctor.Examination;
import dev.hairpin.agent.doctor.HostLook;
import dev.hairpin.agent.doctor.Target;
import dev.hairpin.agent.wording.Language;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hairpin doctor}. */
@Command(
    name = "doctor",
    description = {
      "Find out why a published port can't be reached, whose rule or setting it is, and what mends it.",
      "Whether Hairpin or dockerd publishes it. Nothing is sent, and nothing is changed without --fix.",
      "Exits with 0 if nothing is wrong, with 1 if something is, with 2 if it could not look."
    })
final class DoctorCommand implements Callable<Integer> {
  /** Something is wrong with the host. */
  private static final int EXIT_FINDINGS = 1;

  private static final Path USUAL_SOCKET = Path.of("/var/run/docker.sock");

  @Spec private CommandSpec spec;
  @Mixin private AgentDirectories directories;
  @Mixin private LanguageOption language;

  @Parameters(
      paramLabel = "TARGET",
      arity = "0..*",
      description =
          "A port (8080, 53/udp, 192.0.2.1:8080), a container, a namespace or an address; everything"
              + " that is published if there is none.")
  private List<String> targets = List.of();

  @Option(
      names = "--bundle",
      paramLabel = "FILE",
      description =
          "Look at what was collected on another machine, or at what iptables-save printed there.")
  private Optional<Path> bundle = Optional.empty();

  @Option(
      names = "--collect",
      description = "Print what would be looked at, for --bundle on another machine.")
  private boolean collect;

  @Option(
      names = "--fix",
      description = "After asking, make those changes that are the publisher's own or harmless.")
  private boolean fix;

  @Option(names = "--yes", description = "With --fix: don't ask.")
  private boolean yes;

  @Option(
      names = "--docker-host",
      paramLabel = "URL",
      description =
          "Where dockerd is. Without it, unix:///var/run/docker.sock, if there is such a socket.")
  private Optional<String> dockerHost = Optional.empty();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws ConfigurationException, IOException {
    Language speaking = language.language();
    List<Target> asked = asked();
    requireSense();
    Bundle looked = bundle.isPresent() ? read(bundle.get()) : look(asked);
    if (collect) {
      return collected(looked);
    }
    Evidence evidence = EvidenceReader.read(looked);
    if (evidence.tables().isEmpty()) {
      throw new ConfigurationException("doctor: no rules could be read" + because(evidence));
    }
    Diagnosis diagnosis = Understood.by("doctor", () -> Examination.of(evidence, asked));
    print(diagnosis, speaking);
    if (fix && new Fixes(spec.commandLine().getOut(), speaking, yes).apply(diagnosis)) {
      Evidence after = EvidenceReader.read(look(asked));
      diagnosis = Understood.by("doctor", () -> Examination.of(after, asked));
      print(diagnosis, speaking);
    }
    return diagnosis.findings().isEmpty() ? 0 : EXIT_FINDINGS;
  }

  private List<Target> asked() throws ConfigurationException {
    return Understood.by("doctor", () -> targets.stream().map(Target::parse).toList());
  }

  private void requireSense() throws ConfigurationException, IOException {
    if (bundle.isPresent() && (fix || collect)) {
      throw new ConfigurationException(
          "doctor: --bundle is of another machine; leave out " + (fix ? "--fix" : "--collect"));
    }
    if (yes && !fix) {
      throw new ConfigurationException("doctor: --yes goes with --fix");
    }
    if (fix && json) {
      throw new ConfigurationException("doctor: --fix asks a person; leave out --json");
    }
    if (bundle.isEmpty()) {
      ThisHost.requireRoot("look at this host (doctor --bundle needs no root)");
    }
  }

  private static String because(Evidence evidence) {
    return evidence.troubles().stream()
        .findFirst()
        .map(trouble -> ": " + trouble.section() + ": " + trouble.why())
        .orElse("; give what iptables-save or hairpin doctor --collect printed");
  }

  private static Bundle read(Path file) throws ConfigurationException {
    byte[] bytes = InputFile.read(file);
    String text = new String(bytes, isUtf16(bytes) ? UTF_16 : UTF_8);
    return Understood.by("doctor", () -> Bundle.parse(text));
  }

  /** What some editors and shells make of what was pasted; it begins with a byte order mark. */
  private static boolean isUtf16(byte[] bytes) {
    return bytes.length >= 2
        && ((bytes[0] == (byte) 0xfe && bytes[1] == (byte) 0xff)
            || (bytes[0] == (byte) 0xff && bytes[1] == (byte) 0xfe));
  }

  private Bundle look(List<Target> asked) throws ConfigurationException {
    Optional<DockerHost> docker = docker();
    Set<String> names =
        asked.stream()
            .flatMap(target ->
                target instanceof Target.Named(String name) ? Stream.of(name) : Stream.empty())
            .collect(Collectors.toSet());
    return HostLook.look(
        new HostLook.Asked(
            docker,
            directories.run(),
            directories.run().resolve(AgentDirectories.CONTROL_SOCKET),
            names));
  }

  /** A host may have namespaces only, and no Docker to ask. */
  private Optional<DockerHost> docker() throws ConfigurationException {
    Optional<String> usual =
        Files.exists(USUAL_SOCKET) ? Optional.of("unix://" + USUAL_SOCKET) : Optional.empty();
    Optional<String> url = dockerHost.or(() -> usual);
    return url.isEmpty()
        ? Optional.empty()
        : Optional.of(Understood.by("doctor", () -> DockerHost.parse(url.get())));
  }

  private int collected(Bundle looked) {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    looked.sizes().forEach(size -> err.println(size.name() + ": " + size.lines() + " lines"));
    err.flush();
    out.print(looked.print());
    out.flush();
    return 0;
  }

  private void print(Diagnosis diagnosis, Language speaking) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      JsonOutput.print(out, DoctorJson.of(diagnosis));
    } else {
      new DoctorText(out, speaking, Paint.ofThisProcess()).print(diagnosis);
    }
    out.flush();
  }
}
