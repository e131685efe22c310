package dev.hairpin.agent.proxies;

import dev.hairpin.proxy.Backend;
import dev.hairpin.proxy.ListeningPort;
import dev.hairpin.proxy.PortUnavailableException;
import dev.hairpin.proxy.Transport;
import dev.hairpin.proxy.UserlandProxy;
import dev.hairpin.rules.binding.ProxyMode;
import java.net.InetSocketAddress;

/** Takes a host port: to relay what arrives on it, or only to keep others from it. */
public interface PortOpener {
  /**
   * Binds {@code frontend}. When this returns, nobody else can bind it.
   *
   * @throws PortUnavailableException if it can't be bound; nothing is left open
   */
  ListeningPort open(Transport transport, InetSocketAddress frontend, Backend backend)
      throws PortUnavailableException;

  /** Carries what arrives, or only keeps others from the port when the kernel does it all. */
  static PortOpener of(UserlandProxy proxy, ProxyMode mode) {
    return switch (mode) {
      case USERLAND -> proxy::open;
      case HAIRPIN -> KeptPort.opener(proxy);
    };
  }
}
