package dev.hairpin.proxy;

import dev.hairpin.proxy.posix.Datagram;
import dev.hairpin.proxy.posix.PosixException;
import dev.hairpin.proxy.posix.PosixSocket;
import dev.hairpin.proxy.posix.ReplyPath;
import io.netty.channel.IoEventLoop;
import io.netty.util.concurrent.Future;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A UDP port and its flows, one for each client. All of it lives on one event loop; other threads
 * only submit to it.
 *
 * <p>Without SO_REUSEADDR: unlike TCP's, two UDP sockets that both have it share a port.
 */
final class UdpPort implements ListeningPort {
  private static final Logger log = LoggerFactory.getLogger(UdpPort.class);

  /** Datagrams taken in one turn of the loop, so that one port doesn't starve the others. */
  static final int BUDGET = 64;

  private final Engine engine;
  private final IoEventLoop loop;
  private final DatagramEndpoint endpoint;
  private final InetSocketAddress frontend;
  private final Datagram datagram;
  private final TrafficMeter meter = new TrafficMeter();
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile InetSocketAddress backend;

  /** By client, the one that was idle longest first. */
  private final Map<InetSocketAddress, UdpFlow> flows = new LinkedHashMap<>(16, 0.75f, true);

  /** The next look for idle flows, if there are flows. */
  private Future<?> nextSweep;

  private boolean backendFailed;

  private UdpPort(
      Engine engine,
      IoEventLoop loop,
      DatagramEndpoint endpoint,
      InetSocketAddress frontend,
      InetSocketAddress backend) {
    this.engine = engine;
    this.loop = loop;
    this.endpoint = endpoint;
    this.frontend = frontend;
    this.datagram = engine.datagramOf(loop);
    this.backend = backend;
  }

  static UdpPort open(Engine engine, InetSocketAddress frontend, InetSocketAddress backend)
      throws PortUnavailableException {
    try {
      DatagramEndpoint endpoint = engine.sockets().datagramFor(frontend);
      return engine.remember(bound(engine, endpoint, frontend, backend));
    } catch (PosixException | UncheckedIOException e) {
      throw BindFailures.of(Transport.UDP, frontend, e);
    }
  }

  private static UdpPort bound(
      Engine engine,
      DatagramEndpoint endpoint,
      InetSocketAddress frontend,
      InetSocketAddress backend)
      throws PosixException {
    try {
      PosixSocket socket = endpoint.socket();
      if (Endpoints.isIpv6(frontend)) {
        socket.onlyIpv6();
      }
      socket.reportLocalAddress(frontend);
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
  static UdpPort adopt(
      Engine engine, int descriptor, InetSocketAddress frontend, InetSocketAddress backend)
      throws PortUnavailableException {
    return InheritedSocket.adopt(
        descriptor,
        Transport.UDP,
        frontend,
        socket -> {
          socket.reportLocalAddress(frontend);
          DatagramEndpoint endpoint = engine.sockets().datagramOn(socket);
          return engine.remember(watching(engine, endpoint, frontend, backend));
        });
  }

  private static UdpPort watching(
      Engine engine,
      DatagramEndpoint endpoint,
      InetSocketAddress frontend,
      InetSocketAddress backend) {
    UdpPort port = new UdpPort(engine, engine.nextIoLoop(), endpoint, frontend, backend);
    port.loop
        .submit(() -> endpoint.watch(port.loop, port::receiveFromClients))
        .awaitUninterruptibly();
    return port;
  }

  /** Forwards what clients have sent. On the loop only. */
  void receiveFromClients() {
    for (int taken = 0; taken < BUDGET && !closed.get(); taken++) {
      try {
        if (!endpoint.socket().receive(datagram)) {
          return;
        }
        forward(datagram.replyPath());
      } catch (PosixException e) {
        log.debug("receive on {}: {}", this, e.getMessage());
      }
    }
  }

  private void forward(ReplyPath path) {
    UdpFlow known = flows.get(path.client());
    Optional<UdpFlow> flow = known == null ? openFlow(path.client()) : Optional.of(known);
    flow.ifPresent(f -> f.forward(datagram, path));
  }

  private Optional<UdpFlow> openFlow(InetSocketAddress client) {
    if (flows.size() >= engine.settings().maxUdpFlows()) {
      endLongestIdle();
    }
    InetSocketAddress target = backend;
    meter.accepted();
    try {
      UdpFlow flow = UdpFlow.open(this, client, target);
      flows.put(client, flow);
      backendFailed = false;
      log.debug("{} carries {} to {}", this, Endpoints.text(client), Endpoints.text(target));
      sweepLater();
      return Optional.of(flow);
    } catch (PosixException | UncheckedIOException e) {
      meter.refused();
      meter.ended();
      reportFailure(client, target, e);
      return Optional.empty();
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
    log.debug("{} has {} flows: ended {}", this, engine.settings().maxUdpFlows(), oldest);
  }

  /** Marks the client's flow as the one that was used last. */
  void touched(InetSocketAddress client) {
    flows.get(client);
  }

  private void sweepLater() {
    if (nextSweep == null) {
      long interval = engine.settings().udpSweep().toNanos();
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

  PosixSocket socket() {
    return endpoint.socket();
  }

  Datagram datagram() {
    return datagram;
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
  public InetSocketAddress backend() {
    return backend;
  }

  /**
   * Flows to the backend before end: its address may be another container's by now, which must not
   * get datagrams that weren't meant for it.
   */
  TrafficMeter meter() {
    return meter;
  }

  @Override
  public Traffic traffic() {
    return meter.traffic();
  }

  @Override
  public void retarget(InetSocketAddress other) {
    InetSocketAddress before = backend;
    backend = Endpoints.requireResolved(other, "backend");
    if (!other.equals(before) && !closed.get()) {
      log.debug("{} now leads to {}", this, Endpoints.text(other));
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
