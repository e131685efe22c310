package dev.hairpin.agent.cli;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import dev.hairpin.agent.control.ControlServer;
import dev.hairpin.agent.control.PortLine;
import dev.hairpin.agent.control.PortRun;
import dev.hairpin.agent.control.Request;
import dev.hairpin.agent.control.Response;
import dev.hairpin.agent.control.RuleLine;
import dev.hairpin.agent.docker.DockerSaid;
import dev.hairpin.agent.docker.DockerUnreachableException;
import dev.hairpin.agent.doctor.Bundle;
import dev.hairpin.agent.posix.Posix;
import dev.hairpin.proxy.Traffic;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * Runs the commands that people type most once each, against an agent that only pretends. The
 * launcher does it after a build, so that the JVM can keep an archive of the classes that they
 * load: without one, every command reads them from the jars again.
 */
final class Rehearsal {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final PortLine PORT =
      new PortLine(
          "192.0.2.1:8080/tcp",
          "172.18.0.2:80",
          "namespace ns1",
          "8080:80",
          PortLine.PUBLISHED,
          "",
          Traffic.NONE);
  private static final RuleLine RULE =
      new RuleLine(
          RuleLine.IPTABLES,
          "ip",
          "nat",
          "DOCKER",
          "-A DOCKER -j RETURN",
          "",
          "namespace ns1",
          "8080:80");

  /** What was collected on a host with a dockerd of Debian 12, and a rule of its user's. */
  private static final String HOST = "rehearsal.txt";

  private static final String NETWORKS = "docker network inspect";
  private static final String CONTAINERS = "docker inspect";

  private Rehearsal() {}

  /** Takes no arguments. What the commands print goes where the caller sends it. */
  public static void main(String[] arguments) throws IOException {
    Path directory = Files.createTempDirectory("hairpin-rehearsal");
    ControlServer server =
        ControlServer.start(
            directory, AgentDirectories.CONTROL_SOCKET, Rehearsal::answer, PATIENCE);
    try {
      run(directory, "ps");
      run(directory, "ps", "--json");
      run(directory, "rules", "--explain");
      run(directory, "publish", "ns1", "8080:80");
      run(directory, "unpublish", "ns1", "8080:80");
      host(directory);
      Hairpin.run("--help");
    } finally {
      server.close();
      MoreFiles.deleteRecursively(directory, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }

  /** At a host that is written down: nobody's own is looked at. */
  private static void host(Path directory) throws IOException {
    Path bundle = directory.resolve(HOST);
    try (InputStream written = Rehearsal.class.getResourceAsStream(HOST)) {
      Files.copy(written, bundle);
    }
    Hairpin.run("doctor", "--bundle", bundle.toString());
    Hairpin.run("doctor", "--json", "--bundle", bundle.toString());

    Bundle host = Bundle.parse(Files.readString(bundle));
    String rules = file(directory, host, "iptables-save");
    String networks = "--networks=" + file(directory, host, NETWORKS);
    String containers = "--containers=" + file(directory, host, CONTAINERS);
    Hairpin.run("plan", networks, containers, "--diff=" + rules);
    Hairpin.run("plan", networks, containers, "--layout=docker29-nft", "--explain");
    run(
        directory,
        "walk",
        "8080",
        "--rules=" + rules,
        "--addresses=" + file(directory, host, "ip -j -d address show"),
        "--routes=" + file(directory, host, "ip -j -4 route show table main"));
    libraries(directory, host);
  }

  /** A section of what was collected, in a file of its own. */
  private static String file(Path directory, Bundle host, String section) throws IOException {
    return Files.writeString(
            directory.resolve(section.replace(' ', '-')), host.section(section).orElseThrow())
        .toString();
  }

  /** What talks to Docker and to the kernel takes longer to load than either takes to answer. */
  private static void libraries(Path directory, Bundle host) throws IOException {
    Posix.system().tryLock(directory).orElseThrow().close();
    try (PretendedEngine engine =
        PretendedEngine.start(
            directory.resolve("docker.sock"),
            host.section(NETWORKS).orElseThrow(),
            host.section(CONTAINERS).orElseThrow())) {
      DockerSaid.ask(engine.host());
    } catch (DockerUnreachableException e) {
      throw new IOException(e);
    }
  }

  private static void run(Path directory, String... command) {
    String[] line = Arrays.copyOf(command, command.length + 2);
    line[command.length] = "--run-dir";
    line[command.length + 1] = directory.toString();
    Hairpin.run(line);
  }

  private static Response answer(Request request) {
    return switch (request) {
      case Request.ListPorts ports -> new Response.Ports(List.of(new PortRun(PORT, 1)), List.of());
      case Request.Publish publish -> new Response.Ports(List.of(new PortRun(PORT, 1)), List.of());
      case Request.ListRules rules -> new Response.Rules(List.of(RULE), List.of());
      case Request.Unpublish unpublish -> new Response.Done(List.of("unpublished"));
      case Request.GetStatus status -> new Response.Done(List.of());
      case Request.Stop stop -> new Response.Done(List.of());
    };
  }
}
