package dev.hairpin.proxy;

import dev.hairpin.proxy.posix.ConnectionSocket;
import dev.hairpin.proxy.posix.IpSocket;
import dev.hairpin.proxy.posix.SctpSocket;
import dev.hairpin.proxy.posix.TcpSocket;
import dev.hairpin.proxy.posix.UdpSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import jnr.ffi.LibraryLoader;

/**
 * The socket of another program, which goes on to hold it. As dockerd's own it blocks, and TCP's
 * has SO_REUSEADDR.
 */
final class BoundElsewhere implements AutoCloseable {
  private static final LibC LIBC = LibraryLoader.create(LibC.class).load("c");
  private static final int F_SETFL = 4;

  private final IpSocket socket;
  private boolean isOpen = true;

  /** What the other program does, and how a descriptor of it comes to be ours. */
  public interface LibC {
    int dup(int fd);

    int fcntl(int fd, int command, int argument);
  }

  private BoundElsewhere(IpSocket socket) {
    this.socket = socket;
  }

  static BoundElsewhere listening(String address) throws IOException {
    InetSocketAddress frontend = new InetSocketAddress(address, 0);
    return listening(shareable(frontend), frontend);
  }

  /** Where the kernel has SCTP. */
  static BoundElsewhere listeningForMessages(String address) throws IOException {
    InetSocketAddress frontend = new InetSocketAddress(address, 0);
    return listening(SctpSocket.open(frontend), frontend);
  }

  private static BoundElsewhere listening(ConnectionSocket socket, InetSocketAddress frontend)
      throws IOException {
    BoundElsewhere bound = bound(socket, frontend);
    socket.listen(128);
    return bound;
  }

  /** A TCP socket that doesn't listen. */
  static BoundElsewhere stream(String address) throws IOException {
    InetSocketAddress frontend = new InetSocketAddress(address, 0);
    return bound(shareable(frontend), frontend);
  }

  private static TcpSocket shareable(InetSocketAddress frontend) throws IOException {
    TcpSocket socket = TcpSocket.open(frontend);
    socket.reuseAddress(true);
    return socket;
  }

  static BoundElsewhere datagrams(String address) throws IOException {
    InetSocketAddress frontend = new InetSocketAddress(address, 0);
    return bound(UdpSocket.open(frontend), frontend);
  }

  private static BoundElsewhere bound(IpSocket socket, InetSocketAddress frontend)
      throws IOException {
    LIBC.fcntl(socket.fd(), F_SETFL, 0);
    if (Endpoints.isIpv6(frontend)) {
      socket.onlyIpv6();
    }
    socket.bind(frontend);
    return new BoundElsewhere(socket);
  }

  /** One more descriptor of it, for whoever takes it over. */
  int handedOver() {
    return LIBC.dup(socket.fd());
  }

  InetSocketAddress address() throws IOException {
    return socket.localAddress();
  }

  /** How many descriptors of this process lead to it. */
  long descriptors() throws IOException {
    Path own = Files.readSymbolicLink(Path.of("/proc/self/fd/" + socket.fd()));
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return all.filter(each -> own.equals(target(each))).count();
    }
  }

  /** Whether an epoll descriptor of this process waits for it (proc(5), fdinfo). */
  boolean isWatched() throws IOException {
    String inode = Files.readSymbolicLink(Path.of("/proc/self/fd/" + socket.fd())).toString();
    String watched = " ino:%x ".formatted(Long.parseLong(inode.replaceAll("[^0-9]", "")));
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fdinfo"))) {
      return all.flatMap(each -> lines(each).stream())
          .anyMatch(line -> line.startsWith("tfd:") && line.contains(watched));
    }
  }

  private static Path target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor);
    } catch (IOException closed) {
      return Path.of("");
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException closed) {
      return List.of();
    }
  }

  @Override
  public void close() throws IOException {
    if (isOpen) {
      isOpen = false;
      socket.close();
    }
  }
}
