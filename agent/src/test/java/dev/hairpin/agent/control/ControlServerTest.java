package dev.hairpin.agent.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hairpin.agent.ConfigurationException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class ControlServerTest {
  private static final Duration PATIENCE = Duration.ofMillis(400);
  private static final Response DONE = new Response.Done(List.of("done"));

  @TempDir private Path parent;
  private final List<Request> asked = new CopyOnWriteArrayList<>();
  private Path directory;
  private Path socket;
  private ControlServer server;
  private volatile boolean isBroken;

  @BeforeEach
  void start() throws IOException {
    directory = parent.resolve("run");
    socket = directory.resolve("control.sock");
    server = ControlServer.start(directory, "control.sock", this::answer, PATIENCE);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  private Response answer(Request request) {
    asked.add(request);
    if (request instanceof Request.ListRules && isBroken) {
      throw new IllegalStateException("what nobody foresaw");
    }
    return DONE;
  }

  @Test
  void everyRequestArrivesAsItWasSent() throws Exception {
    List<Request> requests =
        List.of(
            new Request.Publish("ns\n1", "80:80", "v2"),
            new Request.Unpublish("ns1", "\u001b[2J"),
            new Request.ListPorts(),
            new Request.ListRules(),
            new Request.GetStatus(),
            new Request.Stop(true));
    for (Request request : requests) {
      assertThat(client().ask(request)).isEqualTo(DONE);
    }

    assertThat(asked).isEqualTo(requests);
  }

  @Test
  void whoeverAsksIsToldAlsoOfWhatNobodyForesaw() throws Exception {
    isBroken = true;

    assertThat(client().ask(new Request.ListRules()))
        .isInstanceOfSatisfying(
            Response.Refused.class,
            refused -> {
              assertThat(refused.text()).contains("what nobody foresaw");
              assertThat(refused.badInput()).isFalse();
            });
  }

  @Test
  void onlyTheOwnerMayComeIn() throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
        .isEqualTo("rw-------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
        .isEqualTo("rwx------");
  }

  @Test
  void whatIsNoRequestIsRefusedAndChangesNothing() throws IOException {
    for (String line :
        List.of(
            "",
            "null",
            "[]",
            "{}",
            "hello",
            "{\"request\":\"format-disk\"}",
            "{\"request\":\"publish\"}",
            "{\"request\":\"ps\"} {}",
            "{\"request\":\"stop\",\"teardown\":true,\"more\":1}")) {
      assertThat(say(line + "\n")).as(line).contains("\"refused\"").contains("\"badInput\":true");
    }
    assertThat(asked).isEmpty();
  }

  @Test
  void aLineWithoutEndIsCutOff() throws IOException {
    assertThat(say("x".repeat(ControlMessages.MAX_REQUEST_BYTES + 1)))
        .contains("longer than 16384 bytes");
  }

  @Test
  void whoSaysNothingIsHungUpOnAndDelaysNobody() throws Exception {
    try (SocketChannel silent = connect()) {
      assertThat(client().ask(new Request.ListPorts())).isEqualTo(DONE);

      assertThat(silent.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    }
  }

  @Test
  void anAgentThatIsNotThereIsNotAskedButNamed() throws Exception {
    ControlClient nobody = new ControlClient(parent.resolve("other/control.sock"), PATIENCE);

    assertThat(nobody.askIfRunning(new Request.ListPorts())).isEmpty();
    assertThatThrownBy(() -> nobody.ask(new Request.ListPorts()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("nobody listens there; start it with \"hairpin agent\"");
  }

  @Test
  void anAgentThatFallsSilentIsNotWaitedForForEver() throws Exception {
    CountDownLatch released = new CountDownLatch(1);
    ControlService mute =
        request -> {
          try {
            released.await(10, TimeUnit.SECONDS);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return DONE;
        };
    try (ControlServer silent =
        ControlServer.start(parent.resolve("mute"), "control.sock", mute, PATIENCE)) {
      ControlClient client =
          new ControlClient(parent.resolve("mute/control.sock"), Duration.ofMillis(200));
      assertThatThrownBy(() -> client.ask(new Request.ListPorts()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("no answer within");
      released.countDown();
      assertThat(silent).isNotNull();
    }
  }

  @Test
  void aSocketThatAKilledAgentLeftIsReplaced() throws Exception {
    Path other = parent.resolve("killed");
    Files.createDirectories(other);
    Files.createFile(other.resolve("control.sock"));
    try (ControlServer next = ControlServer.start(other, "control.sock", this::answer, PATIENCE)) {
      assertThat(next).isNotNull();
      assertThat(
              new ControlClient(other.resolve("control.sock"), PATIENCE)
                  .ask(new Request.ListPorts()))
          .isEqualTo(DONE);
    }
    assertThat(other.resolve("control.sock")).doesNotExist();
  }

  private ControlClient client() {
    return new ControlClient(socket, Duration.ofSeconds(5));
  }

  private SocketChannel connect() throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(socket));
    return channel;
  }

  private String say(String text) throws IOException {
    try (SocketChannel channel = connect()) {
      channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
      return ControlMessages.readLine(channel, 100_000);
    }
  }
}
