package dev.hairpin.agent.control;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;

/** Requests and responses as lines of JSON. */
final class ControlMessages {
  /** Longest request line, in bytes. A namespace's name and a port fit many times over. */
  static final int MAX_REQUEST_BYTES = 16 * 1024;

  /** Longest response line, in bytes: some hundred thousand rules. */
  static final int MAX_RESPONSE_BYTES = 64 * 1024 * 1024;

  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private ControlMessages() {}

  static Request request(String line) throws IOException {
    return read(line, Request.class);
  }

  static Response response(String line) throws IOException {
    return read(line, Response.class);
  }

  static ByteBuffer line(Object message) throws IOException {
    return ByteBuffer.wrap(
        (JSON.writeValueAsString(message) + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Reads up to the end of a line.
   *
   * @throws IOException if the line is longer than {@code maxBytes}, or the other side leaves
   *     before its end
   */
  static String readLine(ReadableByteChannel channel, int maxBytes) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(Math.min(maxBytes, 8192));
    while (true) {
      int before = bytes.position();
      if (channel.read(bytes) < 0) {
        throw new IOException("the other side left before the end of its line");
      }
      for (int i = before; i < bytes.position(); i++) {
        if (bytes.get(i) == '\n') {
          return new String(bytes.array(), 0, i, StandardCharsets.UTF_8);
        }
      }
      if (!bytes.hasRemaining()) {
        if (bytes.capacity() >= maxBytes) {
          throw new IOException("the line is longer than " + maxBytes + " bytes");
        }
        bytes = ByteBuffer.allocate(Math.min(maxBytes, bytes.capacity() * 4)).put(bytes.flip());
      }
    }
  }

  private static <T> T read(String line, Class<T> type) throws IOException {
    try {
      T message = JSON.readValue(line, type);
      if (message == null) {
        throw new IOException("not a message: null");
      }
      return message;
    } catch (JsonProcessingException e) {
      throw new IOException("not a message: " + e.getOriginalMessage(), e);
    }
  }
}
