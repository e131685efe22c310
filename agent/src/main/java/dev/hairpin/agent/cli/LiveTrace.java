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
import dev.hairpin.agent.walk.Surveyed;
import dev.hairpin.rules.address.IpPrefix;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.apply.CommandException;
import dev.hairpin.rules.apply.CommandRunner;
import dev.hairpin.rules.apply.CommandRunner.Finished;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.apply.Sysctls;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.netfilter.Tables;
import java.io.IOException;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Follows packets through this network namespace for a while. */
final class LiveTrace {
  /** Nothing more of a connection is waited for when it has been quiet for so long. */
  private static final Duration QUIET = Duration.ofMillis(700);

  private final Tables tables;
  private final Surveyed host;
  private final CommandRunner commands = CommandRunner.local();

  /** In a host whose rules are known. */
  LiveTrace(Tables tables, Surveyed host) {
    this.tables = requireNonNull(tables, "tables");
    this.host = requireNonNull(host, "host");
  }

  /** Sends the packets that are to be traced. */
  interface Sending {
    void send() throws IOException, InterruptedException;
  }

  /**
   * What was followed.
   *
   * @param someAreLost whether the kernel had more to tell than there was room for
   * @param passedOver packets beyond the limit
   * @param legacyUnheard why rules of iptables-legacy, which are in force, are not told of
   */
  record Followed(
      List<TracedPacket> packets,
      boolean someAreLost,
      long passedOver,
      Optional<String> legacyUnheard) {}

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
  static TraceFilter filter(
      Asked asked,
      Surveyed host,
      Collection<PortBinding> published,
      TraceFilter.Layers layers,
      int packets) {
    Flow meant =
        switch (asked.service()) {
          case Service.Port(Protocol protocol, int number) -> Flow.to(protocol, number);
          case Service.Ping() -> Flow.to(new TraceFilter.Service.Ping());
        };
    Stream<Flow> behind =
        published.stream()
            .filter(binding -> isFor(asked.service(), binding))
            .filter(binding -> binding.containerAddress().family() == host.family())
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
   * Follows packets until there are no more, or none have come.
   *
   * @param sending run when everything is ready
   * @param patience how long the first may be waited for
   * @throws FirewallException if packets can't be traced here
   */
  Followed follow(TraceFilter filter, Sending sending, Duration patience)
      throws FirewallException, IOException, InterruptedException {
    Optional<LegacyRules> legacy = new LegacyInForce(commands).find(tables);
    TracedRules rules =
        new TracedRules(
            tables,
            RuleHandles.parse(list("nft", "-j", "-a", "list", "ruleset")),
            switch (filter.layers()) {
              case IP -> BridgeChains.NONE;
              case IP_AND_BRIDGE ->
                  BridgeChains.parse(list("nft", "-a", "-s", "list", "ruleset", "bridge"));
            },
            legacy.orElseGet(() -> LegacyRules.none(tables.family())));
    try (TraceListener listener = TraceListener.open();
        Legacy logger = legacy.isPresent() ? hear(listener) : Legacy.NOT_THERE;
        TraceTable table = TraceTable.open(filter, commands)) {
      TracedPackets packets =
          new TracedPackets(rules, host.host(), interfaces(), table::isSubjectOf);
      sending.send();
      boolean someAreLost = false;
      long begun = System.nanoTime();
      long last = begun;
      boolean isHeardOf = false;
      while (System.nanoTime() - last < (isHeardOf ? QUIET : patience).toNanos()) {
        TraceListener.Heard heard = listener.await();
        someAreLost |= heard.someAreLost();
        heard.told().forEach(packets::add);
        if (!heard.told().isEmpty()) {
          isHeardOf = true;
          last = System.nanoTime();
        }
      }
      return new Followed(
          packets.all(), someAreLost, table.counts().passedOver(), logger.unheard());
    }
  }

  /** Without it, what nftables does is still worth telling. */
  private Legacy hear(TraceListener listener) {
    try {
      listener.hearLegacy();
      return new Legacy(
          Optional.of(TraceLogger.open(host.family(), Sysctls.ofThisHost())), Optional.empty());
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
        return host.bridgeOf(port);
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
