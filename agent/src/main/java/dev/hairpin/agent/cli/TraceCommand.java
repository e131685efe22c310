package dev.hairpin.agent.cli;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.cli.LiveTrace.Followed;
import dev.hairpin.agent.netns.NetworkNamespace;
import dev.hairpin.agent.tracing.TraceFilter;
import dev.hairpin.agent.tracing.TraceFilter.Layers;
import dev.hairpin.agent.tracing.TracedPacket;
import dev.hairpin.agent.walk.Asked;
import dev.hairpin.agent.walk.Surveyed;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.apply.CommandRunner;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.apply.Sysctls;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.netfilter.Tables;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hairpin trace}. */
@Command(
    name = "trace",
    description = {
      "Follow real packets through this host, chain by chain: those that others send, or one"
          + " connection that is made from somewhere with --from.",
      "With --read, tell what the kernel's log says of packets (the targets LOG and TRACE, ebtables"
          + " --log). For LOG, the prefix has to name table and chain, such as"
          + " \"[debug]-nat-PREROUTING:\"."
    })
final class TraceCommand implements Callable<Integer> {
  /** A handshake, a question, its answer and the end, on both sides of a proxy. */
  private static final int PACKETS = 40;

  @Spec private CommandSpec spec;
  @Mixin private AgentDirectories directories;

  @Parameters(
      paramLabel = "TARGET",
      arity = "0..1",
      description = "Where the packets are sent: " + Understood.TARGETS + ".")
  private Optional<String> target = Optional.empty();

  @Option(
      names = "--from",
      paramLabel = "WHERE",
      description =
          "Make a connection from there: host (this host), or a network namespace, by its name, a"
              + " process in it, or a file. Without it, packets that others send are waited for.")
  private Optional<String> from = Optional.empty();

  @Option(
      names = "--layers",
      description =
          "Show bridges, too: where ebtables and nft's family bridge see a packet between the ports"
              + " of a bridge, and where that has iptables asked (br_netfilter).")
  private boolean layers;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "10",
      description = "How long the first packet is waited for (${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--packets",
      paramLabel = "N",
      defaultValue = "" + PACKETS,
      description = "How many packets are followed at most (${DEFAULT-VALUE}).")
  private int packets;

  @Option(
      names = "--predict",
      description = "Say where hairpin walk would have said otherwise; then the exit code is 1.")
  private boolean predict;

  @Option(
      names = "--read",
      paramLabel = "FILE",
      description = "Lines of the kernel's log, as dmesg or a syslog has them.")
  private Optional<Path> log = Optional.empty();

  @Option(
      names = "--rules",
      paramLabel = "FILE",
      description = "With --read: what iptables-save printed then, to show the rules that matched.")
  private Optional<Path> rules = Optional.empty();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws ConfigurationException, IOException, InterruptedException {
    if (log.isPresent() == target.isPresent()) {
      throw new ConfigurationException(
          "trace: name the port whose packets to follow, such as 8080, or a log with --read FILE");
    }
    if (log.isPresent()) {
      PrintWriter out = spec.commandLine().getOut();
      ToldByLog.of(log.get(), rules).print(out);
      out.flush();
      return 0;
    }
    if (rules.isPresent()) {
      throw new ConfigurationException("trace: --rules goes with --read; walk --rules predicts");
    }
    if (seconds < 1 || packets < 1 || packets > TraceFilter.MOST_PACKETS) {
      throw new ConfigurationException(
          "trace: --seconds is at least 1, --packets is 1-" + TraceFilter.MOST_PACKETS);
    }
    ThisHost.requireRoot("trace packets");
    try {
      return follow();
    } catch (FirewallException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private int follow()
      throws ConfigurationException, FirewallException, IOException, InterruptedException {
    Asked asked =
        Understood.by(
            "trace",
            () ->
                Asked.parse(
                    target.orElseThrow(),
                    from.filter("host"::equals).isPresent()
                        ? new Asked.Sender.ThisHost()
                        : new Asked.Sender.Outside(),
                    Optional.empty()));
    LeftBehind record = LeftBehind.open(directories);
    Tables tables = record.explained(asked.family());
    List<PortBinding> published = record.published();
    Surveyed host = Surveyed.look(CommandRunner.local(), Sysctls.ofThisHost(), asked.family());
    LiveTrace.Sending sending = sending(asked, host);
    Followed followed =
        new LiveTrace(tables, host)
            .follow(
                LiveTrace.filter(
                    asked, host, published, layers ? Layers.IP_AND_BRIDGE : Layers.IP, packets),
                sending,
                Duration.ofSeconds(seconds));
    if (followed.packets().isEmpty()) {
      throw new IOException(
          "trace "
              + target.orElseThrow()
              + ": no packet came within "
              + seconds
              + " s; make a connection with --from, or wait longer with --seconds");
    }
    print(followed, host);
    return !predict
            || new PredictedAndSeen(tables, host, record.proxied())
                .isSame(followed.packets(), spec.commandLine().getOut())
        ? 0
        : Hairpin.EXIT_FAILED;
  }

  private LiveTrace.Sending sending(Asked asked, Surveyed host) throws ConfigurationException {
    if (from.isEmpty()) {
      Hairpin.say(spec.commandLine().getErr(), "waiting for packets to " + target.orElseThrow());
      return () -> {};
    }
    IpAddress to =
        Understood.by("trace", () -> asked.to().orElseGet(() -> asked.on(host).destination()));
    Knock knock = new Knock(asked.service(), to);
    if (from.get().equals("host")) {
      return knock::now;
    }
    NetworkNamespace namespace = Understood.by("trace", () -> NetworkNamespace.parse(from.get()));
    if (!namespace.exists()) {
      throw new ConfigurationException(
          "trace: there is no network namespace "
              + from.get()
              + "; \"ip netns list\" shows those that are there");
    }
    return () -> namespace.run(knock::now);
  }

  private void print(Followed followed, Surveyed host) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      JsonOutput.print(
          out,
          Map.of(
              "packets",
              followed.packets().stream().map(TraceCommand::json).toList(),
              "someAreLost",
              followed.someAreLost(),
              "passedOver",
              followed.passedOver(),
              "legacyIsLeftOut",
              followed.legacyUnheard().isPresent()));
    } else {
      new FollowedText(out, host.host(), Help.Ansi.AUTO.enabled()).print(followed.packets());
      if (followed.someAreLost()) {
        out.println("The kernel had more to tell than there was room for; ask for fewer packets.");
      }
      followed
          .legacyUnheard()
          .ifPresent(why ->
              out.println(
                  "Rules of iptables-legacy are in force as well, and are not shown: " + why));
      if (followed.passedOver() > 0) {
        out.println(
            followed.passedOver() + " more packets came, and were not followed (--packets).");
      }
    }
    out.flush();
  }

  private static Map<String, Object> json(TracedPacket packet) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("kind", packet.kind());
    object.put("packet", PredictionJson.json(packet.packet()));
    object.putAll(PredictionJson.json(packet.trace()));
    if (packet.isSilent()) {
      object.put("verdict", Map.of("kind", "unseen"));
    }
    return object;
  }
}
