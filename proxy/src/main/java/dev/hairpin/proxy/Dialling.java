package dev.hairpin.proxy;

import dev.hairpin.proxy.posix.Errno;
import dev.hairpin.proxy.posix.PosixException;
import dev.hairpin.proxy.relay.StreamOpener;
import io.netty.channel.IoEventLoop;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;

/** How backends are dialled: over the bridge as docker-proxy does, or from within. */
final class Dialling {
  private static final List<String> LOOPBACKS = List.of("127.0.0.1", "::1");

  private final NamespaceThread namespaces;

  Dialling(NamespaceThread namespaces) {
    this.namespaces = namespaces;
  }

  /** The addresses of a backend, in the order in which they are tried. */
  static List<InetSocketAddress> addresses(Backend backend) {
    InetSocketAddress own = backend.address();
    if (backend.namespace().isEmpty()) {
      return List.of(own);
    }
    // Its own first: from 127.0.0.1 comes only what the container itself has sent, some believe.
    return List.of(
        own,
        new InetSocketAddress(LOOPBACKS.getFirst(), own.getPort()),
        new InetSocketAddress(LOOPBACKS.getLast(), own.getPort()));
  }

  /** What opens the sockets of connections to it. */
  StreamOpener opener(Backend backend) {
    return new StreamOpener() {
      @Override
      public <S> void open(Opening<S> opening, IoEventLoop loop, Answer<S> answer) {
        Dialling.this.open(
            backend, opening::open, loop, answer::opened, why -> answer.failed(asPosix(why)));
      }
    };
  }

  /**
   * Opens something for a backend where that is dialled from. Never blocks.
   *
   * @param loop where one of the two is told, at once or later
   */
  <T> void open(
      Backend backend,
      NamespaceThread.Opening<T> opening,
      EventExecutor loop,
      Consumer<T> opened,
      Consumer<IOException> failed) {
    if (backend.namespace().isPresent()) {
      namespaces.inside(
          backend.namespace().get(),
          opening,
          result -> loop.execute(() -> opened.accept(result)),
          why -> loop.execute(() -> failed.accept(why)));
      return;
    }
    T result;
    try {
      result = opening.open();
    } catch (IOException e) {
      failed.accept(e);
      return;
    }
    opened.accept(result);
  }

  private static PosixException asPosix(IOException why) {
    return why instanceof PosixException e ? e : new PosixException("socket", Errno.EIO);
  }

  /**
   * Opens something in the backend's namespace, and waits for it: some ten microseconds of two
   * system calls by a thread that does nothing else.
   */
  <T> T openNow(Backend backend, NamespaceThread.Opening<T> opening) throws IOException {
    if (backend.namespace().isEmpty()) {
      return opening.open();
    }
    CompletableFuture<T> opened = new CompletableFuture<>();
    namespaces.inside(
        backend.namespace().get(), opening, opened::complete, opened::completeExceptionally);
    try {
      return opened.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
