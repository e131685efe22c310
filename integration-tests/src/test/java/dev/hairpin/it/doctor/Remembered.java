package dev.hairpin.it.doctor;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hairpin.it.world.AgentProcess;
import dev.hairpin.it.world.World;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What an agent believes to have published when it was there last. Many publications are made in no
 * time that way, and some that nobody could make by hand.
 */
final class Remembered {
  private static final int FORMAT = 2;

  private Remembered() {}

  /** Has the next agent of that world publish these for a namespace, and nothing else. */
  static void write(World world, String namespace, List<String> specs) {
    ObjectNode all = new ObjectMapper().createObjectNode().put("format", FORMAT);
    ArrayNode publications = all.putArray("publications");
    specs.forEach(spec -> publications.addObject().put("namespace", namespace).put("port", spec));
    Path state = AgentProcess.stateDirectory(world);
    try {
      Files.createDirectories(state);
      Files.writeString(state.resolve("publications.json"), all.toPrettyString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
