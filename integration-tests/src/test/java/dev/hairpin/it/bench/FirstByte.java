package dev.hairpin.it.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.hairpin.proxy.Transport;
import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** From the start of a program to the first byte that it has carried back. */
final class FirstByte {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

  private FirstByte() {}

  static double seconds(Course course, Contender contender) {
    return course
        .host()
        .call(() -> {
          long begin = System.nanoTime();
          try (Relay relay = course.begin(contender, Transport.TCP, Course.HTTP)) {
            while (!answers(relay)) {
              if (System.nanoTime() - begin > PATIENCE_NANOS) {
                throw new IOException(contender + " did not answer");
              }
              LockSupport.parkNanos(1_000_000);
            }
            return (System.nanoTime() - begin) / 1e9;
          }
        });
  }

  private static boolean answers(Relay relay) {
    try (Socket socket = new Socket(relay.address(), relay.port())) {
      socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(US_ASCII));
      return socket.getInputStream().read() >= 0;
    } catch (IOException notYet) {
      return false;
    }
  }
}
