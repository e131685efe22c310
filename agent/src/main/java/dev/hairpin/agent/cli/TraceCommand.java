package dev.hairpin.agent.cli;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.cli.LiveTrace.Followed;
import dev.hairpin.agent.cli.LiveTrace.Summary;
import dev.hairpin.agent.cli.LiveTrace.Until;
import dev.hairpin.agent.netns.NetworkNamespace;
import dev.hairpin.agent.tracing.TraceFilter;
import dev.hairpin.agent.tracing.TraceFilter.Layers;
import dev.hairpin.agent.tracing.TracedPacket;
import dev.hairpin.agent.walk.Asked;
import dev.hairpin.agent.walk.Surveyed;
import dev.hairpin.agent.wording.Language;
import dev.hairpin.agent.wording.Wording;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.apply.CommandRunner;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.apply.Sysctls;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
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
  @Mixin private LanguageOption language;

  @Parameters(
      paramLabel = "TARGET",
      arity = "0..1",
      description = "Where the packets are sent: " + Understood.TARGETS + ".")
  private Optional<String> target = Optional.empty();

  @Option(names = "--to", paramLabel = "TARGET", description = "The same, beside --from.")
  private Optional<String> to = Optional.empty();

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
      names = "--follow",
      description =
          "Go on until Ctrl-C, or until --packets were followed, and show each packet when it is"
              + " through.")
  private boolean goesOn;

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
    Language asked = language.language();
    // Programs read the same everywhere.
    Language speaking = json ? Language.ENGLISH : asked;
    target = Understood.target("trace", target, to);
    if (log.isPresent() == target.isPresent()) {
      throw new ConfigurationException(
          "trace: name the port whose packets to follow, such as 8080, or a log with --read FILE");
    }
    if (log.isPresent()) {
      PrintWriter out = spec.commandLine().getOut();
      ToldByLog.of(log.get(), rules).print(out, speaking);
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
    if (goesOn && (predict || json)) {
      throw new ConfigurationException(
          "trace: --follow shows packets as they come; --predict and --json tell of all in the end");
    }
    ThisHost.requireRoot("trace packets");
    try {
      return follow(speaking);
    } catch (FirewallException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private int follow(Language speaking)
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
    KnownHost host =
        new KnownHost(
            record.explained(asked.family()),
            Surveyed.look(CommandRunner.local(), Sysctls.ofThisHost(), asked.family()),
            record.published(),
            record.proxied());
    PrintWriter out = spec.commandLine().getOut();
    FollowedText text =
        new FollowedText(out, speaking, host, NetworkNamespace.ownName(), Paint.ofThisProcess());
    List<Followed> followed = new ArrayList<>();
    LiveTrace trace = new LiveTrace(host);
    Summary summary =
        trace.follow(
            trace.filter(asked, layers ? Layers.IP_AND_BRIDGE : Layers.IP, packets),
            sending(asked, host.network()),
            goesOn ? new Until.TheEnd() : new Until.Quiet(Duration.ofSeconds(seconds)),
            some -> {
              followed.addAll(some);
              if (!json) {
                text.print(some);
                out.flush();
              }
            });
    if (followed.isEmpty()) {
      throw new IOException(
          "trace "
              + target.orElseThrow()
              + ": no packet came within "
              + seconds
              + " s; make a connection with --from, or wait longer with --seconds or --follow");
    }
    print(followed, summary, speaking);
    return !predict || goneAsPredicted(host, followed, speaking) ? 0 : Hairpin.EXIT_FAILED;
  }

  private boolean goneAsPredicted(KnownHost host, List<Followed> followed, Language speaking) {
    List<PredictedAndSeen> compared =
        PredictedAndSeen.among(followed.stream().map(Followed::packet).toList(), host);
    new PredictedAndSeenText(spec.commandLine().getOut(), speaking).print(compared);
    return compared.stream().allMatch(PredictedAndSeen::isSame);
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

  private void print(List<Followed> followed, Summary summary, Language speaking) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      JsonOutput.print(
          out,
          Map.of(
              "packets",
              followed.stream().map(TraceCommand::json).toList(),
              "someAreLost",
              summary.someAreLost(),
              "passedOver",
              summary.passedOver(),
              "legacyIsLeftOut",
              summary.legacyUnheard().isPresent()));
    } else {
      print(summary, Wording.of("trace", speaking), out);
    }
    out.flush();
  }

  private static void print(Summary summary, Wording wording, PrintWriter out) {
    if (summary.someAreLost()) {
      out.println(wording.say("summary.overrun"));
    }
    summary.legacyUnheard().ifPresent(why -> out.println(wording.say("summary.legacy", why)));
    if (summary.passedOver() > 0) {
      out.println(wording.say("summary.passed-over", summary.passedOver()));
    }
  }

  private static Map<String, Object> json(Followed followed) {
    TracedPacket packet = followed.packet();
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("kind", packet.kind());
    object.put("packet", PredictionJson.json(packet.packet()));
    object.putAll(PredictionJson.json(packet.trace()));
    if (packet.isSilent()) {
      object.put("verdict", Map.of("kind", "unseen"));
    }
    followed
        .connection()
        .ifPresent(connection -> object.put("connection", ConntrackText.json(connection)));
    return object;
  }
}
