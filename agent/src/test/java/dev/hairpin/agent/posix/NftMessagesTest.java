package dev.hairpin.agent.posix;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class NftMessagesTest {
  private static final int NEW_TABLE = 0x0a00;
  private static final int NEW_GENERATION = 0x0a0f;

  @Test
  void theProgramThatEndedATransactionIsNamed() {
    ByteBuffer datagram = datagram();
    put(datagram, NEW_TABLE, "");
    put(datagram, NEW_GENERATION, generation(7) + pid(4711) + name("nft\0"));

    assertThat(writers(datagram.flip())).containsExactly(new RuleWriter("nft", 4711, 42));
  }

  @Test
  void severalTransactionsMayBeToldAtOnce() {
    ByteBuffer datagram = datagram();
    put(datagram, NEW_GENERATION, pid(1) + name("nft\0"));
    put(datagram, NEW_GENERATION, pid(2) + name("iptables-restor\0"));

    assertThat(writers(datagram.flip()))
        .extracting(RuleWriter::toString)
        .containsExactly("nft (pid 1)", "iptables-restor (pid 2)");
  }

  /** Before Linux 4.16 nobody was named. */
  @Test
  void aGenerationWithoutAProcessNamesNobody() {
    ByteBuffer datagram = datagram();
    put(datagram, NEW_GENERATION, generation(7));

    assertThat(NftMessages.transactions(datagram.flip())).containsExactly(Optional.empty());
  }

  @Test
  void aNameCannotBreakTheLine() {
    ByteBuffer datagram = datagram();
    put(datagram, NEW_GENERATION, pid(1) + name("a\nb\u001b[2J\u00ff\0"));

    assertThat(writers(datagram.flip())).extracting(RuleWriter::name).containsExactly("a?b?[2J?");
  }

  @Property
  void whatWasCutOffNamesNobodyElse(@ForAll @IntRange(max = 60) int length) {
    ByteBuffer datagram = datagram();
    put(datagram, NEW_GENERATION, pid(1) + name("nft\0"));
    datagram.flip().limit(Math.min(length, datagram.limit()));

    assertThat(writers(datagram)).isSubsetOf(new RuleWriter("nft", 1, 42));
  }

  @Property
  void nothingMakesItFail(@ForAll @Size(max = 200) byte[] bytes) {
    assertThatCode(() -> writers(ByteBuffer.wrap(bytes))).doesNotThrowAnyException();
  }

  /** Whatever the lengths of its attributes claim. */
  @Property
  void noAttributeMakesItFail(@ForAll @Size(max = 60) byte[] attributes) {
    ByteBuffer datagram = datagram();
    put(datagram, NEW_GENERATION, HexFormat.of().formatHex(attributes));

    assertThatCode(() -> writers(datagram.flip())).doesNotThrowAnyException();
  }

  private static List<RuleWriter> writers(ByteBuffer datagram) {
    return NftMessages.transactions(datagram).stream().flatMap(Optional::stream).toList();
  }

  private static ByteBuffer datagram() {
    return ByteBuffer.allocate(1024).order(ByteOrder.nativeOrder());
  }

  /** A message with a header of 16 bytes, 4 that name the family, and these attributes. */
  private static void put(ByteBuffer datagram, int type, String attributes) {
    byte[] bytes = HexFormat.of().parseHex(attributes);
    datagram.putInt(20 + bytes.length).putShort((short) type).putShort((short) 0);
    datagram.putInt(1).putInt(42).putInt(0).put(bytes);
    datagram.position((datagram.position() + 3) / 4 * 4);
  }

  private static String generation(int number) {
    return attribute(1, ByteBuffer.allocate(4).putInt(number).array());
  }

  private static String pid(int number) {
    return attribute(2, ByteBuffer.allocate(4).putInt(number).array());
  }

  private static String name(String text) {
    return attribute(3, text.getBytes(ISO_8859_1));
  }

  private static String attribute(int type, byte[] value) {
    ByteBuffer bytes = ByteBuffer.allocate((4 + value.length + 3) / 4 * 4);
    bytes.order(ByteOrder.nativeOrder());
    bytes.putShort((short) (4 + value.length)).putShort((short) type).put(value);
    return HexFormat.of().formatHex(bytes.array());
  }
}
