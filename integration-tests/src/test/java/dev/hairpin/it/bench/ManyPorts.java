package dev.hairpin.it.bench;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;

import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * A thousand published ports, of both families each.
 *
 * @param seconds until the last one was open
 * @param pssMiB of everything that holds them
 */
record ManyPorts(double seconds, double pssMiB) {
  /** Below the ports that clients of earlier measurements may still hold in TIME_WAIT. */
  static final int FIRST = 10_000;

  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /** One agent, asked by one command. It brings firewall rules to the host, so this comes last. */
  static ManyPorts ofAgent(Course course, int ports) {
    Process agent =
        course.start(
            Command.of(AgentProcess.LAUNCHER.toString(), "agent", "--no-docker")
                .withAll(AgentProcess.environmentIn(course.world())));
    await("the agent to be ready")
        .atMost(Duration.ofSeconds(30))
        .until(() -> AgentProcess.hairpinIn(course.world(), "ps").attempt().exit() == 0);
    String range = FIRST + "-" + (FIRST + ports - 1);
    long begin = System.nanoTime();
    Process publish =
        course.start(
            Command.of(AgentProcess.LAUNCHER.toString(), "publish")
                .and(course.container().name(), range + ":" + range)
                .withAll(AgentProcess.environmentIn(course.world())));
    double seconds = secondsUntilOpen(begin, agent.pid(), ports * 2);
    publish.onExit().join();
    ManyPorts result = new ManyPorts(seconds, ProcessCost.pssMiB(agent.pid()));
    agent.destroy();
    agent.onExit().join();
    return result;
  }

  /** One docker-proxy for each port and family, all started at once by one shell. */
  static ManyPorts of(Course course, Contender.DockerProxy contender, int ports) {
    String program = contender.release().programs().resolve("usr/sbin/docker-proxy").toString();
    long begin = System.nanoTime();
    Process shell =
        course.start(
            Command.of(
                "sh",
                "-c",
                """
                port=%1$d
                while [ $port -lt %2$d ]; do
                  for address in 0.0.0.0 ::; do
                    %3$s -proto tcp -host-ip $address -host-port $port \\
                      -container-ip %4$s -container-port $port 3>/dev/null &
                  done
                  port=$((port + 1))
                done
                wait
                """
                    .formatted(FIRST, FIRST + ports, program, Course.CONTAINER)));
    double seconds = secondsUntilOpen(begin, shell.pid(), ports * 2);
    List<ProcessHandle> proxies = shell.descendants().toList();
    double memory =
        proxies.stream().mapToLong(ProcessHandle::pid).mapToDouble(ProcessCost::pssMiB).sum();
    // The shell waits for them, as nobody else may.
    proxies.forEach(ProcessHandle::destroy);
    shell.onExit().orTimeout(60, SECONDS).join();
    return new ManyPorts(seconds, memory);
  }

  private static double secondsUntilOpen(long begin, long pid, int sockets) {
    while (listening(pid) < sockets) {
      if (System.nanoTime() - begin > PATIENCE.toNanos()) {
        throw new AssertionError(listening(pid) + " of " + sockets + " ports were opened");
      }
      LockSupport.parkNanos(5_000_000);
    }
    return (System.nanoTime() - begin) / 1e9;
  }

  /** How many of the ports listen in the network namespace of a process, in either family. */
  static long listening(long pid) {
    return Stream.of("tcp", "tcp6")
        .mapToLong(table -> {
          try (Stream<String> lines =
              Files.lines(Path.of("/proc", Long.toString(pid), "net", table))) {
            return lines.filter(ManyPorts::isListener).count();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        })
        .sum();
  }

  /** {@code 0: 0100007F:1F90 00000000:0000 0A ...}. */
  private static boolean isListener(String line) {
    String[] fields = line.strip().split("\\s+", -1);
    return fields[3].equals("0A")
        && Integer.parseInt(fields[1].substring(fields[1].indexOf(':') + 1), 16) >= FIRST;
  }
}
