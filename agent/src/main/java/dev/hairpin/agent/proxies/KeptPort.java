package dev.hairpin.agent.proxies;

import dev.hairpin.proxy.ListeningPort;
import dev.hairpin.proxy.PortUnavailableException;
import dev.hairpin.proxy.Traffic;
import dev.hairpin.proxy.Transport;
import dev.hairpin.proxy.UserlandProxy;
import java.net.InetSocketAddress;

/**
 * A port that is kept from others while the kernel alone carries its packets. It remembers where
 * they go, as a relayed port does.
 */
final class KeptPort implements ListeningPort {
  private final ListeningPort held;
  private volatile InetSocketAddress backend;

  private KeptPort(ListeningPort held, InetSocketAddress backend) {
    this.held = held;
    this.backend = backend;
  }

  /** Takes ports to keep them. */
  static PortOpener opener(UserlandProxy proxy) {
    return (transport, frontend, backend) -> keep(proxy, transport, frontend, backend);
  }

  private static ListeningPort keep(
      UserlandProxy proxy,
      Transport transport,
      InetSocketAddress frontend,
      InetSocketAddress backend)
      throws PortUnavailableException {
    return new KeptPort(proxy.hold(transport, frontend), backend);
  }

  @Override
  public Transport transport() {
    return held.transport();
  }

  @Override
  public InetSocketAddress frontend() {
    return held.frontend();
  }

  @Override
  public InetSocketAddress backend() {
    return backend;
  }

  @Override
  public Traffic traffic() {
    return held.traffic();
  }

  @Override
  public void retarget(InetSocketAddress next) {
    backend = next;
  }

  @Override
  public void close() {
    held.close();
  }
}
