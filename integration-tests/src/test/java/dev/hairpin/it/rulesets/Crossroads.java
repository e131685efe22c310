package dev.hairpin.it.rulesets;

import static java.util.stream.Collectors.toMap;

import dev.hairpin.agent.tracing.RuleHandles;
import dev.hairpin.agent.tracing.TraceEvent;
import dev.hairpin.agent.tracing.TraceListener;
import dev.hairpin.agent.tracing.TraceListener.Heard;
import dev.hairpin.agent.walk.Surveyed;
import dev.hairpin.it.world.Namespace;
import dev.hairpin.it.world.World;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.apply.CommandException;
import dev.hairpin.rules.apply.CommandRunner;
import dev.hairpin.rules.apply.CommandRunner.Finished;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.apply.Sysctls;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.trace.Host;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.NetworkInterface;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A host with all whose packets may cross it:
 *
 * <pre>
 *   far --- outside --- eth0 host br1 --- container, neighbour
 *                                 br2 --- stranger
 * </pre>
 *
 * <p>The same host serves for all rulesets, one after the other; each packet is a connection of its
 * own. Used by one thread.
 */
final class Crossroads implements AutoCloseable {
  /** The kernel takes microseconds, but may have others to serve. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** {@code 4: vc@if2: <BROADCAST,...}. */
  private static final Pattern LINK = Pattern.compile("^([0-9]+): ([^:@]+)", Pattern.MULTILINE);

  private final World world = World.create();
  private final Map<Question.Sender, Namespace> senders = new EnumMap<>(Question.Sender.class);
  private final Map<String, String> bridges = new HashMap<>();
  private final Map<Family, Host> surveyed = new EnumMap<>(Family.class);
  private final CommandRunner commands;
  private final TraceListener listener;
  private final Map<Integer, String> links;
  private RuleHandles handles = RuleHandles.parse("{\"nftables\": []}");
  private int asked;

  Crossroads() {
    commands = CommandRunner.local().inNamespace(world.host().file());
    senders.put(Question.Sender.HOST, world.host());
    senders.put(Question.Sender.OUTSIDE, world.outside());
    addBridge("br1", "172.18.0.1/16", "fd00:18::1/64");
    addBridge("br2", "172.19.0.1/16", "fd00:19::1/64");
    Namespace container = addContainer("c", "br1", 18, 2);
    Namespace neighbour = addContainer("n", "br1", 18, 3);
    Namespace stranger = addContainer("d", "br2", 19, 2);
    senders.put(Question.Sender.CONTAINER, container);
    addFurtherAddresses();
    introduce(
        new Neighbour(world.host(), "eth0", World.HOST_4, World.HOST_6),
        new Neighbour(world.outside(), "eth0", World.OUTSIDE_4, World.OUTSIDE_6));
    introduce(
        new Neighbour(world.host(), "br1", "172.18.0.1", "fd00:18::1"),
        new Neighbour(container, "eth0", "172.18.0.2", "fd00:18::2"),
        new Neighbour(neighbour, "eth0", "172.18.0.3", "fd00:18::3"));
    introduce(
        new Neighbour(world.host(), "br2", "172.19.0.1", "fd00:19::1"),
        new Neighbour(stranger, "eth0", "172.19.0.2", "fd00:19::2"));
    listener = world.inhabitedBy(world.host().call(TraceListener::open));
    links = links();
    for (Family family : Family.values()) {
      surveyed.put(family, survey(family));
    }
  }

  private void addBridge(String name, String ipv4, String ipv6) {
    ip(world.host(), "link add " + name + " type bridge");
    ip(world.host(), "link set " + name + " up");
    ip(world.host(), "address add " + ipv4 + " dev " + name);
    ip(world.host(), "address add " + ipv6 + " dev " + name + " nodad");
  }

  private Namespace addContainer(String suffix, String bridge, int network, int number) {
    Namespace container =
        world.onBridge(
            suffix, bridge, "172." + network + ".0." + number + "/16", "172." + network + ".0.1");
    bridges.put("v" + suffix, bridge);
    // As in front of published ports without a proxy: who asks for its own port gets an answer.
    ip(world.host(), "link set v" + suffix + " type bridge_slave hairpin on");
    ip(container, "address add fd00:" + network + "::" + number + "/64 dev eth0 nodad");
    ip(container, "-6 route add default via fd00:" + network + "::1");
    return container;
  }

  /** Outside claims to have an address of the host's, and takes what the host sends on. */
  private void addFurtherAddresses() {
    for (Namespace each : List.of(world.host(), world.outside())) {
      ip(each, "address add 192.0.2.11/32 dev eth0");
      ip(each, "address add 2001:db8:1::11/128 dev eth0 nodad");
    }
    ip(world.outside(), "route add 203.0.113.0/24 via 192.0.2.1");
    ip(world.outside(), "-6 route add 2001:db8:9::/64 via 2001:db8:1::1");
  }

  /**
   * Random rules drop what IPv6's neighbours ask each other, and nobody answers who asks under an
   * address of his own, so they are told beforehand.
   */
  private static void introduce(Neighbour... neighbours) {
    for (Neighbour each : neighbours) {
      String link = each.at().call(each::link);
      for (Neighbour other : neighbours) {
        if (!other.equals(each)) {
          for (String address : each.addresses()) {
            ip(
                other.at(),
                "neigh replace %s lladdr %s dev %s nud permanent"
                    .formatted(address, link, other.device()));
          }
        }
      }
    }
  }

  /** Somebody on a link. */
  private record Neighbour(Namespace at, String device, List<String> addresses) {
    Neighbour(Namespace at, String device, String... addresses) {
      this(at, device, List.of(addresses));
    }

    /** The address of its device, from a thread in its namespace. */
    String link() throws IOException {
      byte[] bytes = NetworkInterface.getByName(device).getHardwareAddress();
      return HexFormat.ofDelimiter(":").formatHex(bytes);
    }
  }

  private Host survey(Family family) {
    return world
        .host()
        .call(() -> {
          try {
            return Surveyed.look(commands, Sysctls.ofThisHost(), family).host();
          } catch (FirewallException e) {
            throw new IOException(e);
          }
        });
  }

  /** Those of the host by index. A bridge's port counts as the bridge. */
  private Map<Integer, String> links() {
    return LINK.matcher(world.host().command("ip", "-o", "link", "show").run())
        .results()
        .collect(
            toMap(
                link -> Integer.valueOf(link.group(1)),
                link -> bridges.getOrDefault(link.group(2), link.group(2))));
  }

  private static void ip(Namespace namespace, String arguments) {
    namespace.command("ip").and(arguments.split(" ", -1)).run();
  }

  /** The host as the tracer knows it. */
  Host host(Family family, Settings settings) {
    return settings.of(surveyed.get(family));
  }

  /**
   * Has these rules, and no others, in force.
   *
   * @throws AssertionError if the kernel or a tool refuses them
   */
  void set(Settings settings, Tables tables) {
    world
        .host()
        .call(() -> {
          try {
            settings.set(Sysctls.ofThisHost());
            return null;
          } catch (FirewallException e) {
            throw new IOException(e);
          }
        });
    Script script = new Script(tables, settings.bridgedMeetRules());
    run(script.first(), "nft", "-f", "-");
    if (script.hasIptables()) {
      run(script.iptables(), script.restore());
    }
    if (script.hasIptables() && !tables.nftTables().isEmpty()) {
      run(script.nftables(), "nft", "-f", "-");
    }
    handles = RuleHandles.parse(run("", "nft", "-j", "-a", "list", "ruleset"));
  }

  private String run(String input, String... argv) {
    try {
      Finished finished = commands.run(List.of(argv), input, CommandRunner.DEADLINE);
      if (!finished.isSuccess()) {
        throw new AssertionError(
            String.join(" ", argv) + ": " + finished.errors() + "\nof\n" + input);
      }
      return finished.output();
    } catch (CommandException e) {
      throw new AssertionError(e.getMessage(), e);
    }
  }

  /** A port that no packet has come from for long. */
  int nextSourcePort(Question question) {
    asked++;
    return question.sourcePorts() + asked % Question.PORTS_EACH;
  }

  /**
   * Sends a packet and sees what becomes of it.
   *
   * @param foretold what is waited for; of a packet that goes nowhere, nothing more is heard
   */
  Fate follow(Question question, int sourcePort, Fate foretold) {
    send(question, sourcePort);
    if (foretold.end() instanceof Fate.End.Gone) {
      send(Question.last(question.to().family()), Question.LAST_PORT);
    }
    Sighting sighting = new Sighting(sourcePort, handles, links::get);
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    do {
      hear().forEach(sighting::add);
    } while (!sighting.isOver(foretold) && System.nanoTime() < deadline);
    return sighting.fate();
  }

  private void send(Question question, int sourcePort) {
    senders.get(question.sender()).call(() -> Sending.send(question, sourcePort));
  }

  private List<TraceEvent> hear() {
    try {
      Heard heard = listener.await();
      if (heard.someAreLost()) {
        throw new AssertionError("the kernel had more to tell than there was room for");
      }
      return heard.events();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    world.close();
  }
}
