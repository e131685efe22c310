package dev.hairpin.agent.docker;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.binding.UserText;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Where dockerd listens: a Unix socket. */
public record DockerHost(Path socket) {
  /** Docker's own default. */
  public static final DockerHost DEFAULT = new DockerHost(Path.of("/var/run/docker.sock"));

  private static final String SCHEME = "unix://";

  public DockerHost {
    requireNonNull(socket, "socket");
    if (!socket.isAbsolute()) {
      throw new IllegalArgumentException("docker socket " + socket + " is not an absolute path");
    }
  }

  /**
   * Reads what {@code DOCKER_HOST} holds.
   *
   * @throws IllegalArgumentException if that is not a Unix socket
   */
  public static DockerHost parse(String text) {
    String path = text.startsWith(SCHEME) ? text.substring(SCHEME.length()) : "";
    try {
      return new DockerHost(Path.of(path));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "docker host "
              + UserText.quoted(text)
              + " is not the path of a Unix socket; write unix:///var/run/docker.sock",
          e instanceof InvalidPathException ? e : null);
    }
  }

  URI uri() {
    return URI.create(SCHEME + socket.toUri().getRawPath());
  }

  /** {@code unix:///var/run/docker.sock}. */
  @Override
  public String toString() {
    return SCHEME + socket;
  }
}
