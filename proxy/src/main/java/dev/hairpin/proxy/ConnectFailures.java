package dev.hairpin.proxy;

import dev.hairpin.proxy.posix.Errno;
import dev.hairpin.proxy.posix.PosixException;
import io.netty.channel.ConnectTimeoutException;
import java.net.SocketException;
import java.time.Duration;
import java.util.Locale;

/** Says why a backend couldn't be connected, without what the log line says already. */
final class ConnectFailures {
  private ConnectFailures() {}

  static String text(Throwable cause, Duration timeout) {
    return switch (cause) {
      case ConnectTimeoutException e -> "no answer in " + timeout.toMillis() + " ms";
      case SocketException e -> kernelText(e);
      default -> String.valueOf(cause.getMessage());
    };
  }

  static String text(Exception cause) {
    return cause instanceof PosixException e
        ? Errno.text(e.errno()).toLowerCase(Locale.ROOT)
        : String.valueOf(cause.getMessage());
  }

  /** Netty writes the call, the kernel's words and the address, parted by colons. */
  private static String kernelText(Exception e) {
    String message = String.valueOf(e.getMessage());
    int address = message.lastIndexOf(": ");
    String withoutAddress = address < 0 ? message : message.substring(0, address);
    int call = withoutAddress.lastIndexOf(": ");
    return withoutAddress.substring(call < 0 ? 0 : call + 2).toLowerCase(Locale.ROOT);
  }
}
