package dev.hairpin.agent.proxies;

import dev.hairpin.agent.posix.Posix;
import dev.hairpin.proxy.Backend;
import dev.hairpin.proxy.ListeningPort;
import dev.hairpin.proxy.PortUnavailableException;
import dev.hairpin.proxy.PortUnavailableException.Reason;
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

  /**
   * Makes a port of a socket that is bound to {@code frontend} already.
   *
   * @param descriptor nobody else's from here on; closed when this fails
   * @throws PortUnavailableException if it can't be used here; it may still have to be let go of by
   *     others before the port can be opened
   */
  default ListeningPort adopt(
      Transport transport, int descriptor, InetSocketAddress frontend, Backend backend)
      throws PortUnavailableException {
    Posix.system().close(descriptor);
    throw new PortUnavailableException(
        transport, frontend, Reason.OTHER, "it is to be held, and not served");
  }

  /** Carries what arrives, or only keeps others from the port when the kernel does it all. */
  static PortOpener of(UserlandProxy proxy, ProxyMode mode) {
    return switch (mode) {
      case USERLAND -> new Relaying(proxy);
      case HAIRPIN -> KeptPort.opener(proxy);
    };
  }

  /** Has the proxy carry what arrives. */
  record Relaying(UserlandProxy proxy) implements PortOpener {
    @Override
    public ListeningPort open(Transport transport, InetSocketAddress frontend, Backend backend)
        throws PortUnavailableException {
      return proxy.open(transport, frontend, backend);
    }

    @Override
    public ListeningPort adopt(
        Transport transport, int descriptor, InetSocketAddress frontend, Backend backend)
        throws PortUnavailableException {
      return proxy.adopt(transport, descriptor, frontend, backend);
    }
  }
}
