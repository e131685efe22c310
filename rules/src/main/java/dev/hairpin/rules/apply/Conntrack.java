package dev.hairpin.rules.apply;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toCollection;

import com.google.common.primitives.Longs;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.apply.CommandRunner.Finished;
import dev.hairpin.rules.trace.Packet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks after connections, and makes the kernel forget some, so that their next packet meets the
 * rules as they are now. NAT is decided once for a connection; without this, one that is older than
 * its rule never sees it.
 */
public final class Conntrack {
  private static final Logger log = LoggerFactory.getLogger(Conntrack.class);

  private static final String FORGET = "forget connections";

  /** A connection that ends by itself meanwhile breaks the tool off; the next try is without it. */
  private static final int ATTEMPTS = 5;

  /**
   * For each of them the tool reads all that the kernel knows, some 2 ms at the least. Of more,
   * those are looked for first that are there: of a range that was just published there are hardly
   * any.
   */
  private static final int FEW = 16;

  /** Of more connections the list would take too much memory. */
  private static final int MANY = 50_000;

  private final CommandRunner commands;

  public Conntrack(CommandRunner commands) {
    this.commands = requireNonNull(commands, "commands");
  }

  /**
   * Forgets connections, all in one process: conntrack reads commands from its standard input since
   * conntrack-tools 1.4.6. Where many are asked for and not too many there, they are listed before,
   * in one process for each family: who comes later meets the rules as they are now.
   *
   * @return how many there were
   * @throws FirewallException if conntrack can't do it; some may be forgotten, and trying again
   *     does no harm
   */
  public long forget(Collection<? extends Flows> flows) throws FirewallException {
    Collection<? extends Flows> present =
        flows.size() > FEW && count() <= MANY ? present(flows) : flows;
    if (present.isEmpty()) {
      return 0;
    }
    String script =
        present.stream()
            .flatMap(some -> some.deletions().stream())
            .distinct()
            .map(line -> line + "\n")
            .collect(joining());
    log.debug("conntrack --load-file -:\n{}", script);
    long forgotten = 0;
    for (int attempt = 1; ; attempt++) {
      Finished finished = run(FORGET, List.of("conntrack", "--load-file", "-"), script);
      // It prints each connection that it deletes.
      forgotten += finished.output().lines().count();
      if (finished.isSuccess() || finished.errors().contains(" 0 flow entries ")) {
        return forgotten;
      }
      boolean outran = finished.errors().contains("such conntrack doesn't exist");
      if (!outran || attempt == ATTEMPTS) {
        throw new FirewallException(
            FORGET + ": conntrack exited " + finished.exitStatus() + ": " + finished.firstError());
      }
    }
  }

  /**
   * The connection that began with a packet like this one.
   *
   * @return empty where the kernel remembers none: it never came through, or was forgotten since
   * @throws FirewallException if conntrack can't tell
   */
  public Optional<Connection> find(Packet packet) throws FirewallException {
    List<String> argv =
        new ArrayList<>(
            List.of(
                "conntrack",
                "-L",
                "-f",
                name(packet.destination().family()),
                "--orig-src",
                packet.source().toString(),
                "--orig-dst",
                packet.destination().toString()));
    switch (packet.payload()) {
      case Packet.Payload.Segment(var protocol, int from, int to) ->
          argv.addAll(
              List.of(
                  "-p",
                  protocol.keyword(),
                  "--orig-port-src",
                  Integer.toString(from),
                  "--orig-port-dst",
                  Integer.toString(to)));
      case Packet.Payload.Ping() -> argv.addAll(List.of("-p", icmp(packet.destination().family())));
    }
    String doing = "look for a connection";
    Finished listed = run(doing, argv, "");
    if (!listed.isSuccess()) {
      throw new FirewallException(
          doing + ": conntrack exited " + listed.exitStatus() + ": " + listed.firstError());
    }
    return listed.output().lines().flatMap(line -> Connection.parse(line).stream()).findFirst();
  }

  private static String icmp(Family family) {
    return switch (family) {
      case IPV4 -> "icmp";
      case IPV6 -> "icmpv6";
    };
  }

  /** How many connections there are; more than can be listed, where conntrack doesn't say. */
  private long count() throws FirewallException {
    Finished counted = run(FORGET, List.of("conntrack", "-C"), "");
    Long number = Longs.tryParse(counted.output().strip());
    return counted.isSuccess() && number != null ? number : Long.MAX_VALUE;
  }

  private Set<Flows> present(Collection<? extends Flows> flows) throws FirewallException {
    Set<Flows> wanted = Set.copyOf(flows);
    Set<Flows> present = new LinkedHashSet<>();
    for (Family family : wanted.stream().map(Flows::family).collect(toCollection(TreeSet::new))) {
      Finished listed = run(FORGET, List.of("conntrack", "-L", "-f", name(family)), "");
      if (!listed.isSuccess()) {
        throw new FirewallException(
            "list connections: conntrack exited "
                + listed.exitStatus()
                + ": "
                + listed.firstError());
      }
      listed
          .output()
          .lines()
          .flatMap(line -> TrackedConnection.parse(line).stream())
          .flatMap(TrackedConnection::flows)
          .filter(wanted::contains)
          .forEach(present::add);
    }
    return present;
  }

  static String name(Family family) {
    return switch (family) {
      case IPV4 -> "ipv4";
      case IPV6 -> "ipv6";
    };
  }

  private Finished run(String doing, List<String> argv, String script) throws FirewallException {
    try {
      return commands.run(argv, script, CommandRunner.DEADLINE);
    } catch (CommandException e) {
      throw new FirewallException(doing + ": " + e.getMessage(), e);
    }
  }
}
