package dev.hairpin.proxy;

import dev.hairpin.proxy.PortUnavailableException.Reason;
import dev.hairpin.proxy.posix.Errno;
import dev.hairpin.proxy.posix.PosixException;
import io.netty.channel.unix.Errors.NativeIoException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.stream.Stream;

/** Says why a port couldn't be bound. */
final class BindFailures {
  private BindFailures() {}

  static PortUnavailableException of(
      Transport transport, InetSocketAddress frontend, Throwable cause) {
    Reason reason = reason(cause);
    String detail =
        switch (reason) {
          case OTHER -> cause.getMessage();
          case TOO_MANY_FILES -> tooManyFiles();
          case IN_USE, ADDRESS_NOT_LOCAL, NOT_PERMITTED, NOT_SUPPORTED -> reason.text();
        };
    var unavailable = new PortUnavailableException(transport, frontend, reason, detail);
    unavailable.initCause(cause);
    return unavailable;
  }

  private static String tooManyFiles() {
    return Reason.TOO_MANY_FILES.text()
        + ": of the "
        + DescriptorLimit.all()
        + " that this process may have, "
        + DescriptorLimit.neverForPorts()
        + " are not for ports; raise the limit (ulimit -n, or LimitNOFILE= of its service)";
  }

  private static Reason reason(Throwable cause) {
    return switch (cause) {
      case PosixException e -> reason(e.errno());
      case NativeIoException e -> reason(-e.expectedErr());
      case IOException e -> reason(errno(e));
      default -> Reason.OTHER;
    };
  }

  private static Reason reason(int errno) {
    return switch (errno) {
      case Errno.EADDRINUSE -> Reason.IN_USE;
      case Errno.EADDRNOTAVAIL -> Reason.ADDRESS_NOT_LOCAL;
      case Errno.EACCES, Errno.EPERM -> Reason.NOT_PERMITTED;
      case Errno.EPROTONOSUPPORT -> Reason.NOT_SUPPORTED;
      case Errno.EMFILE -> Reason.TOO_MANY_FILES;
      default -> Reason.OTHER;
    };
  }

  /** The JDK's exceptions have no number, but their message is the C library's text for it. */
  private static int errno(IOException fromTheJdk) {
    return Stream.of(Errno.EADDRINUSE, Errno.EADDRNOTAVAIL, Errno.EACCES, Errno.EPERM)
        .filter(errno -> Errno.text(errno).equals(fromTheJdk.getMessage()))
        .findFirst()
        .orElse(0);
  }
}
