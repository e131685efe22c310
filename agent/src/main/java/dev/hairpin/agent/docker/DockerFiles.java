package dev.hairpin.agent.docker;

import dev.hairpin.agent.ConfigurationException;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Docker's own words, in files. */
public final class DockerFiles {
  private DockerFiles() {}

  /**
   * Reads dockerd's configuration file.
   *
   * @throws ConfigurationException if it can't be read, or is none
   */
  public static DaemonSettings settings(Path daemonJson) throws ConfigurationException {
    JsonValue file = JsonFile.read(daemonJson);
    try {
      return DaemonSettings.read(file);
    } catch (ImpossibleInputException e) {
      throw new ConfigurationException(e.getMessage(), e);
    }
  }

  /**
   * Reads the arrays that {@code docker network inspect} and {@code docker inspect} print.
   *
   * @param missing is told of what isn't there and should be, in whole lines
   * @throws ConfigurationException if they can't be read, or hold something else
   */
  public static DockerInspection inspection(
      Path networks, Path containers, Consumer<String> missing) throws ConfigurationException {
    JsonValue networkArray = JsonFile.read(networks);
    JsonValue containerArray = JsonFile.read(containers);
    try {
      return DockerInspection.read(networkArray, containerArray, missing);
    } catch (ImpossibleInputException e) {
      throw new ConfigurationException(e.getMessage(), e);
    }
  }
}
