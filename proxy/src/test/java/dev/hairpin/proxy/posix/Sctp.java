package dev.hairpin.proxy.posix;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** What this machine's kernel knows of SCTP. */
public final class Sctp {
  private Sctp() {}

  /** Whether it opens such sockets. */
  public static boolean isThere() {
    try (SctpSocket socket =
        SctpSocket.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
      return socket.isGenuine();
    } catch (PosixException e) {
      if (e.errno() == Errno.EPROTONOSUPPORT) {
        return false;
      }
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
