package dev.hairpin.agent.tracing;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hairpin.agent.posix.NetfilterMessage;
import dev.hairpin.agent.posix.NetfilterMessage.Attributes;
import dev.hairpin.agent.tracing.TraceEvent.Step;
import dev.hairpin.agent.tracing.TraceEvent.Tracked;
import dev.hairpin.agent.tracing.TraceEvent.Verdict;
import dev.hairpin.rules.netfilter.Policy;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Reads what the kernel tells of traced packets. A message that was cut off, or that lacks
 * something, is passed over: nothing is made up for what is missing.
 */
final class TraceMessages {
  private static final int NFT_MSG_TRACE = 17;

  /** enum nft_trace_attributes. */
  private static final int TABLE = 1;

  private static final int CHAIN = 2;
  private static final int RULE_HANDLE = 3;
  private static final int TYPE = 4;
  private static final int VERDICT = 5;
  private static final int ID = 6;
  private static final int LINK_HEADER = 7;
  private static final int NETWORK_HEADER = 8;
  private static final int TRANSPORT_HEADER = 9;
  private static final int INPUT = 10;
  private static final int OUTPUT = 12;
  private static final int MARK = 14;
  private static final int NFPROTO = 15;
  private static final int POLICY = 16;

  /** Since Linux 6.16. */
  private static final int CONNECTION_ID = 18;

  private static final int CONNECTION_DIRECTION = 19;
  private static final int CONNECTION_STATE = 21;

  /** enum nft_trace_types. */
  private static final int TYPE_POLICY = 1;

  private static final int TYPE_RETURN = 2;
  private static final int TYPE_RULE = 3;

  /** enum nft_verdict_attributes. */
  private static final int VERDICT_CODE = 1;

  private static final int VERDICT_CHAIN = 2;

  /** enum nft_verdicts. */
  private static final int CONTINUE = -1;

  private static final int JUMP = -3;
  private static final int GOTO = -4;
  private static final int RETURN = -5;

  /** Of linux/netfilter.h; the upper half may hold more (NF_VERDICT_MASK). */
  private static final int DROP = 0;

  private static final int ACCEPT = 1;
  private static final int STOLEN = 2;
  private static final int QUEUE = 3;
  private static final int VERDICT_MASK = 0xff;

  /** NF_CT_STATE_BIT of enum ip_conntrack_info (linux/netfilter/nf_conntrack_common.h). */
  private static final int ESTABLISHED = 1 << 1;

  private static final int RELATED = 1 << 2;
  private static final int NEW = 1 << 3;
  private static final int UNTRACKED = 1 << 6;

  private TraceMessages() {}

  /**
   * The events of a datagram.
   *
   * @param heardNanos when it was read
   */
  static List<TraceEvent> events(ByteBuffer datagram, long heardNanos) {
    return NetfilterMessage.in(datagram).stream()
        .filter(message -> message.type() == NetfilterMessage.NFTABLES + NFT_MSG_TRACE)
        .filter(message -> message.attributes().areWhole())
        .flatMap(message -> event(message, heardNanos).stream())
        .toList();
  }

  private static Optional<TraceEvent> event(NetfilterMessage message, long heardNanos) {
    Attributes told = message.attributes();
    Optional<Integer> packet = told.number(ID);
    Optional<AddressFamily> family = AddressFamily.of(message.family());
    Optional<AddressFamily> hook = told.number(NFPROTO).flatMap(AddressFamily::of);
    Optional<String> table = name(told, TABLE);
    Optional<String> chain = name(told, CHAIN);
    Optional<Step> step = step(told);
    if (packet.isEmpty()
        || family.isEmpty()
        || hook.isEmpty()
        || table.isEmpty()
        || chain.isEmpty()
        || step.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new TraceEvent(
            heardNanos,
            Integer.toUnsignedLong(packet.get()),
            family.get(),
            hook.get(),
            table.get(),
            chain.get(),
            step.get(),
            told.number(MARK).orElse(0),
            index(told, INPUT),
            index(told, OUTPUT),
            header(told, hook.get()),
            tracked(told)));
  }

  private static Optional<Step> step(Attributes told) {
    return told.number(TYPE)
        .flatMap(type ->
            switch (type) {
              case TYPE_POLICY -> told.number(POLICY).flatMap(TraceMessages::policy);
              case TYPE_RETURN, TYPE_RULE -> verdict(told).flatMap(said -> ruleOrEnd(said, told));
              default -> Optional.empty();
            });
  }

  /** At the end of a chain there is no rule to tell. */
  private static Optional<Step> ruleOrEnd(Verdict verdict, Attributes told) {
    Optional<Step> rule =
        told.longNumber(RULE_HANDLE).map(handle -> new Step.Rule(handle, verdict));
    return rule.isEmpty() && verdict instanceof Verdict.Continue
        ? Optional.of(new Step.EndOfChain())
        : rule;
  }

  private static Optional<Step> policy(int verdict) {
    return switch (verdict) {
      case DROP -> Optional.of(new Step.AsPolicy(Policy.DROP));
      case ACCEPT -> Optional.of(new Step.AsPolicy(Policy.ACCEPT));
      default -> Optional.empty();
    };
  }

  private static Optional<Verdict> verdict(Attributes told) {
    return told.value(VERDICT)
        .map(Attributes::in)
        .filter(Attributes::areWhole)
        .flatMap(nested -> nested.number(VERDICT_CODE).flatMap(code -> verdict(code, nested)));
  }

  private static Optional<Verdict> verdict(int code, Attributes nested) {
    return switch (code) {
      case CONTINUE -> Optional.of(new Verdict.Continue());
      case RETURN -> Optional.of(new Verdict.Return());
      case JUMP -> name(nested, VERDICT_CHAIN).map(Verdict.Jump::new);
      case GOTO -> name(nested, VERDICT_CHAIN).map(Verdict.Goto::new);
      default -> Optional.of(netfilterVerdict(code));
    };
  }

  private static Verdict netfilterVerdict(int code) {
    return code < 0
        ? new Verdict.Other(code)
        : switch (code & VERDICT_MASK) {
          case DROP -> new Verdict.Drop();
          case ACCEPT -> new Verdict.Accept();
          case STOLEN -> new Verdict.Stolen();
          case QUEUE -> new Verdict.Queue(code >>> Short.SIZE);
          default -> new Verdict.Other(code);
        };
  }

  private static OptionalInt index(Attributes told, int type) {
    return told.number(type)
        .filter(index -> index > 0)
        .map(OptionalInt::of)
        .orElseGet(OptionalInt::empty);
  }

  private static Optional<PacketHeader> header(Attributes told, AddressFamily hook) {
    return told.value(NETWORK_HEADER)
        .flatMap(network ->
            PacketHeaderReader.read(
                hook, told.value(LINK_HEADER), network, told.value(TRANSPORT_HEADER)));
  }

  private static Optional<Tracked> tracked(Attributes told) {
    Optional<Boolean> isReply =
        told.value(CONNECTION_DIRECTION)
            .filter(direction -> direction.remaining() == 1)
            .map(direction -> direction.get(0) != 0);
    return told.number(CONNECTION_STATE)
        .flatMap(TraceMessages::state)
        .map(state ->
            new Tracked(
                state,
                told.number(CONNECTION_ID).map(Integer::toUnsignedLong),
                isReply.orElse(false)));
  }

  private static Optional<Tracked.State> state(int bit) {
    return switch (bit) {
      case ESTABLISHED -> Optional.of(Tracked.State.ESTABLISHED);
      case RELATED -> Optional.of(Tracked.State.RELATED);
      case NEW -> Optional.of(Tracked.State.NEW);
      case UNTRACKED -> Optional.of(Tracked.State.UNTRACKED);
      default -> Optional.empty();
    };
  }

  /** A name ends with a zero. What a terminal would obey can't be in one that nft has taken. */
  private static Optional<String> name(Attributes told, int type) {
    return told.value(type)
        .map(value -> UTF_8.decode(value).toString())
        .map(text -> text.indexOf(0) < 0 ? text : text.substring(0, text.indexOf(0)))
        .filter(text -> !text.isEmpty())
        .map(text -> text.replaceAll("\\p{Cntrl}", "?"));
  }
}
