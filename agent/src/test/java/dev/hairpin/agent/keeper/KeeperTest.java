package dev.hairpin.agent.keeper;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.common.base.Splitter;
import dev.hairpin.agent.posix.ProcessIdentity;
import dev.hairpin.agent.proxies.BackendNamespaces;
import dev.hairpin.agent.proxies.DialFrom;
import dev.hairpin.agent.proxies.PortHolder;
import dev.hairpin.agent.proxies.PortOpener;
import dev.hairpin.agent.proxies.ProxyPool;
import dev.hairpin.proxy.ProxySettings;
import dev.hairpin.proxy.UserlandProxy;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.binding.HostPort;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.binding.Publisher;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Agents' sockets one after the other, with real sockets and processes. */
@Timeout(60)
class KeeperTest {
  private static final IpAddress LOOPBACK = IpAddress.parse("127.0.0.1");
  private static final int PATIENCE_MILLIS = 20_000;

  @TempDir private Path runDirectory;
  private ServerSocket container;
  private Keeper keeper;
  private UserlandProxy proxy;
  private ProxyPool ports;

  @BeforeEach
  void start() throws IOException {
    container = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    container.setSoTimeout(PATIENCE_MILLIS);
    startAgent(ProxyMode.USERLAND);
  }

  private void startAgent(ProxyMode mode) {
    keeper = Keeper.open(runDirectory);
    proxy = UserlandProxy.start(ProxySettings.defaults());
    ports =
        new ProxyPool(
            PortOpener.of(proxy, mode),
            PortHolder::new,
            new BackendNamespaces(DialFrom.BRIDGE),
            keeper);
  }

  private void endAgent() {
    proxy.close();
    keeper.close();
  }

  @AfterEach
  void end() throws IOException {
    endAgent();
    Keeper.end(runDirectory);
    container.close();
  }

  @Test
  void whoComesWhileThereIsNoAgentIsServedByTheNext() throws Exception {
    PortBinding web = tcp(freePort());
    assertThat(ports.openAll(List.of(web))).isEmpty();
    endAgent();
    try (Socket patient = connect(web)) {
      startAgent(ProxyMode.USERLAND);
      assertThat(ports.openAll(List.of(web))).isEmpty();
      assertThat(served(patient)).isEqualTo("hello");
    }
    assertThat(ask(web)).isEqualTo("hello");
  }

  @Test
  void datagramsWaitForTheNextAgent() throws Exception {
    try (DatagramSocket backend = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        DatagramSocket client = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      backend.setSoTimeout(PATIENCE_MILLIS);
      PortBinding dns = binding(Protocol.UDP, LOOPBACK, freePort(), backend.getLocalPort());
      assertThat(ports.openAll(List.of(dns))).isEmpty();
      endAgent();

      InetSocketAddress to = address(dns);
      client.send(new DatagramPacket(new byte[] {'?'}, 1, to));
      startAgent(ProxyMode.USERLAND);
      assertThat(ports.openAll(List.of(dns))).isEmpty();

      backend.receive(new DatagramPacket(new byte[9], 9));
    }
  }

  @Test
  void thousandPortsAreServedOn() throws Exception {
    List<PortBinding> many = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      IpAddress own = IpAddress.parse("127.1." + i / 250 + "." + (1 + i % 250));
      many.add(binding(Protocol.TCP, own, 9, container.getLocalPort()));
    }
    assertThat(ports.openAll(many)).isEmpty();
    ports.closeAllExcept(many.subList(0, 900));
    endAgent();
    startAgent(ProxyMode.USERLAND);

    assertThat(keeper.kept()).hasSize(900);
    assertThat(ports.openAll(many.subList(0, 900))).isEmpty();
    assertThat(ask(many.get(1))).isEqualTo("hello");
    assertThat(ask(many.get(899))).isEqualTo("hello");
    assertThatThrownBy(() -> connect(many.get(900))).isInstanceOf(ConnectException.class);
  }

  @Test
  void aPortThatIsClosedIsFreeAtOnce() throws Exception {
    PortBinding web = tcp(freePort());
    ports.openAll(List.of(web));

    ports.close(web.hostPort());

    new ServerSocket(web.hostPort().port(), 1, LOOPBACK.inet()).close();
  }

  @Test
  void whatNobodyWantsAnyMoreIsClosedAfterTheFirstPass() throws Exception {
    PortBinding wanted = tcp(freePort());
    PortBinding unwanted = tcp(freePort());
    ports.openAll(List.of(wanted, unwanted));
    endAgent();
    startAgent(ProxyMode.USERLAND);
    ports.openAll(List.of(wanted));
    connect(unwanted).close();

    ports.closeAllExcept(List.of(wanted));

    assertThatThrownBy(() -> connect(unwanted)).isInstanceOf(ConnectException.class);
    assertThat(keeper.kept()).containsExactly(wanted.hostPort());
    assertThat(ask(wanted)).isEqualTo("hello");
  }

  @Test
  void aSocketThatIsInTheWayOfAnotherAddressGoes() throws Exception {
    int port = freePort();
    PortBinding everywhere = binding(Protocol.TCP, IpAddress.ANY_IPV4, port, 9);
    ports.openAll(List.of(everywhere));
    endAgent();
    startAgent(ProxyMode.USERLAND);

    PortBinding here = tcp(port);
    assertThat(ports.openAll(List.of(here))).isEmpty();

    assertThat(ask(here)).isEqualTo("hello");
    assertThat(keeper.kept()).containsExactly(here.hostPort());
  }

  @Test
  void anAgentThatOnlyHoldsPortsRefusesConnectionsToThoseThatWereServed() throws Exception {
    PortBinding web = tcp(freePort());
    ports.openAll(List.of(web));
    endAgent();
    startAgent(ProxyMode.HAIRPIN);

    assertThat(ports.openAll(List.of(web))).isEmpty();

    assertThatThrownBy(() -> connect(web)).isInstanceOf(ConnectException.class);
    assertThat(keeper.kept()).isEmpty();
  }

  @Test
  void anotherProcessTakesThePlaceOfOneThatIsKilled() throws Exception {
    PortBinding web = tcp(freePort());
    ports.openAll(List.of(web));
    ProcessIdentity first = recorded();
    ProcessHandle.of(first.pid()).orElseThrow().destroyForcibly();

    await("another keeper")
        .atMost(Duration.ofSeconds(20))
        .until(() -> Files.exists(record()) && !recorded().equals(first) && recorded().isAlive());
    assertThat(Path.of("/proc/" + first.pid())).doesNotExist();
    endAgent();
    connect(web).close();
    startAgent(ProxyMode.USERLAND);
    assertThat(keeper.kept()).containsExactly(web.hostPort());
  }

  @Test
  void theKeeperHasNothingElseOfTheAgents() throws Exception {
    ports.openAll(List.of(tcp(freePort())));
    Path process = Path.of("/proc/" + recorded().pid());

    try (Stream<Path> descriptors = Files.list(process.resolve("fd"))) {
      assertThat(descriptors).hasSize(3 + Keeper.SLOTS);
    }
    assertThat(Files.readSymbolicLink(process.resolve("cwd"))).isEqualTo(Path.of("/"));
    assertThat(process.resolve("fd/2").toRealPath()).isEqualTo(Path.of("/dev/null"));
    // Fields of /proc/PID/stat after the name: state, parent, group, session.
    String stat = Files.readString(process.resolve("stat"));
    String session = Splitter.on(' ').splitToList(stat.substring(stat.lastIndexOf(')') + 2)).get(3);
    assertThat(session).isEqualTo(Long.toString(recorded().pid()));
  }

  @Test
  void nothingStaysWhereNothingIsKept() throws Exception {
    PortBinding web = tcp(freePort());
    ports.openAll(List.of(web));
    ProcessIdentity process = recorded();
    ports.close(web.hostPort());

    keeper.close();

    assertThat(process.isAlive()).isFalse();
    assertThat(record()).doesNotExist();
  }

  @Test
  void atTheEndPortsAreFreeAndTheProcessIsGone() throws Exception {
    PortBinding web = tcp(freePort());
    ports.openAll(List.of(web));
    ProcessIdentity process = recorded();
    endAgent();
    assertThatThrownBy(() -> bind(web)).isInstanceOf(BindException.class);

    assertThat(Keeper.end(runDirectory)).isEqualTo(1);

    bind(web);
    assertThat(process.isAlive()).isFalse();
    assertThat(record()).doesNotExist();
    assertThat(Keeper.end(runDirectory)).isZero();
  }

  @Test
  void aRecordThatNamesAnotherProcessHarmsNobody() throws Exception {
    ProcessIdentity self = ProcessIdentity.of(ProcessHandle.current().pid()).orElseThrow();
    for (String text :
        List.of(
            self + " 128", self.toString(), "1-1 4", "", "-1-5\n", "../../etc", "x".repeat(9999))) {
      Files.writeString(record(), text);
      assertThat(Keeper.end(runDirectory)).as(text).isZero();
      assertThat(record()).doesNotExist();
    }
  }

  /** As it says by itself where it is from, a copied record leads nowhere. */
  @Test
  void theKeeperOfAnotherRunDirectoryIsLeftAlone(@TempDir Path other) throws Exception {
    PortBinding web = tcp(freePort());
    ports.openAll(List.of(web));
    Files.copy(record(), other.resolve("keeper"));

    assertThat(Keeper.end(other)).isZero();

    assertThat(recorded().isAlive()).isTrue();
    connect(web).close();
  }

  private Path record() {
    return runDirectory.resolve("keeper");
  }

  private ProcessIdentity recorded() throws IOException {
    return ProcessIdentity.parse(
            Splitter.on(' ').splitToList(Files.readString(record())).getFirst())
        .orElseThrow();
  }

  private PortBinding tcp(int port) {
    return binding(Protocol.TCP, LOOPBACK, port, container.getLocalPort());
  }

  private static PortBinding binding(Protocol protocol, IpAddress address, int port, int to) {
    return new PortBinding(
        new HostPort(protocol, address, port),
        LOOPBACK,
        to,
        new Publisher.Namespace("ns1"),
        port + ":80");
  }

  private static int freePort() throws IOException {
    try (ServerSocket chosen = new ServerSocket(0, 1, LOOPBACK.inet())) {
      return chosen.getLocalPort();
    }
  }

  private static InetSocketAddress address(PortBinding binding) {
    return new InetSocketAddress(binding.hostPort().address().inet(), binding.hostPort().port());
  }

  private static void bind(PortBinding binding) throws IOException {
    new ServerSocket(binding.hostPort().port(), 1, binding.hostPort().address().inet()).close();
  }

  private static Socket connect(PortBinding binding) throws IOException {
    Socket socket = new Socket();
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.connect(address(binding), PATIENCE_MILLIS);
    return socket;
  }

  private String ask(PortBinding binding) throws IOException {
    try (Socket client = connect(binding)) {
      return served(client);
    }
  }

  private String served(Socket client) throws IOException {
    try (Socket backend = container.accept()) {
      backend.getOutputStream().write("hello".getBytes(UTF_8));
    }
    return new String(client.getInputStream().readAllBytes(), UTF_8);
  }
}
