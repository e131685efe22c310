package dev.hairpin.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hairpin.agent.tracing.PacketHeader;
import dev.hairpin.agent.tracing.PacketHeader.Content.Segment;
import dev.hairpin.agent.tracing.PacketHeader.TcpFlag;
import dev.hairpin.agent.tracing.RuleHandles;
import dev.hairpin.agent.tracing.TraceEvent;
import dev.hairpin.agent.tracing.TraceFilter;
import dev.hairpin.agent.tracing.TraceFilter.Flow;
import dev.hairpin.agent.tracing.TraceListener;
import dev.hairpin.agent.tracing.TraceListener.Heard;
import dev.hairpin.agent.tracing.TraceTable;
import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Namespace;
import dev.hairpin.it.world.NeedsRealNetwork;
import dev.hairpin.it.world.PeerServer;
import dev.hairpin.it.world.Probe;
import dev.hairpin.it.world.World;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.apply.CommandRunner;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.apply.KernelFirewall;
import dev.hairpin.rules.netfilter.Action;
import dev.hairpin.rules.netfilter.Rule;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.netfilter.Tables;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the kernel says of real packets. */
@NeedsRealNetwork
class TraceSourceIT {
  private static final Duration SOON = Duration.ofSeconds(15);
  private static final String CONTAINER = "172.18.0.2";
  private static final String TRACES = "hairpin-trace-";
  private static final int NOBODYS_PORT = 9999;
  private static final int MANY = 300;

  private World world;
  private CommandRunner inHost;

  @BeforeEach
  void makeWorld() {
    world = World.create();
    world.host().command("sysctl", "-qw", "net.ipv4.ip_forward=1").run();
    inHost = CommandRunner.local().inNamespace(world.host().file());
  }

  @AfterEach
  void removeWorld() {
    world.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"docker20", "hairpin"})
  void aConnectionIsFollowedThereAndBack(String layout) throws Exception {
    AgentProcess agent = publish(layout);
    int bridge = indexOf("docker1");
    Flow published = Flow.to(Protocol.TCP, 8080).at(IpPrefix.parse(World.HOST_4));
    List<TraceEvent> events = new ArrayList<>();
    try (TraceListener listener = world.host().call(TraceListener::open);
        TraceTable table = open(TraceFilter.of(200, published))) {
      assertThat(Probe.from(world.outside()).tcp(World.HOST_4, 8080))
          .isEqualTo("open 172.18.0.2:80 sees 192.0.2.2");
      await("the answer to leave")
          .atMost(SOON)
          .until(() -> {
            Heard heard = listener.await();
            assertThat(heard.someAreLost()).isFalse();
            events.addAll(heard.events());
            return events.stream().anyMatch(isAnswerFrom(CONTAINER));
          });

      TraceEvent first = events.getFirst();
      assertThat(table.isSubjectOf(first)).isTrue();
      assertThat(first.input()).isEqualTo(OptionalInt.of(indexOf("eth0")));
      assertThat(first.header()).hasValueSatisfying(header -> assertThat(isSyn(header)).isTrue());
      assertThat(first.header().map(PacketHeader::destination))
          .hasToString("Optional[" + World.HOST_4 + "]");
      List<TraceEvent> syn =
          events.stream().filter(event -> event.packet() == first.packet()).toList();
      assertThat(dnatRules(syn)).as("rules that gave the packet its destination").hasSize(1);
      assertThat(syn)
          .as("the packet on its way to the container")
          .anySatisfy(event -> {
            assertThat(event.output()).isEqualTo(OptionalInt.of(bridge));
            assertThat(event.header().map(PacketHeader::destination))
                .hasToString("Optional[" + CONTAINER + "]");
            assertThat(event.header().map(PacketHeader::content))
                .hasValueSatisfying(
                    content -> assertThat(((Segment) content).destinationPort()).isEqualTo(80));
          });
      String connections = world.host().command("conntrack", "-L", "-o", "id").run();
      // Before Linux 6.16 the kernel doesn't say.
      assertThat(
              events.stream()
                  .filter(isAnswerFrom(CONTAINER))
                  .flatMap(event -> event.tracked().stream()))
          .allSatisfy(tracked -> {
            assertThat(tracked.isReply()).isTrue();
            assertThat(connections).contains(" id=" + tracked.connection().orElseThrow());
          });
    }
    assertThat(tables()).doesNotContain(TRACES);
    assertThat(agent.log()).doesNotContain("put right what");
  }

  /** By their handles, from what the kernel has now. */
  private List<Rule> dnatRules(List<TraceEvent> events) throws Exception {
    RuleHandles handles =
        RuleHandles.parse(world.host().command("nft", "-j", "-a", "list", "ruleset").run());
    Tables tables = new KernelFirewall(inHost).observe(Family.IPV4, Set.of("hairpin"));
    return events.stream()
        .flatMap(event -> rule(event, handles, tables).stream())
        .filter(rule ->
            rule.action() instanceof Action.Dnat || rule.action() instanceof Action.DnatByPort)
        .toList();
  }

  private static Optional<Rule> rule(TraceEvent event, RuleHandles handles, Tables tables) {
    OptionalInt position = handles.position(event);
    List<Rule> rules =
        Stream.concat(
                tables.nftTable(event.table()).flatMap(table -> table.chain(event.chain())).stream()
                    .map(chain -> chain.rules()),
                Table.of(event.table()).stream().map(table -> tables.rules(table, event.chain())))
            .findFirst()
            .orElse(List.of());
    return position.isPresent() && position.getAsInt() <= rules.size()
        ? Optional.of(rules.get(position.getAsInt() - 1))
        : Optional.empty();
  }

  @Test
  void aFilterStopsAtItsLimitAndSaysWhatItPassedOver() throws Exception {
    int limit = 50;
    List<TraceEvent> events = new ArrayList<>();
    try (TraceListener listener = world.host().call(TraceListener::open);
        TraceTable table = open(TraceFilter.of(limit, Flow.to(Protocol.UDP, NOBODYS_PORT)))) {
      sendMany();
      await("all packets to have come")
          .atMost(SOON)
          .until(() -> {
            Heard heard = listener.await();
            assertThat(heard.someAreLost()).isFalse();
            events.addAll(heard.events());
            return heard.events().isEmpty() && table.counts().passedOver() >= MANY - limit;
          });

      assertThat(table.counts().traced()).isEqualTo(limit);
      assertThat(events.stream().filter(event -> event.chain().equals("tracing"))).hasSize(limit);
    }
  }

  @Test
  void aListenerThatCouldNotKeepUpSaysSo() throws Exception {
    int hardlyAny = 8192;
    try (TraceListener listener = world.host().call(() -> TraceListener.open(hardlyAny));
        TraceTable table = open(TraceFilter.of(MANY, Flow.to(Protocol.UDP, NOBODYS_PORT)))) {
      sendMany();
      await("all packets to have come").atMost(SOON).until(() -> table.counts().traced() == MANY);

      assertThat(listener.await().someAreLost()).isTrue();
      assertThat(listener.await().someAreLost()).isFalse();
    }
  }

  @Test
  void nothingIsLeftOfOneWhoseHolderIsKilled() throws Exception {
    Path log = world.directory().resolve("holder.log");
    String logger = logger();
    Process holder =
        world
            .host()
            .command(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                TraceHolder.class.getName())
            .startLoggingTo(log);
    await("a table").atMost(SOON).until(() -> Files.readString(log).contains(" is there"));
    assertThat(tables()).contains(TRACES + holder.pid());
    assertThat(logger()).isEqualTo("nfnetlink_log").isNotEqualTo(logger);

    holder.destroyForcibly();

    await("it to be removed")
        .atMost(SOON)
        .untilAsserted(() -> {
          assertThat(tables()).doesNotContain(TRACES);
          assertThat(logger()).isEqualTo(logger);
        });
  }

  @Test
  void whatIsLeftAllTheSameIsRemovedByTheNextUnlessItsHolderLives() throws Exception {
    Process ended = new ProcessBuilder("true").start();
    ended.waitFor();
    long other = ProcessHandle.current().parent().orElseThrow().pid();
    world.host().command("nft", "add", "table", "inet", TRACES + ended.pid()).run();
    world.host().command("nft", "add", "table", "inet", TRACES + other).run();

    open(TraceFilter.of(1, Flow.to(Protocol.TCP, 8080))).close();

    assertThat(tables()).doesNotContain(TRACES + ended.pid()).contains(TRACES + other);
  }

  /** Every form that a filter has is taken by nft and the kernel. */
  @Test
  void everyFilterIsTaken() throws Exception {
    IpPrefix client = IpPrefix.parse("2001:db8:1::2");
    TraceFilter filter =
        TraceFilter.of(
            TraceFilter.MOST_PACKETS,
            Flow.to(Protocol.TCP, 8080),
            Flow.to(Protocol.SCTP, 8080).from(client).fromPort(40000),
            Flow.to(Protocol.UDP, 53).at(IpPrefix.parse("192.0.2.0/24")),
            Flow.to(new TraceFilter.Service.Ping()),
            Flow.to(new TraceFilter.Service.Ping()).from(client));

    try (TraceTable table = open(filter)) {
      assertThat(table.counts()).isEqualTo(new TraceTable.Counts(0, 0));
      // Others, and walk among them, can list the rules meanwhile.
      RuleHandles.parse(world.host().command("nft", "-j", "-a", "list", "ruleset").run());
    }
  }

  private TraceTable open(TraceFilter filter) {
    return world
        .host()
        .call(() -> {
          try {
            return TraceTable.open(filter, inHost);
          } catch (FirewallException e) {
            throw new IOException(e);
          }
        });
  }

  private AgentProcess publish(String layout) {
    Namespace ns1 = world.ns1();
    world.inhabitedBy(PeerServer.in(ns1).tcp(80));
    AgentProcess agent = AgentProcess.withoutEngine(world, "--layout", layout);
    agent.hairpin("publish", ns1.name(), "8080:80").run();
    return agent;
  }

  private void sendMany() {
    world
        .outside()
        .call(() -> {
          InetSocketAddress port =
              new InetSocketAddress(InetAddress.getByName(World.HOST_4), NOBODYS_PORT);
          try (DatagramChannel channel = DatagramChannel.open()) {
            for (int i = 0; i < MANY; i++) {
              channel.send(ByteBuffer.wrap("?".getBytes(UTF_8)), port);
            }
          }
          return null;
        });
  }

  private static Predicate<TraceEvent> isAnswerFrom(String address) {
    return event ->
        event
            .header()
            .filter(header -> header.source().toString().equals(address))
            .filter(header ->
                header.content() instanceof Segment segment
                    && segment.flags().equals(Set.of(TcpFlag.SYN, TcpFlag.ACK)))
            .isPresent();
  }

  private static boolean isSyn(PacketHeader header) {
    return header.content() instanceof Segment segment
        && segment.destinationPort() == 8080
        && segment.flags().equals(Set.of(TcpFlag.SYN));
  }

  private int indexOf(String link) {
    String shown = world.host().command("ip", "-o", "link", "show", link).run();
    return Integer.parseInt(shown.substring(0, shown.indexOf(':')));
  }

  private String logger() {
    return world.host().command("sysctl", "-n", "net.netfilter.nf_log.2").run().strip();
  }

  private String tables() {
    return world.host().command("nft", "list", "tables").run();
  }
}
