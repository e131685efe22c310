package dev.hairpin.proxy.relay;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hairpin.proxy.posix.Errno;
import dev.hairpin.proxy.posix.MessageInfo;
import dev.hairpin.proxy.posix.PosixException;
import dev.hairpin.proxy.posix.Received.Nothing;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of messages, over sockets in memory, as not every kernel has SCTP. */
class MessageDirectionTest {
  private static final MessageInfo PLAIN = new MessageInfo(0, 0, false);
  private static final MessageInfo SPECIAL = new MessageInfo(65535, 0xfedcba98, true);

  private final LoopSupplies supplies = new LoopSupplies();
  private final FakeMessageEnd from = new FakeMessageEnd();
  private final FakeMessageEnd to = new FakeMessageEnd();
  private final AtomicLong counted = new AtomicLong();
  private final MessageDirection direction =
      new MessageDirection(supplies, from, to, counted::addAndGet);

  @AfterEach
  void stop() {
    direction.release();
    supplies.close();
  }

  @Test
  void everyMessageIsSentAsOneWithWhatItCarries() throws PosixException {
    from.arrives("one", true, PLAIN);
    from.arrives("two", true, SPECIAL);

    assertThat(direction.pump()).isFalse();
    assertThat(texts()).containsExactly("one", "two");
    assertThat(to.sent()).extracting(FakeMessageEnd.Sent::info).containsExactly(PLAIN, SPECIAL);
    assertThat(counted).hasValue(6);
  }

  @Test
  void aMessageThatComesInPartsIsSentWhole() throws PosixException {
    from.arrives("in ", false, SPECIAL);
    direction.pump();
    assertThat(to.sent()).isEmpty();

    from.arrives("three ", false, SPECIAL);
    from.arrives("parts", true, SPECIAL);
    from.arrives("next", true, PLAIN);
    direction.pump();

    assertThat(texts()).containsExactly("in three parts", "next");
    assertThat(to.sent()).extracting(FakeMessageEnd.Sent::info).containsExactly(SPECIAL, PLAIN);
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        LoopSupplies.SCRATCH_BYTES,
        LoopSupplies.SCRATCH_BYTES + 1,
        200_000,
        LoopSupplies.MESSAGE_BYTES
      })
  void aMessageThatIsLongerThanABufferIsStillOne(int bytes) throws PosixException {
    String content = content(bytes);
    from.arrives(content, true, PLAIN);
    pumpAll();

    assertThat(texts()).singleElement().isEqualTo(content);
  }

  @Test
  void aMessageThatIsTooLongBreaksTheConnection() {
    from.arrives(content(LoopSupplies.MESSAGE_BYTES + 1), true, PLAIN);

    assertThatThrownBy(this::pumpAll)
        .isInstanceOfSatisfying(
            PosixException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EMSGSIZE));
    assertThat(to.sent()).isEmpty();
  }

  @Test
  void aReceiverThatTakesNothingStopsTheSender() throws PosixException {
    to.hasRoomFor(1);
    for (int i = 0; i < 10; i++) {
      from.arrives("message " + i, true, PLAIN);
    }
    direction.pump();
    direction.pump();

    assertThat(texts()).containsExactly("message 0");
    assertThat(from.waiting()).as("messages that were not taken").isEqualTo(8);
    to.hasRoomFor(100);
    direction.pump();
    assertThat(texts())
        .containsExactlyElementsOf(IntStream.range(0, 10).mapToObj(i -> "message " + i).toList());
  }

  @Test
  void whatIsKeptForAReceiverIsNotOverwrittenByOthers() throws PosixException {
    FakeMessageEnd otherFrom = new FakeMessageEnd();
    MessageDirection other =
        new MessageDirection(supplies, otherFrom, new FakeMessageEnd(), n -> {});
    to.hasRoomFor(0);
    from.arrives("kept", true, PLAIN);
    direction.pump();
    otherFrom.arrives("else", true, PLAIN);
    other.pump();
    to.hasRoomFor(1);
    direction.pump();

    assertThat(texts()).containsExactly("kept");
  }

  @Test
  void theEndIsPassedOnAfterTheLastMessage() throws PosixException {
    to.hasRoomFor(0);
    from.arrives("last", true, PLAIN);
    from.arrives(Nothing.END);
    direction.pump();
    assertThat(to.hasEnded()).isFalse();

    to.hasRoomFor(1);
    direction.pump();
    assertThat(texts()).containsExactly("last");
    assertThat(to.hasEnded()).isTrue();
    assertThat(direction.isDone()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {Errno.ESHUTDOWN, Errno.EPIPE})
  void whatComesForAReceiverThatHasShutDownIsDropped(int errno) throws PosixException {
    to.failsWith(errno);
    to.hasRoomFor(0);
    from.arrives("too late", true, PLAIN);
    from.arrives("later still", true, PLAIN);
    from.arrives(Nothing.END);
    direction.pump();

    assertThat(to.sent()).isEmpty();
    assertThat(from.waiting()).isZero();
    assertThat(direction.isDone()).isTrue();
  }

  @Test
  void aStreamThatTheReceiverHasNotBreaksTheConnection() {
    to.failsWith(Errno.EINVAL);
    from.arrives("lost", true, SPECIAL);

    assertThatThrownBy(direction::pump).isInstanceOf(PosixException.class);
  }

  @Test
  void aMessageThatTheSenderGivesUpIsNotMixedWithTheNext() throws PosixException {
    from.arrives("never finish", false, SPECIAL);
    from.arrives(Nothing.ABANDONED);
    from.arrives("next", true, PLAIN);
    direction.pump();

    assertThat(texts()).containsExactly("next");
    assertThat(to.sent()).extracting(FakeMessageEnd.Sent::info).containsExactly(PLAIN);
  }

  @Test
  void manyMessagesLeaveOthersTheirTurn() throws PosixException {
    for (int i = 0; i < 200; i++) {
      from.arrives("x", true, PLAIN);
    }

    assertThat(direction.pump()).as("there is more").isTrue();
    assertThat(from.waiting()).isPositive();
    pumpAll();
    assertThat(to.sent()).hasSize(200);
  }

  /** As the loop does, after others had their turn. */
  private void pumpAll() throws PosixException {
    boolean more = direction.pump();
    while (more) {
      more = direction.pump();
    }
  }

  private List<String> texts() {
    return to.sent().stream().map(FakeMessageEnd.Sent::content).toList();
  }

  private static String content(int bytes) {
    byte[] content = new byte[bytes];
    new Random(bytes).nextBytes(content);
    return new String(content, ISO_8859_1);
  }
}
