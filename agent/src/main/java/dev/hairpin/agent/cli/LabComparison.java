package dev.hairpin.agent.cli;

import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.lab.Experiment;
import dev.hairpin.agent.lab.LabNetwork;
import dev.hairpin.agent.lab.Reply;
import dev.hairpin.agent.netns.NetworkNamespace;
import dev.hairpin.agent.tracing.TraceFilter.Layers;
import dev.hairpin.agent.tracing.TracedPacket;
import dev.hairpin.agent.whatif.Question;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.apply.FirewallException;
import dev.hairpin.rules.layouts.LayoutName;
import dev.hairpin.rules.netfilter.Tables;
import dev.hairpin.rules.trace.RulesAsked;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;

/**
 * Publishes the lab's port in several layouts, one after the other, and follows who asks for it.
 */
final class LabComparison {
  static final List<Question> QUESTIONS =
      List.of(Question.OUTSIDE, Question.HOST_ADDRESS, Question.LOCALHOST);

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** A handshake, a question, its answer and the end, on both sides of a proxy. */
  private static final int PACKETS = 40;

  private final Experiment experiment;
  private final boolean proxy;

  private LabComparison(Experiment experiment, boolean proxy) {
    this.experiment = requireNonNull(experiment, "experiment");
    this.proxy = proxy;
  }

  /**
   * A connection.
   *
   * @param there what was asked about its first packet; with the proxy's own, where there is one
   * @param back the same of the answers to these
   * @param isProxied whether the proxy made one of its own
   * @param compared what was predicted of it
   */
  record Row(
      LayoutName layout,
      Question question,
      RulesAsked there,
      RulesAsked back,
      Reply reply,
      boolean isProxied,
      List<PredictedAndSeen> compared) {
    Row {
      compared = List.copyOf(compared);
    }

    boolean isAsForeseen() {
      return compared.stream().allMatch(PredictedAndSeen::isSame);
    }
  }

  /**
   * What came of it.
   *
   * @param left the layouts that left it to somebody else to switch forwarding on
   */
  record Result(boolean proxy, List<Row> rows, List<LayoutName> left) {
    Result {
      rows = List.copyOf(rows);
      left = List.copyOf(left);
    }

    boolean isAsForeseen() {
      return rows.stream().allMatch(Row::isAsForeseen);
    }
  }

  static Result of(Experiment experiment, List<LayoutName> layouts, boolean proxy)
      throws IOException, InterruptedException {
    LabComparison comparison = new LabComparison(experiment, proxy);
    List<Row> rows = new ArrayList<>();
    List<LayoutName> left = new ArrayList<>();
    for (LayoutName layout : layouts) {
      experiment.runAgent(List.of("--layout", layout.toString(), "--userland-proxy=" + proxy));
      if (comparison.switchForwardingOn()) {
        left.add(layout);
      }
      for (Question question : QUESTIONS) {
        rows.add(comparison.row(layout, question));
      }
    }
    return new Result(proxy, rows, left);
  }

  private boolean switchForwardingOn() throws IOException {
    if (experiment.inHost(List.of("sysctl", "-n", "net.ipv4.ip_forward")).strip().equals("1")) {
      return false;
    }
    experiment.inHost(List.of("sysctl", "-w", "net.ipv4.ip_forward=1"));
    return true;
  }

  private Row row(LayoutName layout, Question question) throws IOException, InterruptedException {
    LabForesight foresight = LabForesight.look(experiment, proxy);
    AtomicReference<Reply> reply = new AtomicReference<>();
    List<TracedPacket> packets =
        NetworkNamespace.of(LabNetwork.HOST).call(() -> follow(foresight, question, reply));
    Tables tables = foresight.tables().get(Family.IPV4);
    List<TracedPacket> first = packets.stream().filter(TracedPacket::isFirstOfConnection).toList();
    return new Row(
        layout,
        question,
        asked(tables, first),
        asked(tables, first.stream().flatMap(packet -> answer(packets, packet).stream()).toList()),
        reply.get(),
        first.size() > 1,
        PredictedAndSeen.among(packets, foresight.known(Family.IPV4)));
  }

  private List<TracedPacket> follow(
      LabForesight foresight, Question question, AtomicReference<Reply> reply)
      throws IOException, InterruptedException {
    LiveTrace trace = new LiveTrace(foresight.known(Family.IPV4));
    List<TracedPacket> packets = new ArrayList<>();
    try {
      trace.follow(
          trace.filter(question.asked(), Layers.IP, PACKETS),
          () -> reply.set(experiment.ask(question.namespace(), question.address())),
          new LiveTrace.Until.Quiet(PATIENCE),
          followed -> followed.stream().map(LiveTrace.Followed::packet).forEach(packets::add));
      return once(packets);
    } catch (FirewallException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /** What was sent again, because nobody answered, is no other connection. */
  private static List<TracedPacket> once(List<TracedPacket> packets) {
    List<TracedPacket> once = new ArrayList<>();
    for (TracedPacket packet : packets) {
      Predicate<TracedPacket> isSame =
          other -> other.kind().equals(packet.kind()) && other.packet().equals(packet.packet());
      if (!packet.isFirstOfConnection() || once.stream().noneMatch(isSame)) {
        once.add(packet);
      }
    }
    return once;
  }

  private static Optional<TracedPacket> answer(List<TracedPacket> packets, TracedPacket asked) {
    return packets.stream().filter(packet -> packet.answers(asked)).findFirst();
  }

  private static RulesAsked asked(Tables tables, List<TracedPacket> packets) {
    return packets.stream()
        .map(packet -> RulesAsked.of(tables, packet.trace()))
        .reduce(RulesAsked.NONE, RulesAsked::plus);
  }
}
