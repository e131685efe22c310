package dev.hairpin.proxy;

import static java.util.Objects.requireNonNull;

import java.net.InetSocketAddress;

/**
 * The userland proxy of a whole host: any number of ports on a few threads.
 *
 * <p>Safe to use from any thread but its own event loops. A port is usable when {@link #open}
 * returns; the backend is not looked at before a client comes.
 */
public final class UserlandProxy implements AutoCloseable {
  /**
   * The most heap that a TCP connection takes, in bytes, however much it carries: all that waits is
   * in the kernel's buffers, but for a buffer of 64 KiB beside the heap while a receiver stalls.
   */
  public static final int HEAP_BYTES_OF_CONNECTION = 1024;

  private final Engine engine;

  private UserlandProxy(Engine engine) {
    this.engine = engine;
  }

  /**
   * Starts the threads; no port is open yet.
   *
   * @throws IllegalStateException if the settings ask for a polling that this machine hasn't
   */
  public static UserlandProxy start(ProxySettings settings) {
    return new UserlandProxy(new Engine(requireNonNull(settings, "settings")));
  }

  /**
   * Binds {@code frontend} and carries what arrives there to {@code backend}. An IPv6 frontend
   * takes no IPv4 traffic: {@code 0.0.0.0} and {@code ::} are two ports. The families of the two
   * ends may differ.
   *
   * @param frontend port 0 has the kernel choose one
   * @throws PortUnavailableException if the port can't be bound; nothing is left open
   * @throws IllegalArgumentException if the backend wants a header and this isn't TCP
   */
  public ListeningPort open(Transport transport, InetSocketAddress frontend, Backend backend)
      throws PortUnavailableException {
    Endpoints.requireResolved(frontend, "frontend");
    requireNonNull(backend, "backend");
    return switch (transport) {
      case TCP, SCTP -> ConnectionPort.open(engine, transport, frontend, backend);
      case UDP -> UdpPort.open(engine, frontend, backend);
    };
  }

  /**
   * Opens a port whose backend gets what the clients send, and nothing else. See the other {@link
   * #open(Transport, InetSocketAddress, Backend)}.
   */
  public ListeningPort open(
      Transport transport, InetSocketAddress frontend, InetSocketAddress backend)
      throws PortUnavailableException {
    return open(transport, frontend, Backend.at(backend));
  }

  /**
   * Carries what arrives on a socket that another program has bound to {@code frontend}, and for
   * TCP and SCTP listens on, as {@link #open} does. The other program may go on to hold the socket
   * as well: the port is free for others when both have closed it. It may be one that an earlier
   * process of ours had {@link ListeningPort#descriptor opened}. Its options stay as they are, but
   * calls on it no longer block, connections that it accepts are kept alive and not paced, and
   * datagrams say which address they were sent to and have more room to wait in. Only Netty's
   * native epoll can do this.
   *
   * @param descriptor of this process, and nobody else's from here on: it is closed with the port,
   *     or when this fails
   * @param frontend what the socket is said to be bound to
   * @throws PortUnavailableException if it is another socket, or can't be taken over
   */
  public ListeningPort adopt(
      Transport transport, int descriptor, InetSocketAddress frontend, Backend backend)
      throws PortUnavailableException {
    Endpoints.requireResolved(frontend, "frontend");
    requireNonNull(backend, "backend");
    return switch (transport) {
      case TCP, SCTP -> ConnectionPort.adopt(engine, transport, descriptor, frontend, backend);
      case UDP -> UdpPort.adopt(engine, descriptor, frontend, backend);
    };
  }

  /**
   * Binds {@code frontend} so that no other program can have it, and carries nothing: connections
   * are refused, datagrams dropped. A held port has no backend to change: {@link
   * ListeningPort#backend()} is the frontend, and {@link ListeningPort#retarget} throws {@link
   * IllegalStateException}.
   *
   * @param frontend with a port number; the kernel keeps no port that it chose itself for a socket
   *     that doesn't listen
   * @throws PortUnavailableException if the port can't be bound; nothing is left open
   */
  public ListeningPort hold(Transport transport, InetSocketAddress frontend)
      throws PortUnavailableException {
    Endpoints.requireResolved(frontend, "frontend");
    if (frontend.getPort() == 0) {
      throw new IllegalArgumentException("hold " + frontend + ": port 0 is outside 1-65535");
    }
    return HeldPort.open(engine, transport, frontend);
  }

  /** The limit of open files (RLIMIT_NOFILE) that so many ports need, whatever they carry. */
  public static long filesFor(int ports) {
    return DescriptorLimit.filesFor(ports);
  }

  /** Closes every port and ends the threads. Closing twice is harmless. */
  @Override
  public void close() {
    engine.shutDown();
  }
}
