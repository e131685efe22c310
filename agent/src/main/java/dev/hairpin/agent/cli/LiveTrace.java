package dev.hairpin.agent.cli;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.tracing.BridgeChains;
import dev.hairpin.agent.tracing.LegacyRules;
import dev.hairpin.agent.tracing.RuleHandles;
import dev.hairpin.agent.tracing.TraceFilter;
import dev.hairpin.agent.tracing.TraceFilter.Flow;
import dev.hairpin.agent.tracing.TraceListener;
import dev.hairpin.agent.tracing.TraceLogger;
import dev.hairpin.agent.tracing.TraceTable;
import dev.hairpin.agent.tracing.TracedPacket;
import dev.hairpin.agent.tracing.TracedPackets;
import dev.hairpin.agent.tracing.TracedRules;
import dev.hairpin.agent.walk.Asked;
import dev.hairpin.agent.walk.Asked.Service;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.apply.CommandException;
import dev.hairpin.rules.apply.CommandRunner;
import dev.hairpin.rules.apply.CommandRunner.Finished;
import dev.hairpin.rules.apply.Connection;
import dev.hairpin.rules.apply.Conntrack;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.apply.Sysctls;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.trace.Packet;
import java.io.IOException;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Follows packets through this network namespace for a while. */
final class LiveTrace {
  private static final Logger log = LoggerFactory.getLogger(LiveTrace.class);

  /** Nothing more of a connection is waited for when it has been quiet for so long. */
  private static final Duration QUIET = Duration.ofMillis(700);

  /** A packet of which nothing was heard for so long is through. */
  private static final Duration THROUGH = Duration.ofMillis(300);

  private final KnownHost host;
  private final CommandRunner commands = CommandRunner.local();
  private final Set<List<Object>> known = new HashSet<>();

  LiveTrace(KnownHost host) {
    this.host = requireNonNull(host, "host");
  }

  /** Sends the packets that are to be traced. */
  interface Sending {
    void send() throws IOException, InterruptedException;
  }

  /**
   * A packet that was followed.
   *
   * @param connection what the kernel remembers of the one that it has begun
   */
  record Followed(TracedPacket packet, Optional<Connection> connection) {}

  /**
   * What there is to say in the end.
   *
   * @param someAreLost whether the kernel had more to tell than there was room for
   * @param passedOver packets beyond the limit
   * @param legacyUnheard why rules of iptables-legacy, which are in force, are not told of
   */
  record Summary(boolean someAreLost, long passedOver, Optional<String> legacyUnheard) {}

  /** How long packets are followed. */
  sealed interface Until {
    /**
     * Until the connection is quiet.
     *
     * @param patience how long the first packet is waited for
     */
    record Quiet(Duration patience) implements Until {}

    /** As long as this process lives, or the filter lets packets be traced. */
    record TheEnd() implements Until {}
  }

  /** Whether iptables-legacy tells. */
  private record Legacy(Optional<TraceLogger> logger, Optional<String> unheard)
      implements AutoCloseable {
    static final Legacy NOT_THERE = new Legacy(Optional.empty(), Optional.empty());

    @Override
    public void close() throws FirewallException {
      if (logger.isPresent()) {
        logger.get().close();
      }
    }
  }

  /**
   * Connections to where the question asks, and those that the proxy makes for them.
   *
   * @param layers which are told of
   * @param packets the most that are traced
   */
  TraceFilter filter(Asked asked, TraceFilter.Layers layers, int packets) {
    Flow meant =
        switch (asked.service()) {
          case Service.Port(Protocol protocol, int number) -> Flow.to(protocol, number);
          case Service.Ping() -> Flow.to(new TraceFilter.Service.Ping());
        };
    Stream<Flow> behind =
        host.published().stream()
            .filter(binding -> isFor(asked.service(), binding))
            .filter(binding -> binding.containerAddress().family() == host.network().family())
            .map(LiveTrace::behind);
    return new TraceFilter(
        Stream.concat(
                Stream.of(asked.to().map(to -> meant.at(IpPrefix.of(to))).orElse(meant)), behind)
            .distinct()
            .toList(),
        layers,
        packets);
  }

  private static boolean isFor(Service service, PortBinding binding) {
    return service.equals(new Service.Port(binding.protocol(), binding.hostPort().port()));
  }

  /** The proxy's connections, and the answers to those that the kernel sends on. */
  private static Flow behind(PortBinding binding) {
    return Flow.to(binding.protocol(), binding.containerPort())
        .at(IpPrefix.of(binding.containerAddress()));
  }

  /**
   * Follows packets.
   *
   * @param sending run when everything is ready
   * @param sink told packets that are through, in their order
   * @throws FirewallException if packets can't be traced here
   */
  Summary follow(TraceFilter filter, Sending sending, Until until, Consumer<List<Followed>> sink)
      throws FirewallException, IOException, InterruptedException {
    Optional<LegacyRules> legacy = new LegacyInForce(commands).find(host.tables());
    TracedRules rules = rules(filter, legacy);
    try (TraceListener listener = TraceListener.open();
        Legacy logger = legacy.isPresent() ? hear(listener) : Legacy.NOT_THERE;
        TraceTable table = TraceTable.open(filter, commands)) {
      TracedPackets packets =
          new TracedPackets(rules, host.network().host(), interfaces(), table::isSubjectOf);
      sending.send();
      boolean someAreLost = listen(listener, packets, until, filter.packets(), sink);
      return new Summary(someAreLost, table.counts().passedOver(), logger.unheard());
    }
  }

  /** Returns whether some of it was lost. */
  private boolean listen(
      TraceListener listener,
      TracedPackets packets,
      Until until,
      int most,
      Consumer<List<Followed>> sink)
      throws IOException {
    boolean someAreLost = false;
    long last = System.nanoTime();
    while (goesOn(until, packets.begun(), most, System.nanoTime() - last)) {
      TraceListener.Heard heard = listener.await();
      someAreLost |= heard.someAreLost();
      heard.told().forEach(packets::add);
      if (!heard.told().isEmpty()) {
        last = System.nanoTime();
      }
      switch (until) {
        case Until.Quiet quiet -> {}
        case Until.TheEnd end -> hand(packets.take(System.nanoTime() - THROUGH.toNanos()), sink);
      }
    }
    hand(packets.take(System.nanoTime()), sink);
    return someAreLost;
  }

  private static boolean goesOn(Until until, int begun, int most, long quietNanos) {
    return switch (until) {
      case Until.Quiet(Duration patience) -> quietNanos < (begun == 0 ? patience : QUIET).toNanos();
      case Until.TheEnd() -> begun < most || quietNanos < QUIET.toNanos();
    };
  }

  private void hand(List<TracedPacket> packets, Consumer<List<Followed>> sink) {
    if (!packets.isEmpty()) {
      sink.accept(packets.stream().map(this::followed).toList());
    }
  }

  private Followed followed(TracedPacket traced) {
    Packet packet = traced.packet();
    boolean isFirst = known.add(List.of(packet.source(), packet.destination(), packet.payload()));
    return new Followed(traced, isFirst ? connection(packet) : Optional.empty());
  }

  /** Without the tool there is still a trace. */
  private Optional<Connection> connection(Packet packet) {
    try {
      return new Conntrack(commands).find(packet);
    } catch (FirewallException e) {
      log.debug("{}", e.getMessage());
      return Optional.empty();
    }
  }

  private TracedRules rules(TraceFilter filter, Optional<LegacyRules> legacy)
      throws FirewallException {
    try {
      return new TracedRules(
          host.tables(),
          RuleHandles.parse(list("nft", "-j", "-a", "list", "ruleset")),
          switch (filter.layers()) {
            case IP -> BridgeChains.NONE;
            case IP_AND_BRIDGE ->
                BridgeChains.parse(list("nft", "-a", "-s", "list", "ruleset", "bridge"));
          },
          legacy.orElseGet(() -> LegacyRules.none(host.tables().family())));
    } catch (IllegalArgumentException e) {
      throw new FirewallException("read the handles of the rules: " + e.getMessage(), e);
    }
  }

  /** Without it, what nftables does is still worth telling. */
  private Legacy hear(TraceListener listener) {
    try {
      listener.hearLegacy();
      return new Legacy(
          Optional.of(TraceLogger.open(host.tables().family(), Sysctls.ofThisHost())),
          Optional.empty());
    } catch (FirewallException | IOException e) {
      return new Legacy(Optional.empty(), Optional.of(e.getMessage()));
    }
  }

  private String list(String... argv) throws FirewallException {
    String doing = "read the handles of the rules: ";
    try {
      Finished listed = commands.run(argv);
      if (!listed.isSuccess()) {
        throw new FirewallException(
            doing + "nft exited " + listed.exitStatus() + ": " + listed.firstError());
      }
      return listed.output();
    } catch (CommandException e) {
      throw new FirewallException(doing + e.getMessage(), e);
    }
  }

  private TracedPackets.Interfaces interfaces() {
    return new TracedPackets.Interfaces() {
      @Override
      public String name(int index) {
        return interfaceName(index);
      }

      @Override
      public Optional<String> bridgeOf(String port) {
        return host.network().bridgeOf(port);
      }
    };
  }

  /** One that is gone by now keeps its number. */
  private static String interfaceName(int index) {
    try {
      NetworkInterface found = NetworkInterface.getByIndex(index);
      return found == null ? "if" + index : found.getName();
    } catch (SocketException e) {
      return "if" + index;
    }
  }
}
