package dev.hairpin.proxy;

import dev.hairpin.proxy.posix.DatagramBatch;
import dev.hairpin.proxy.posix.PosixException;
import dev.hairpin.proxy.posix.ReplyPath;
import dev.hairpin.proxy.posix.UdpSocket;
import io.netty.channel.IoEventLoop;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A UDP port and its flows. All of it lives on one event loop; other threads only submit to it.
 *
 * <p>A flow is what one client sends to one of our addresses, and the answers. An answer doesn't
 * say which datagram it is for, but it comes to the flow's socket, and leaves from that flow's
 * address. So a client that uses two addresses in turn is answered from each for it, and has two
 * ports as the backend sees it, as with DNAT.
 *
 * <p>Datagrams are taken and sent many at a time, each as it was: recvmmsg(2), and for a flow's
 * datagrams of a batch one sendmmsg(2), where those of one size share a message that the kernel
 * cuts (UDP_SEGMENT) and what comes joined stays joined (UDP_GRO). Through loopback on two busy
 * cores, with 64 and 1400 bytes, a datagram takes 1.0 to 1.9 µs of CPU time in the proxy, without
 * UDP_SEGMENT 1.9 to 2.6 µs (docker-proxy: 2.4 to 3.9 µs), and 350,000 a second of one client
 * arrive without loss (docker-proxy: 75,000). One that a client sent joined with others takes 0.5
 * to 1.0 µs, without UDP_GRO 1.2 to 1.7 µs. A socket that another program opened never gets
 * UDP_GRO: whoever else reads it may not expect joined datagrams.
 *
 * <p>Without SO_REUSEADDR: unlike TCP's, two UDP sockets that both have it share a port.
 */
final class UdpPort implements ListeningPort {
  private static final Logger log = LoggerFactory.getLogger(UdpPort.class);

  /** Batches taken in one turn of the loop, so that one port doesn't starve the others. */
  static final int BATCHES = 2;

  /**
   * What the kernel is asked to keep, each way, for the port's socket and for each flow's, while
   * the loop is busy: 2 MiB, which the kernel doubles for its own bookkeeping. That is about 5,000
   * datagrams of 64 bytes or 1,800 of 1400; its default is a twentieth. It is memory only while
   * datagrams wait.
   */
  static final int BUFFER_BYTES = 2 << 20;

  private final Engine engine;
  private final IoEventLoop loop;
  private final DatagramEndpoint endpoint;
  private final InetSocketAddress frontend;
  private final DatagramRoom room;
  private final TrafficMeter meter = new TrafficMeter();
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile Backend backend;

  /** By the way their replies go, the one that was idle longest first. */
  private final Map<ReplyPath, UdpFlow> flows = new LinkedHashMap<>(16, 0.75f, true);

  /** By message of the batch in hand; null when it is sent, or dropped. */
  private final UdpFlow[] flowOf = new UdpFlow[DatagramBatch.MESSAGES];

  /** The next look for idle flows, if there are flows. */
  private Future<?> nextSweep;

  private boolean backendFailed;

  private UdpPort(
      Engine engine,
      IoEventLoop loop,
      DatagramEndpoint endpoint,
      InetSocketAddress frontend,
      Backend backend) {
    this.engine = engine;
    this.loop = loop;
    this.endpoint = endpoint;
    this.frontend = frontend;
    this.room = engine.datagramRoomOf(loop);
    this.backend = backend;
  }

  static UdpPort open(Engine engine, InetSocketAddress frontend, Backend backend)
      throws PortUnavailableException {
    backend.requireCarriedBy(Transport.UDP, frontend);
    try {
      DatagramEndpoint endpoint = engine.sockets().datagramFor(frontend);
      return engine.remember(bound(engine, endpoint, frontend, backend));
    } catch (PosixException | UncheckedIOException e) {
      throw BindFailures.of(Transport.UDP, frontend, e);
    }
  }

  private static UdpPort bound(
      Engine engine, DatagramEndpoint endpoint, InetSocketAddress frontend, Backend backend)
      throws PosixException {
    try {
      UdpSocket socket = endpoint.socket();
      DescriptorLimit.requireRoomBeside(socket);
      if (Endpoints.isIpv6(frontend)) {
        socket.onlyIpv6();
      }
      socket.reportLocalAddress(frontend);
      socket.keepAtLeast(BUFFER_BYTES);
      socket.takeJoined();
      socket.bind(frontend);
      return watching(engine, endpoint, socket.localAddress(), backend);
    } catch (PosixException e) {
      endpoint.close();
      throw e;
    }
  }

  /**
   * Takes datagrams from a socket that another program has bound.
   *
   * @param descriptor this port's from here on, also when there is none
   */
  static UdpPort adopt(Engine engine, int descriptor, InetSocketAddress frontend, Backend backend)
      throws PortUnavailableException {
    return InheritedSocket.adopt(
        UdpSocket.of(descriptor),
        Transport.UDP,
        frontend,
        socket -> {
          socket.reportLocalAddress(frontend);
          socket.keepAtLeast(BUFFER_BYTES);
          DatagramEndpoint endpoint = engine.sockets().datagramOn(socket);
          return engine.remember(watching(engine, endpoint, frontend, backend));
        });
  }

  private static UdpPort watching(
      Engine engine, DatagramEndpoint endpoint, InetSocketAddress frontend, Backend backend) {
    UdpPort port = new UdpPort(engine, engine.nextIoLoop(), endpoint, frontend, backend);
    port.loop
        .submit(() -> endpoint.watch(port.loop, port::receiveFromClients))
        .awaitUninterruptibly();
    return port;
  }

  /** Forwards what clients have sent. On the loop only. */
  void receiveFromClients() {
    for (int batch = 0; batch < BATCHES && !closed.get(); batch++) {
      try {
        int received = endpoint.socket().receive(room.received());
        forward(received);
        if (received < DatagramBatch.MESSAGES) {
          return;
        }
      } catch (PosixException e) {
        log.debug("receive on {}: {}", this, e.getMessage());
      }
    }
  }

  private void forward(int received) {
    for (int message = 0; message < received; message++) {
      flowOf[message] = isAsBefore(message) ? flowOf[message - 1] : flowFor(message);
    }
    sendOn(received);
  }

  private boolean isAsBefore(int message) {
    return message > 0 && room.received().haveSamePath(message - 1, message);
  }

  /** The flow of a message's client; null if there can't be one. */
  private UdpFlow flowFor(int message) {
    ReplyPath path = room.received().replyPath(message);
    UdpFlow known = flows.get(path);
    if (known == null && flows.size() >= engine.settings().udp().max()) {
      // The flow that ends may have datagrams among those before.
      sendOn(message);
      endLongestIdle();
    }
    return known == null ? openFlow(path) : known;
  }

  /** Sends the messages before this one, each flow's together and in order. */
  private void sendOn(int end) {
    for (int message = 0; message < end; message++) {
      if (flowOf[message] != null) {
        sendOn(flowOf[message], message, end);
      }
    }
  }

  private void sendOn(UdpFlow flow, int first, int end) {
    Outlet outlet = flow.toBackend();
    outlet.start();
    for (int message = first; message < end; message++) {
      if (flowOf[message] == flow) {
        outlet.add(message);
        flowOf[message] = null;
      }
    }
    outlet.flush();
  }

  private UdpFlow openFlow(ReplyPath path) {
    Backend target = backend;
    meter.accepted();
    try {
      UdpFlow flow = UdpFlow.open(this, path, target);
      flows.put(path, flow);
      backendFailed = false;
      log.debug("{} carries {}", this, flow);
      sweepLater();
      return flow;
    } catch (IOException | UncheckedIOException e) {
      meter.refused();
      meter.ended();
      reportFailure(path.client(), target.address(), e);
      return null;
    }
  }

  /** Once, until a flow opens again: clients repeat themselves. */
  private void reportFailure(InetSocketAddress client, InetSocketAddress target, Exception e) {
    if (!backendFailed) {
      backendFailed = true;
      log.warn(
          "connect backend {} for {} (client {}): {}",
          Endpoints.text(target),
          this,
          Endpoints.text(client),
          KernelWords.of(e));
    }
  }

  private void endLongestIdle() {
    Iterator<UdpFlow> oldestFirst = flows.values().iterator();
    UdpFlow oldest = oldestFirst.next();
    oldestFirst.remove();
    oldest.close();
    log.debug("{} has {} flows: ended {}", this, engine.settings().udp().max(), oldest);
  }

  /** Marks the flow as the one that was used last. */
  void touched(ReplyPath path) {
    flows.get(path);
  }

  private void sweepLater() {
    if (nextSweep == null) {
      long interval = engine.settings().udp().sweep().toNanos();
      nextSweep = loop.schedule(this::sweep, interval, TimeUnit.NANOSECONDS);
    }
  }

  private void sweep() {
    nextSweep = null;
    Iterator<UdpFlow> oldestFirst = flows.values().iterator();
    while (oldestFirst.hasNext()) {
      UdpFlow flow = oldestFirst.next();
      if (!flow.isIdle()) {
        break;
      }
      oldestFirst.remove();
      flow.close();
      log.debug("{} ended idle {}", this, flow);
    }
    if (!flows.isEmpty()) {
      sweepLater();
    }
  }

  private void endFlows() {
    flows.values().forEach(UdpFlow::close);
    flows.clear();
    backendFailed = false;
  }

  /** Flows that are open. Not on the loop. */
  int flowCount() {
    return loop.submit(flows::size).awaitUninterruptibly().getNow();
  }

  Engine engine() {
    return engine;
  }

  IoEventLoop loop() {
    return loop;
  }

  UdpSocket socket() {
    return endpoint.socket();
  }

  DatagramRoom room() {
    return room;
  }

  @Override
  public Transport transport() {
    return Transport.UDP;
  }

  @Override
  public InetSocketAddress frontend() {
    return frontend;
  }

  @Override
  public Backend backend() {
    return backend;
  }

  TrafficMeter meter() {
    return meter;
  }

  @Override
  public Traffic traffic() {
    return meter.traffic();
  }

  @Override
  public OptionalInt descriptor() {
    return endpoint.descriptor();
  }

  /**
   * Flows to the backend before end: its address may be another container's by now, which must not
   * get datagrams that weren't meant for it.
   */
  @Override
  public void retarget(Backend other) {
    Backend before = backend;
    backend = other.requireCarriedBy(Transport.UDP, frontend);
    if (!other.equals(before) && !closed.get()) {
      log.debug("{} now leads to {}", this, other);
      loop.submit(this::endFlows).awaitUninterruptibly();
    }
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      loop.submit(this::closeOnLoop).awaitUninterruptibly();
      endpoint.awaitReleased();
      engine.forget(this);
    }
  }

  private void closeOnLoop() {
    endFlows();
    if (nextSweep != null) {
      nextSweep.cancel(false);
    }
    endpoint.close();
  }

  @Override
  public String toString() {
    return Endpoints.text(Transport.UDP, frontend);
  }
}
