package dev.hairpin.it.bench;

import static org.awaitility.Awaitility.await;

import dev.hairpin.it.world.Command;
import dev.hairpin.it.world.Namespace;
import dev.hairpin.it.world.World;
import dev.hairpin.proxy.Transport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Where the contenders run: a host, and a container on a bridge of it that answers. There are no
 * firewall rules in either, so nothing but the contender carries what clients on the host send.
 */
final class Course implements AutoCloseable {
  static final String LOOPBACK = "127.0.0.1";
  static final String CONTAINER = "172.18.0.2";

  /** Ports of the container. */
  static final int HTTP = 80;

  static final int IPERF = 5201;
  static final int SINK = 9000;

  private static final String BRIDGE = "docker1";
  private static final int FIRST_FRONTEND = 7001;

  private final World world;
  private final Namespace container;
  private final int connections;
  private int frontend = FIRST_FRONTEND;

  private Course(World world, Namespace container, int connections) {
    this.world = world;
    this.container = container;
    this.connections = connections;
  }

  /** Makes it, for so many connections by a port at once. */
  static Course make(int connections) {
    World world = World.create();
    try {
      Namespace host = world.host();
      for (String link :
          List.of(
              "link add " + BRIDGE + " type bridge",
              "address add 172.18.0.1/16 dev " + BRIDGE,
              "link set " + BRIDGE + " up")) {
        host.command("ip").and(link.split(" ", -1)).run();
      }
      // Short connections would use up the ports of one client otherwise.
      host.command("sysctl", "-qw", "net.ipv4.tcp_tw_reuse=1")
          .and("net.ipv4.ip_local_port_range=12000 65000")
          .run();
      Namespace container = world.onBridge("c", BRIDGE, CONTAINER + "/16", "172.18.0.1");
      Course course = new Course(world, container, connections);
      course.inhabit();
      return course;
    } catch (RuntimeException | Error e) {
      world.close();
      throw e;
    }
  }

  World world() {
    return world;
  }

  Namespace host() {
    return world.host();
  }

  Namespace container() {
    return container;
  }

  private void inhabit() {
    Path configuration = written("responder.cfg", HaProxyConfiguration.responder());
    container
        .command("haproxy", "-db", "-f", configuration.toString())
        .startLoggingTo(log("responder"));
    container.command("iperf3", "-s", "-p", Integer.toString(IPERF)).startLoggingTo(log("iperf3"));
    awaitListener(CONTAINER, HTTP);
    awaitListener(CONTAINER, IPERF);
  }

  /** Opens a way to that port of the container, and returns when the way can be used. */
  Relay open(Contender contender, Transport transport, int backend) {
    Relay relay = begin(contender, transport, backend);
    if (relay.process().isPresent() && transport == Transport.TCP) {
      awaitListener(relay.address(), relay.port());
    }
    return relay;
  }

  /** The same, and returns at once. */
  Relay begin(Contender contender, Transport transport, int backend) {
    int port = frontend++;
    List<String> options = Contender.options(transport, port, backend);
    Optional<Command> command =
        switch (contender) {
          case Contender.Hairpin ours -> Optional.of(Contender.hairpinProxy(options));
          case Contender.HairpinInside ours ->
              Optional.of(
                  Contender.hairpinProxy(options)
                      .and("--dial-namespace", container.file().toString()));
          case Contender.DockerProxy theirs -> Optional.of(theirs.command().and(options));
          case Contender.HaProxy haproxy -> Optional.of(haproxy(port, backend));
          case Contender.Direct nothing -> Optional.empty();
        };
    return command
        .map(each -> new Relay(contender, LOOPBACK, port, Optional.of(start(each))))
        .orElseGet(() -> new Relay(contender, CONTAINER, backend, Optional.empty()));
  }

  private Command haproxy(int port, int backend) {
    Path configuration =
        written("haproxy-" + port + ".cfg", HaProxyConfiguration.relay(connections, port, backend));
    return Command.of("haproxy", "-db", "-f", configuration.toString());
  }

  /** Starts a program on the host. It is ended with this, if not before. */
  Process start(Command command) {
    return host()
        .command()
        .and(command.argv())
        .withAll(command.environment())
        .startLoggingTo(log("host"));
  }

  private void awaitListener(String address, int port) {
    await("a listener on " + address + ":" + port)
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> host().call(() -> isListening(address, port)));
  }

  private static boolean isListening(String address, int port) throws IOException {
    try (Socket socket = new Socket(address, port)) {
      return socket.isConnected();
    } catch (ConnectException e) {
      return false;
    }
  }

  private Path log(String name) {
    return world.directory().resolve(name + ".log");
  }

  private Path written(String name, String text) {
    try {
      return Files.writeString(world.directory().resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    world.close();
  }
}
