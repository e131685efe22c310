package dev.hairpin.agent.standin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.hairpin.agent.proxies.PortHolder;
import dev.hairpin.agent.proxies.PortOpener;
import dev.hairpin.agent.proxies.ProxyPool;
import dev.hairpin.proxy.ProxySettings;
import dev.hairpin.proxy.UserlandProxy;
import dev.hairpin.proxy.posix.IpSocket;
import dev.hairpin.proxy.posix.TcpSocket;
import dev.hairpin.proxy.posix.UdpSocket;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.binding.ProxyHeader;
import dev.hairpin.rules.binding.ProxyMode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The script and a socket that dockerd has bound, with real sockets. */
@Timeout(60)
class PassedSocketsTest {
  private static final Path SCRIPT = Path.of("bin/docker-proxy").toAbsolutePath();
  private static final InetSocketAddress ANY_PORT = local(0);
  private static final int PATIENCE_MILLIS = 20_000;

  @TempDir private Path runDirectory;
  private final List<ProxyWithSocket> started = new ArrayList<>();
  private Path directory;
  private UserlandProxy proxy;
  private ProxyPool ports;
  private StandIns standIns;
  private ServerSocket container;

  @BeforeEach
  void start() throws IOException {
    directory = runDirectory.resolve("docker-proxy");
    container = new ServerSocket();
    container.setSoTimeout(PATIENCE_MILLIS);
    container.bind(ANY_PORT);
    startAgent();
  }

  private void startAgent() throws IOException {
    proxy = UserlandProxy.start(ProxySettings.defaults());
    ports = new ProxyPool(PortOpener.of(proxy, ProxyMode.USERLAND), PortHolder::new);
    standIns =
        StandIns.start(
            directory,
            ports,
            PassedSockets.servedBy(proxy),
            () -> Thread.ofVirtual().start(this::decide),
            Duration.ofMillis(200));
    decide();
  }

  /** As a pass does. */
  private void decide() {
    ports.retargetOpen(
        standIns.claims().stream()
            .map(Claim::binding)
            .map(binding -> binding.with(ProxyHeader.NONE))
            .toList());
  }

  private void endAgent() throws IOException {
    standIns.close();
    proxy.close();
  }

  @AfterEach
  void end() throws IOException {
    started.forEach(ProxyWithSocket::close);
    endAgent();
    container.close();
  }

  @Test
  void aListeningSocketIsServedUntilTheStandInEnds() throws Exception {
    IpSocket socket = listening();
    InetSocketAddress port = socket.localAddress();
    String inode = linkOf(socket);
    ProxyWithSocket standIn = standIn("tcp", port, socket);

    assertThat(standIn.answer()).isEqualTo("0\n");
    assertThat(ask(port)).isEqualTo("hello");
    assertThat(ask(port)).isEqualTo("hello");
    assertThat(standIns.claims()).hasSize(1);
    assertThat(descriptorsTo(inode)).isEqualTo(1);

    assertThat(standIn.stop()).isZero();
    assertThatThrownBy(() -> connect(port)).isInstanceOf(ConnectException.class);
    assertThat(descriptorsTo(inode)).isZero();
    assertThat(leftFiles()).containsExactly("agent", "wake");
  }

  @Test
  void aBoundUdpSocketIsServedToo() throws Exception {
    UdpSocket socket = UdpSocket.open(ANY_PORT);
    socket.bind(ANY_PORT);
    InetSocketAddress port = socket.localAddress();
    try (DatagramSocket backend = new DatagramSocket(ANY_PORT);
        DatagramSocket client = new DatagramSocket(ANY_PORT)) {
      backend.setSoTimeout(PATIENCE_MILLIS);
      int containerPort = backend.getLocalPort();
      ProxyWithSocket standIn = standIn("udp", port, socket, containerPort);
      assertThat(standIn.answer()).isEqualTo("0\n");

      client.send(new DatagramPacket(new byte[] {'?'}, 1, port));
      backend.receive(new DatagramPacket(new byte[9], 9));

      assertThat(standIn.stop()).isZero();
    }
    new DatagramSocket(port).close();
  }

  /** Nobody else can have the port in between, and who comes then is served later. */
  @Test
  void anAgentThatStartsAgainTakesTheSocketAgain() throws Exception {
    IpSocket socket = listening();
    InetSocketAddress port = socket.localAddress();
    ProxyWithSocket standIn = standIn("tcp", port, socket);
    assertThat(standIn.answer()).isEqualTo("0\n");
    endAgent();
    try (Socket patient = connect(port)) {
      startAgent();
      serveOne();
      assertThat(new String(patient.getInputStream().readAllBytes(), UTF_8)).isEqualTo("hello");
    }

    assertThat(ask(port)).isEqualTo("hello");
    assertThat(standIn.stop()).isZero();
    assertThatThrownBy(() -> connect(port)).isInstanceOf(ConnectException.class);
  }

  @Test
  void withoutAnAgentThePortIsFreeWhenTheStandInEnds() throws Exception {
    IpSocket socket = listening();
    InetSocketAddress port = socket.localAddress();
    ProxyWithSocket standIn = standIn("tcp", port, socket);
    assertThat(standIn.answer()).isEqualTo("0\n");
    endAgent();

    assertThat(standIn.stop()).isZero();

    assertThatThrownBy(() -> connect(port)).isInstanceOf(ConnectException.class);
    startAgent();
    assertThat(standIns.claims()).isEmpty();
  }

  @Test
  void aStandInThatIsKilledLosesItsPort() throws Exception {
    IpSocket socket = listening();
    InetSocketAddress port = socket.localAddress();
    String inode = linkOf(socket);
    ProxyWithSocket standIn = standIn("tcp", port, socket);
    assertThat(standIn.answer()).isEqualTo("0\n");

    standIn.kill();

    await().atMost(Duration.ofSeconds(5)).until(() -> descriptorsTo(inode) == 0);
    assertThatThrownBy(() -> connect(port)).isInstanceOf(ConnectException.class);
  }

  @Test
  void aSocketOfAnotherPortIsRefused() throws Exception {
    IpSocket socket = listening();
    InetSocketAddress port = socket.localAddress();
    String inode = linkOf(socket);
    InetSocketAddress other = local(port.getPort() ^ 1);

    ProxyWithSocket standIn = standIn("tcp", other, socket);

    assertThat(standIn.answer())
        .startsWith("1\nlisten tcp4 127.0.0.1:" + other.getPort() + ": ")
        .endsWith("the socket that was handed over is bound to 127.0.0.1:" + port.getPort());
    assertThat(standIn.exitStatus()).isEqualTo(1);
    assertThat(descriptorsTo(inode)).isZero();
    assertThat(leftFiles()).containsExactly("agent", "wake");
  }

  @Test
  void aTcpSocketIsNotTakenForSctp() throws Exception {
    ProxyWithSocket standIn = standIn("sctp", local(9), listening());

    assertThat(standIn.answer())
        .startsWith("1\nlisten sctp 127.0.0.1:9: ")
        .endsWith("the socket that was handed over is no listening SCTP socket");
    assertThat(standIn.exitStatus()).isEqualTo(1);
  }

  private static InetSocketAddress local(int port) {
    return new InetSocketAddress(IpAddress.parse("127.0.0.1").inet(), port);
  }

  /** As dockerd's: it blocks, and can be bound beside connections in TIME_WAIT. */
  private static IpSocket listening() throws IOException {
    TcpSocket socket = TcpSocket.open(ANY_PORT);
    socket.reuseAddress(true);
    socket.bind(ANY_PORT);
    socket.listen(128);
    return socket;
  }

  private ProxyWithSocket standIn(String protocol, InetSocketAddress port, IpSocket socket)
      throws IOException {
    return standIn(protocol, port, socket, container.getLocalPort());
  }

  private ProxyWithSocket standIn(
      String protocol, InetSocketAddress port, IpSocket socket, int containerPort)
      throws IOException {
    ProxyWithSocket standIn =
        ProxyWithSocket.start(
            socket,
            runDirectory.resolve("answer"),
            Map.of("HAIRPIN_RUN_DIR", runDirectory.toString()),
            List.of(
                SCRIPT.toString(),
                "-proto",
                protocol,
                "-host-ip",
                port.getAddress().getHostAddress(),
                "-host-port",
                Integer.toString(port.getPort()),
                "-container-ip",
                "127.0.0.1",
                "-container-port",
                Integer.toString(containerPort),
                "-use-listen-fd"));
    started.add(standIn);
    return standIn;
  }

  private String ask(InetSocketAddress port) throws IOException {
    try (Socket client = connect(port)) {
      serveOne();
      return new String(client.getInputStream().readAllBytes(), UTF_8);
    }
  }

  private void serveOne() throws IOException {
    try (Socket served = container.accept()) {
      served.getOutputStream().write("hello".getBytes(UTF_8));
    }
  }

  private static Socket connect(InetSocketAddress port) throws IOException {
    Socket socket = new Socket();
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.connect(port, PATIENCE_MILLIS);
    return socket;
  }

  private static String linkOf(IpSocket socket) throws IOException {
    return Files.readSymbolicLink(Path.of("/proc/self/fd/" + socket.fd())).toString();
  }

  /** How many descriptors this process has of a socket. */
  private static long descriptorsTo(String link) throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return all.filter(each -> leadsTo(each, link)).count();
    }
  }

  private static boolean leadsTo(Path descriptor, String link) {
    try {
      return Files.readSymbolicLink(descriptor).toString().equals(link);
    } catch (IOException closed) {
      return false;
    }
  }

  private List<String> leftFiles() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
