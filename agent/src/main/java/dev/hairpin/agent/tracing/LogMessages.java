package dev.hairpin.agent.tracing;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hairpin.agent.posix.NetfilterMessage;
import dev.hairpin.agent.posix.NetfilterMessage.Attributes;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what the kernel's log tells of traced packets. Other lines of it are passed over. */
final class LogMessages {
  /** enum nfulnl_msg_types. */
  private static final int MSG_PACKET = 0;

  /** enum nfulnl_attr_type. */
  private static final int MARK = 2;

  private static final int INPUT = 4;
  private static final int OUTPUT = 5;
  private static final int PAYLOAD = 9;
  private static final int PREFIX = 10;

  private static final Pattern TRACE =
      Pattern.compile("TRACE: (\\w+):([^:\\s]+):(rule|return|policy):(\\d{1,9}) \0?");

  private LogMessages() {}

  /**
   * The steps of a datagram.
   *
   * @param heardNanos when it was read
   */
  static List<LoggedStep> steps(ByteBuffer datagram, long heardNanos) {
    return NetfilterMessage.in(datagram).stream()
        .filter(message -> message.type() == NetfilterMessage.LOGS + MSG_PACKET)
        .filter(message -> message.attributes().areWhole())
        .flatMap(message -> step(message, heardNanos).stream())
        .toList();
  }

  private static Optional<LoggedStep> step(NetfilterMessage message, long heardNanos) {
    Attributes told = message.attributes();
    Optional<AddressFamily> family = AddressFamily.of(message.family());
    Optional<Matcher> trace =
        told.value(PREFIX)
            .map(prefix -> TRACE.matcher(UTF_8.decode(prefix).toString()))
            .filter(Matcher::matches);
    Optional<PacketHeader> header =
        family.flatMap(
            of -> told.value(PAYLOAD).flatMap(packet -> PacketHeaderReader.read(of, packet)));
    return trace.isEmpty() || header.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new LoggedStep(
                heardNanos,
                family.get(),
                trace.get().group(1),
                trace.get().group(2),
                LoggedStep.Kind.valueOf(trace.get().group(3).toUpperCase(Locale.ROOT)),
                Integer.parseInt(trace.get().group(4)),
                told.number(MARK).orElse(0),
                index(told, INPUT),
                index(told, OUTPUT),
                header.get()));
  }

  private static OptionalInt index(Attributes told, int type) {
    return told.number(type).map(OptionalInt::of).orElseGet(OptionalInt::empty);
  }
}
