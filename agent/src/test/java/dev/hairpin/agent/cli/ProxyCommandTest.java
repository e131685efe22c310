package dev.hairpin.agent.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs {@code hairpin proxy} in a process of its own where it begins to listen. */
class ProxyCommandTest {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
  private static final int PATIENCE_MILLIS = 10_000;
  private static final String CONTAINER = "-container-ip 192.0.2.1 -container-port 80";

  private final List<Process> started = new ArrayList<>();

  @AfterEach
  void endProcesses() {
    started.forEach(Process::destroyForcibly);
    started.forEach(process -> process.onExit().join());
  }

  @Test
  void bytesOfATcpConnectionArriveAndTheAnswerComesBack() throws IOException {
    try (ServerSocket backend = new ServerSocket(0, 1, LOOPBACK)) {
      int port = portOfNobody();
      Process proxy = proxy("tcp", port, backend.getLocalPort());

      assertThat(proxy.errorReader(UTF_8).readLine())
          .isEqualTo("proxying 127.0.0.1:" + port + "/tcp to 127.0.0.1:" + backend.getLocalPort());
      try (Socket client = new Socket(LOOPBACK, port);
          Socket server = backend.accept()) {
        client.setSoTimeout(PATIENCE_MILLIS);
        server.setSoTimeout(PATIENCE_MILLIS);
        say(client, "hello");
        say(server, "good day");
        assertThat(lineOf(server)).isEqualTo("hello");
        assertThat(lineOf(client)).isEqualTo("good day");
      }
    }
  }

  @Test
  void theBackendIsToldByTheProxyProtocolWhoAsks() throws IOException {
    try (ServerSocket backend = new ServerSocket(0, 1, LOOPBACK)) {
      int port = portOfNobody();
      Process proxy = proxy("tcp", port, backend.getLocalPort(), "--proxy-protocol", "v1");

      assertThat(proxy.errorReader(UTF_8).readLine()).startsWith("proxying ");
      try (Socket client = new Socket(LOOPBACK, port);
          Socket server = backend.accept()) {
        server.setSoTimeout(PATIENCE_MILLIS);
        assertThat(lineOf(server))
            .isEqualTo("PROXY TCP4 127.0.0.1 127.0.0.1 " + client.getLocalPort() + " " + port);
      }
    }
  }

  @Test
  void datagramsArriveAndTheAnswerComesBack() throws IOException {
    try (DatagramSocket backend = new DatagramSocket(0, LOOPBACK);
        DatagramSocket client = new DatagramSocket(0, LOOPBACK)) {
      backend.setSoTimeout(PATIENCE_MILLIS);
      client.setSoTimeout(PATIENCE_MILLIS);
      int port = portOfNobody();
      Process proxy = proxy("udp", port, backend.getLocalPort());
      assertThat(proxy.errorReader(UTF_8).readLine()).startsWith("proxying ").contains("/udp to ");

      client.send(new DatagramPacket("hello".getBytes(UTF_8), 5, LOOPBACK, port));
      DatagramPacket asked = received(backend);
      backend.send(new DatagramPacket("good day".getBytes(UTF_8), 8, asked.getSocketAddress()));

      assertThat(text(asked)).isEqualTo("hello");
      assertThat(text(received(client))).isEqualTo("good day");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"INT", "TERM"})
  void aSignalEndsItWellAndGivesThePortBack(String signal)
      throws IOException, InterruptedException {
    int port = portOfNobody();
    Process proxy = proxy("tcp", port, 9);
    BufferedReader said = proxy.errorReader(UTF_8);
    assertThat(said.readLine()).startsWith("proxying ");

    new ProcessBuilder("kill", "-" + signal, Long.toString(proxy.pid())).start().waitFor();

    assertThat(proxy.waitFor(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)).isTrue();
    assertThat(proxy.exitValue()).isZero();
    assertThat(said.readLine()).isNull();
    new ServerSocket(port, 1, LOOPBACK).close();
  }

  @Test
  void aPortInUseIsSaidWithItsHolder() throws IOException {
    try (ServerSocket holder = new ServerSocket(0, 1, LOOPBACK)) {
      Said said =
          run(
              "-proto",
              "tcp",
              "-host-ip",
              "127.0.0.1",
              "-host-port",
              Integer.toString(holder.getLocalPort()),
              "-container-ip",
              "192.0.2.1",
              "-container-port",
              "80");

      assertThat(said.exitCode()).isEqualTo(1);
      assertThat(said.err())
          .startsWith(
              "hairpin: proxy 127.0.0.1:"
                  + holder.getLocalPort()
                  + "/tcp: address already in use by java")
          .endsWith(" (pid " + ProcessHandle.current().pid() + ")\n")
          .hasLineCount(1);
    }
  }

  @Test
  void anAddressThatThisHostHasNotIsImpossible() {
    Said said = run("--host-ip=192.0.2.77 --host-port=8080 " + CONTAINER);

    assertThat(said.exitCode()).isEqualTo(2);
    assertThat(said.err())
        .isEqualTo(
            "hairpin: proxy 192.0.2.77:8080/tcp: cannot assign requested address; \"ip address\""
                + " shows those that this host has\n");
  }

  @Test
  void aSocketThatDockerdPassesIsNotAskedFor() {
    Said said = run("-host-port 8080 -use-listen-fd " + CONTAINER);

    assertThat(said.exitCode()).isEqualTo(2);
    assertThat(said.err()).hasLineCount(1).endsWith("leave out -use-listen-fd\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-host-port 8080",
        "-host-port 8080 -container-ip web -container-port 80",
        "-host-port 8080 -container-ip 192.0.2.1 -container-port 0",
        "-host-port 65536 " + CONTAINER,
        "-host-port http " + CONTAINER,
        "-host-port +80 " + CONTAINER,
        "-hostport 8080 " + CONTAINER,
        "-host-port 8080 -host-port 8081 " + CONTAINER,
        "-host-ip localhost -host-port 8080 " + CONTAINER,
        "-proto icmp -host-port 8080 " + CONTAINER,
        "--dial-namespace no-such-namespace -host-port 8080 " + CONTAINER,
        "--dial-namespace /dev/null -host-port 8080 " + CONTAINER,
        "--proxy-protocol v3 -host-port 8080 " + CONTAINER,
        "--proxy-protocol v2 -proto udp -host-port 8080 " + CONTAINER,
        "--proxy-protocol v2 -proto sctp -host-port 8080 " + CONTAINER,
        "-host-port 8080 extra " + CONTAINER
      })
  void badInputIsOneLineAndExitCodeTwo(String arguments) {
    Said said = run(arguments);

    assertThat(said.exitCode()).isEqualTo(2);
    assertThat(said.err()).startsWith("hairpin: ").hasLineCount(1);
  }

  private record Said(int exitCode, String err) {}

  private static Said run(String arguments) {
    return run(arguments.split(" "));
  }

  private static Said run(String... arguments) {
    StringWriter err = new StringWriter();
    List<String> line = new ArrayList<>(List.of("proxy"));
    line.addAll(List.of(arguments));
    int exitCode =
        Hairpin.commandLine()
            .setErr(new PrintWriter(err, true))
            .execute(line.toArray(String[]::new));
    return new Said(exitCode, err.toString());
  }

  private Process proxy(String protocol, int hostPort, int containerPort, String... more)
      throws IOException {
    List<String> line =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Hairpin.class.getName(),
                "proxy",
                "-proto",
                protocol,
                "-host-ip",
                "127.0.0.1",
                "-host-port",
                Integer.toString(hostPort),
                "-container-ip",
                "127.0.0.1",
                "-container-port",
                Integer.toString(containerPort)));
    line.addAll(List.of(more));
    Process process = new ProcessBuilder(line).start();
    started.add(process);
    return process;
  }

  /** It was free a moment ago. */
  private static int portOfNobody() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, LOOPBACK)) {
      return socket.getLocalPort();
    }
  }

  private static void say(Socket socket, String line) throws IOException {
    socket.getOutputStream().write((line + "\n").getBytes(UTF_8));
  }

  private static String lineOf(Socket socket) throws IOException {
    return new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8)).readLine();
  }

  private static DatagramPacket received(DatagramSocket socket) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[100], 100);
    socket.receive(packet);
    return packet;
  }

  private static String text(DatagramPacket packet) {
    return new String(packet.getData(), 0, packet.getLength(), UTF_8);
  }
}
