package dev.hairpin.proxy;

import dev.hairpin.proxy.relay.LoopSupplies;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** What all ports of a proxy share: its settings, its sockets' kind, its event loops. */
final class Engine {
  private final ProxySettings settings;
  private final SocketFactory sockets;
  private final IoEventLoopGroup loops;
  private final Map<IoEventLoop, LoopSupplies> supplies = new ConcurrentHashMap<>();
  private final NamespaceThread namespaces = new NamespaceThread();
  private final Dialling dialling = new Dialling(namespaces);
  private final ConnectionLimit connections;
  private final Map<IoEventLoop, DatagramRoom> datagramRooms = new ConcurrentHashMap<>();
  private final Set<ListeningPort> ports = ConcurrentHashMap.newKeySet();

  Engine(ProxySettings settings) {
    this.settings = settings;
    this.sockets = SocketFactory.of(settings.polling());
    this.connections = new ConnectionLimit(settings.connections().max());
    this.loops =
        new MultiThreadIoEventLoopGroup(
            settings.threads(), new LoopThreads(), sockets.ioHandlers());
  }

  ProxySettings settings() {
    return settings;
  }

  SocketFactory sockets() {
    return sockets;
  }

  /** The loop for the next channel, in turn. */
  EventLoop nextLoop() {
    return loops.next();
  }

  /** The loop for the next socket that is not a Netty channel, in turn. */
  IoEventLoop nextIoLoop() {
    return loops.next();
  }

  /** The loop's room for datagrams; what it holds lasts until the next ones are received. */
  DatagramRoom datagramRoomOf(IoEventLoop loop) {
    return datagramRooms.computeIfAbsent(loop, any -> new DatagramRoom());
  }

  /** What the streams of a loop share. */
  LoopSupplies suppliesOf(IoEventLoop loop) {
    return supplies.computeIfAbsent(loop, any -> new LoopSupplies());
  }

  Dialling dialling() {
    return dialling;
  }

  /** Of all ports. */
  ConnectionLimit connections() {
    return connections;
  }

  /** Remembers a port that {@link #shutDown} has to close, until {@link #forget}. */
  <P extends ListeningPort> P remember(P port) {
    ports.add(port);
    return port;
  }

  void forget(ListeningPort port) {
    ports.remove(port);
  }

  /** Closes the ports that are left and ends the threads. */
  void shutDown() {
    List.copyOf(ports).forEach(ListeningPort::close);
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    supplies.values().forEach(LoopSupplies::close);
    namespaces.close();
  }
}
