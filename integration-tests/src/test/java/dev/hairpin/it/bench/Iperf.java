package dev.hairpin.it.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * As many bytes as go through, by iperf3.
 *
 * @param bytes that arrived
 * @param gigabits of them in a second
 */
record Iperf(double bytes, double gigabits) {
  private static final ObjectMapper JSON = new ObjectMapper();

  static Iperf run(Course course, Relay relay, int streams, boolean toContainer, int seconds) {
    List<String> options =
        new ArrayList<>(
            List.of(
                "-J",
                "-c",
                relay.address(),
                "-p",
                Integer.toString(relay.port()),
                "-P",
                Integer.toString(streams),
                "-t",
                Integer.toString(seconds)));
    if (!toContainer) {
      options.add("-R");
    }
    return parse(
        course
            .host()
            .command("iperf3")
            .and(options)
            .within(Duration.ofSeconds(seconds + 30L))
            .run());
  }

  static Iperf parse(String json) {
    try {
      JsonNode received = JSON.readTree(json).path("end").path("sum_received");
      return new Iperf(
          received.path("bytes").asDouble(), received.path("bits_per_second").asDouble() / 1e9);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
