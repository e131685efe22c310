package dev.hairpin.proxy;

import dev.hairpin.proxy.posix.Errno;
import dev.hairpin.proxy.posix.PosixException;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.unix.Errors.NativeIoException;
import java.net.SocketException;
import java.time.Duration;
import java.util.Locale;

/** What went wrong with a socket, without the call and the address that log lines say already. */
final class KernelWords {
  private KernelWords() {}

  /** Whether nobody listens there. */
  static boolean isRefusal(Throwable cause) {
    return of(cause).equals(lowerCase(Errno.text(Errno.ECONNREFUSED)));
  }

  /** Why a backend couldn't be connected within {@code timeout}. */
  static String of(Throwable cause, Duration timeout) {
    boolean noAnswer =
        cause instanceof ConnectTimeoutException
            || (cause instanceof PosixException e && e.errno() == Errno.ETIMEDOUT);
    return noAnswer ? "no answer in " + timeout.toMillis() + " ms" : of(cause);
  }

  static String of(Throwable cause) {
    return switch (cause) {
      case PosixException e -> lowerCase(Errno.text(e.errno()));
      case NativeIoException e -> lowerCase(Errno.text(-e.expectedErr()));
      case SocketException e -> lowerCase(withoutCallAndAddress(String.valueOf(e.getMessage())));
      default -> String.valueOf(cause.getMessage());
    };
  }

  /** Netty writes the call, the kernel's words and {@code /192.0.2.2:80}, parted by colons. */
  private static String withoutCallAndAddress(String message) {
    int address = message.indexOf(": /");
    String withoutAddress = address < 0 ? message : message.substring(0, address);
    int call = withoutAddress.lastIndexOf(": ");
    return call < 0 ? withoutAddress : withoutAddress.substring(call + 2);
  }

  private static String lowerCase(String text) {
    return text.toLowerCase(Locale.ROOT);
  }
}
