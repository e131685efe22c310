package dev.hairpin.it.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.PeerServer;
import dev.hairpin.it.world.Probe;
import dev.hairpin.it.world.World;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.apply.CommandRunner;
import dev.hairpin.rules.apply.Firewall;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.apply.KernelFirewall;
import dev.hairpin.rules.trace.Host;
import dev.hairpin.rules.trace.Packet;
import dev.hairpin.rules.trace.PacketTracer;
import dev.hairpin.rules.trace.Trace;
import dev.hairpin.rules.trace.Trace.Verdict;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * In which order the kernel asks chains that several programs wrote, held against what the tracer
 * says of the same tables, read back from the kernel.
 */
@NeedsRealNetwork
class TracedPacketsIT {
  private static final String CONTAINER = "172.18.0.2";
  private static final IpAddress HOST = IpAddress.parse(World.HOST_4);
  private static final IpAddress OUTSIDE = IpAddress.parse(World.OUTSIDE_4);
  private static final Host HOST_AS_MODELLED =
      new Host(
          List.of(
              new Host.Interface("eth0", List.of(HOST)),
              new Host.Interface("br1", List.of(IpAddress.parse("172.18.0.1")))),
          List.of(
              new Host.Route(IpPrefix.parse("0.0.0.0/0"), "eth0"),
              new Host.Route(IpPrefix.parse("172.18.0.0/16"), "br1")));

  private static World world;
  private static Firewall firewall;

  /**
   * Rules, and who asks a port of whom.
   *
   * @param commands each a line for nft or for iptables
   * @param fromOutside else the host itself asks
   */
  record Crossing(String name, List<String> commands, boolean fromOutside, String to, int port) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Crossing> crossings() {
    List<String> twoNatChains =
        List.of(
            "nft add table ip older",
            "nft add chain ip older pre { type nat hook prerouting priority -100; }",
            "nft add rule ip older pre tcp dport 8080 dnat to 172.18.0.2:80",
            "nft add table ip younger",
            "nft add chain ip younger pre { type nat hook prerouting priority -100; }",
            "nft add rule ip younger pre tcp dport 8080 dnat to 172.18.0.2:81");
    return Stream.of(
        outside("of two equal nat chains the younger decides", twoNatChains, World.HOST_4, 8080),
        outside(
            "a nat chain of lower priority decides",
            with(
                twoNatChains,
                "nft add chain ip older first { type nat hook prerouting priority -101; }",
                "nft add rule ip older first tcp dport 8080 dnat to 172.18.0.2:80"),
            World.HOST_4,
            8080),
        outside(
            "where addresses are translated does not depend on a chain's priority",
            List.of(
                "nft add table ip ours",
                "nft add chain ip ours pre { type nat hook prerouting priority 10; }",
                "nft add rule ip ours pre tcp dport 8080 dnat to 172.18.0.2:80",
                "nft add chain ip ours early { type filter hook prerouting priority 0; }",
                "nft add rule ip ours early tcp dport 8080 drop"),
            World.HOST_4,
            8080),
        outside(
            "what one table accepts another drops",
            List.of(
                "nft add table ip ours",
                "nft add chain ip ours forward { type filter hook forward priority 0; }",
                "nft add rule ip ours forward accept",
                "iptables -A FORWARD -o br1 -j DROP"),
            CONTAINER,
            80),
        outside(
            "what iptables accepts a later chain drops",
            List.of(
                "iptables -A FORWARD -j ACCEPT",
                "nft add table ip theirs",
                "nft add chain ip theirs forward { type filter hook forward priority 10; }",
                "nft add rule ip theirs forward tcp dport 80 drop"),
            CONTAINER,
            80),
        outside(
            "a mark of nftables is seen by iptables",
            List.of(
                "nft add table ip theirs",
                "nft add chain ip theirs early { type filter hook prerouting priority -150; }",
                "nft add rule ip theirs early meta mark set 7",
                "iptables -P FORWARD DROP",
                "iptables -A FORWARD -m mark --mark 7 -j ACCEPT",
                "iptables -A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT"),
            CONTAINER,
            80),
        outside(
            "whom an input chain gives another source is seen by the host's own server",
            List.of(
                "nft add table ip ours",
                "nft add chain ip ours input { type nat hook input priority 100; }",
                "nft add rule ip ours input tcp dport 80 snat to 192.0.2.77"),
            World.HOST_4,
            80),
        inside(
            "the output hook shows the interface from before DNAT",
            List.of(
                "iptables -t nat -A OUTPUT -p tcp --dport 8080 -j DNAT --to-destination "
                    + CONTAINER
                    + ":80",
                "iptables -A OUTPUT -o br1 -j DROP"),
            World.HOST_4,
            8080),
        inside(
            "a masquerade on loopback takes the first address of all",
            List.of("iptables -t nat -A POSTROUTING -o lo -j MASQUERADE"),
            "172.18.0.1",
            80),
        inside(
            "a loopback address does not leave the host",
            List.of(
                "iptables -t nat -A OUTPUT -p tcp --dport 8080 -j DNAT --to-destination "
                    + CONTAINER
                    + ":80",
                "iptables -t nat -A POSTROUTING -o br1 -j MASQUERADE"),
            "127.0.0.1",
            8080));
  }

  private static Crossing outside(String name, List<String> commands, String to, int port) {
    return new Crossing(name, commands, true, to, port);
  }

  private static Crossing inside(String name, List<String> commands, String to, int port) {
    return new Crossing(name, commands, false, to, port);
  }

  private static List<String> with(List<String> commands, String... more) {
    return Stream.concat(commands.stream(), Stream.of(more)).toList();
  }

  @BeforeAll
  static void makeWorld() {
    world = World.create();
    world.host().command("sysctl", "-qw", "net.ipv4.ip_forward=1").run();
    world.host().command("ip", "link", "add", "br1", "type", "bridge").run();
    world.host().command("ip", "link", "set", "br1", "up").run();
    world.host().command("ip", "address", "add", "172.18.0.1/16", "dev", "br1").run();
    world.inhabitedBy(
        PeerServer.in(world.onBridge("c", "br1", CONTAINER + "/16", "172.18.0.1")).tcp(80).tcp(81));
    world.inhabitedBy(PeerServer.in(world.host()).tcp(80));
    firewall = new KernelFirewall(CommandRunner.local().inNamespace(world.host().file()));
  }

  @AfterAll
  static void closeWorld() {
    world.close();
  }

  @BeforeEach
  void forgetAllRules() {
    world.host().command("nft", "flush", "ruleset").run();
    world.host().command("conntrack", "-F").run();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("crossings")
  void theKernelDoesAsForetold(Crossing crossing) throws FirewallException {
    crossing.commands().forEach(line -> world.host().command(line.split(" ", -1)).run());
    PacketTracer tracer =
        new PacketTracer(
            firewall.observe(Family.IPV4, Set.of("older", "younger", "ours", "theirs")),
            HOST_AS_MODELLED);
    IpAddress to = IpAddress.parse(crossing.to());
    Packet packet =
        crossing.fromOutside()
            ? Packet.arriving("eth0", Protocol.TCP, OUTSIDE, to, crossing.port())
            : Packet.sent(Protocol.TCP, to, to, crossing.port());

    String answer =
        Probe.from(crossing.fromOutside() ? world.outside() : world.host())
            .tcp(crossing.to(), crossing.port());

    assertThat(answer).isEqualTo(foretold(tracer.trace(packet)));
  }

  /** All that are reached answer on these ports. */
  private static String foretold(Trace trace) {
    return switch (trace.verdict()) {
      case Verdict.Forwarded(IpAddress address, int port, String by) ->
          "open " + address.withPort(port) + " sees " + trace.source();
      case Verdict.Delivered(IpAddress address, int port) ->
          "open " + address.withPort(port) + " sees " + trace.source();
      case Verdict.Dropped dropped -> "timeout";
      case Verdict.Rejected rejected -> "refused";
      case Verdict.Unroutable unroutable -> "timeout";
      case Verdict.Unknown unknown -> unknown.toString();
    };
  }
}
