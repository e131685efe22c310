package dev.hairpin.proxy;

import io.netty.channel.ConnectTimeoutException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.time.Duration;
import java.util.Locale;

/** Says why a backend couldn't be connected, without what the log line says already. */
final class ConnectFailures {
  private ConnectFailures() {}

  static String text(Throwable cause, Duration timeout) {
    return switch (cause) {
      case ConnectTimeoutException e -> "no answer in " + timeout.toMillis() + " ms";
      case ConnectException e -> kernelText(e);
      case NoRouteToHostException e -> kernelText(e);
      default -> String.valueOf(cause.getMessage());
    };
  }

  /** Netty writes {@code finishConnect(..) failed: Connection refused: /192.0.2.2:80}. */
  private static String kernelText(Exception e) {
    String message = String.valueOf(e.getMessage());
    int address = message.lastIndexOf(": ");
    String withoutAddress = address < 0 ? message : message.substring(0, address);
    int call = withoutAddress.lastIndexOf(": ");
    return withoutAddress.substring(call < 0 ? 0 : call + 2).toLowerCase(Locale.ROOT);
  }
}
