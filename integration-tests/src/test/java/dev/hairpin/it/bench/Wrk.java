package dev.hairpin.it.bench;

import dev.hairpin.it.world.Namespace;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * HTTP requests of many clients at once, by wrk.
 *
 * @param requests how many were answered
 * @param rate of them in a second
 * @param medianMicros how long half of them took at most
 * @param slowMicros the same of 99 in a hundred
 */
record Wrk(long requests, double rate, double medianMicros, double slowMicros) {
  private static final String KEEP_ALIVE = "Connection: keep-alive";
  private static final String CLOSE = "Connection: close";
  private static final Pattern REQUESTS = Pattern.compile("(\\d+) requests in ");
  private static final Pattern RATE = Pattern.compile("Requests/sec:\\s+([0-9.]+)");
  private static final String LATENCY = "(?m)^\\s+%d%%\\s+([0-9.]+)(us|ms|s)$";
  private static final Pattern MEDIAN = Pattern.compile(LATENCY.formatted(50));
  private static final Pattern SLOW = Pattern.compile(LATENCY.formatted(99));

  /** Each client stays connected. */
  static Wrk keepingAlive(Course course, Relay relay, int clients, int seconds) {
    return of(course, relay, clients, seconds, KEEP_ALIVE);
  }

  /** A connection for each request. */
  static Wrk closing(Course course, Relay relay, int clients, int seconds) {
    return of(course, relay, clients, seconds, CLOSE);
  }

  /** A connection for each request, from any namespace to any address. */
  static Wrk closing(Namespace from, String address, int port, int clients, int seconds) {
    return run(from, address, port, clients, seconds, CLOSE);
  }

  private static Wrk of(Course course, Relay relay, int clients, int seconds, String header) {
    return run(course.host(), relay.address(), relay.port(), clients, seconds, header);
  }

  private static Wrk run(
      Namespace from, String address, int port, int clients, int seconds, String header) {
    return parse(
        from.command("wrk", "-t1", "-c" + clients, "-d" + seconds, "--latency", "-H", header)
            .and("http://" + address + ":" + port + "/")
            .within(Duration.ofSeconds(seconds + 30L))
            .run());
  }

  static Wrk parse(String text) {
    return new Wrk(
        Long.parseLong(found(REQUESTS, text).group(1)),
        Double.parseDouble(found(RATE, text).group(1)),
        micros(found(MEDIAN, text)),
        micros(found(SLOW, text)));
  }

  private static double micros(Matcher latency) {
    double factor =
        switch (latency.group(2)) {
          case "us" -> 1;
          case "ms" -> 1e3;
          default -> 1e6;
        };
    return Double.parseDouble(latency.group(1)) * factor;
  }

  private static Matcher found(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.find()) {
      throw new AssertionError("wrk says nothing like " + pattern + ": " + text);
    }
    return matcher;
  }
}
