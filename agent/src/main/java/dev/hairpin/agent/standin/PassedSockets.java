package dev.hairpin.agent.standin;

import dev.hairpin.agent.posix.Posix;
import dev.hairpin.agent.posix.ProcessIdentity;
import dev.hairpin.agent.proxies.PortOpener;
import dev.hairpin.proxy.Backend;
import dev.hairpin.proxy.ListeningPort;
import dev.hairpin.proxy.PortUnavailableException;
import dev.hairpin.proxy.PortUnavailableException.Reason;
import dev.hairpin.proxy.Transport;
import dev.hairpin.proxy.UserlandProxy;
import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * The sockets that dockerd 28 and later bind themselves and pass to their proxies. A stand-in keeps
 * its own open as long as it lives, so each agent can take it anew and the port is nobody else's in
 * between.
 */
@FunctionalInterface
public interface PassedSockets {
  /** How to have a port of the socket behind a descriptor of that stand-in. */
  PortOpener of(ProcessIdentity standIn, int descriptor);

  /** Has the proxy serve a duplicate of the socket. Needs the right to look into the stand-in. */
  static PassedSockets servedBy(UserlandProxy proxy) {
    return (standIn, descriptor) ->
        (transport, frontend, backend) ->
            serve(proxy, standIn, descriptor, transport, frontend, backend);
  }

  private static ListeningPort serve(
      UserlandProxy proxy,
      ProcessIdentity standIn,
      int descriptor,
      Transport transport,
      InetSocketAddress frontend,
      Backend backend)
      throws PortUnavailableException {
    int duplicate;
    try (Posix.Held process = Posix.system().hold(standIn.pid())) {
      if (!standIn.isAlive()) {
        throw new IOException("docker-proxy " + standIn.pid() + " has ended");
      }
      duplicate = process.duplicateOf(descriptor);
    } catch (IOException e) {
      throw new PortUnavailableException(transport, frontend, Reason.OTHER, e.getMessage());
    }
    return proxy.adopt(transport, duplicate, frontend, backend);
  }
}
