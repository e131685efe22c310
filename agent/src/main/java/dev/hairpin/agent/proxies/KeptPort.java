package dev.hairpin.agent.proxies;

import dev.hairpin.proxy.Backend;
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
  private volatile Backend backend;

  private KeptPort(ListeningPort held, Backend backend) {
    this.held = held;
    this.backend = backend;
  }

  /** Takes ports to keep them. */
  static PortOpener opener(UserlandProxy proxy) {
    return (transport, frontend, backend) -> keep(proxy, transport, frontend, backend);
  }

  private static ListeningPort keep(
      UserlandProxy proxy, Transport transport, InetSocketAddress frontend, Backend backend)
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
  public Backend backend() {
    return backend;
  }

  @Override
  public Traffic traffic() {
    return held.traffic();
  }

  @Override
  public void retarget(Backend next) {
    backend = next;
  }

  @Override
  public void close() {
    held.close();
  }
}
