package dev.hairpin.it.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import dev.hairpin.agent.posix.RulesetCounter;
import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.Namespace;
import dev.hairpin.it.world.PeerServer;
import dev.hairpin.it.world.World;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A host that publishes ports of a namespace, which answers HTTP, and a client outside. */
final class NamespacePorts implements AutoCloseable {
  /** The port of the namespace that says who asks. */
  static final int SAYING_WHO = 8080;

  private static final int CONNECT_MILLIS = 50;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final World world;
  private final Namespace ns1;
  private final AgentProcess agent;

  private NamespacePorts(World world, Namespace ns1, AgentProcess agent) {
    this.world = world;
    this.ns1 = ns1;
    this.agent = agent;
  }

  static NamespacePorts make(String layout) {
    World world = World.create();
    Namespace ns1 = world.ns1();
    // Short connections would use up the ports of one client, and the table of connections.
    world
        .outside()
        .command("sysctl", "-qw", "net.ipv4.tcp_tw_reuse=1")
        .and("net.ipv4.ip_local_port_range=12000 65000")
        .run();
    world.inhabitedBy(PeerServer.in(ns1).tcp(SAYING_WHO));
    Path configuration = world.directory().resolve("responder.cfg");
    try {
      Files.writeString(configuration, HaProxyConfiguration.responder());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    ns1.command("haproxy", "-db", "-f", configuration.toString())
        .startLoggingTo(world.directory().resolve("responder.log"));
    AgentProcess agent = AgentProcess.unwatched(world, "--no-docker", "--layout", layout);
    world
        .host()
        .command("sysctl", "-qw", "net.netfilter.nf_conntrack_tcp_timeout_time_wait=2")
        .run();
    return new NamespacePorts(world, ns1, agent);
  }

  /** Seconds that the command takes, after which the ports are served. */
  double publish(String ports) {
    long begin = System.nanoTime();
    agent.hairpin("publish", ns1.name(), ports).within(PATIENCE).run();
    return (System.nanoTime() - begin) / 1e9;
  }

  void unpublish(String ports) {
    agent.hairpin("unpublish", ns1.name(), ports).within(PATIENCE).run();
  }

  /** New connections in a second from outside to that port of the host. */
  double connections(int port, int clients, int seconds) {
    return Wrk.closing(world.outside(), World.HOST_4, port, clients, seconds).rate();
  }

  double pssMiB() {
    return ProcessCost.pssMiB(agent.pid());
  }

  /** Flushes all rules, and returns the seconds until the namespace sees who asks again. */
  double flushed(int port) {
    awaitClientSeen(port);
    long begin = System.nanoTime();
    world.host().command("nft", "flush", "ruleset").run();
    awaitClientSeen(port);
    return (System.nanoTime() - begin) / 1e9;
  }

  /** The proxy answers meanwhile, under the bridge's address. */
  private void awaitClientSeen(int port) {
    await("a connection by DNAT")
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(2))
        .until(() -> world.outside().call(() -> isClientSeen(port)));
  }

  private static boolean isClientSeen(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(World.HOST_4, port), CONNECT_MILLIS);
      socket.setSoTimeout(CONNECT_MILLIS);
      return new String(socket.getInputStream().readAllBytes(), UTF_8)
          .endsWith("sees " + World.OUTSIDE_4);
    } catch (IOException notYet) {
      return false;
    }
  }

  /**
   * What the agent takes to start again over what is in force.
   *
   * @param seconds until its first pass is done and it can be asked
   * @param transactions that it made in the kernel
   */
  record Start(double seconds, long transactions) {}

  Start restart() {
    agent.stop();
    long before = transactions();
    long begin = System.nanoTime();
    agent.launch();
    await("the agent")
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5))
        .until(this::canBeAsked);
    return new Start((System.nanoTime() - begin) / 1e9, transactions() - before);
  }

  private long transactions() {
    return world.host().call(RulesetCounter::now).orElseThrow();
  }

  private boolean canBeAsked() {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return channel.connect(
          UnixDomainSocketAddress.of(AgentProcess.runDirectory(world).resolve("control.sock")));
    } catch (IOException notYet) {
      return false;
    }
  }

  @Override
  public void close() {
    world.close();
  }
}
