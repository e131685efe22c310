package dev.hairpin.agent.reconcile;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.hairpin.rules.apply.CommandException;
import dev.hairpin.rules.apply.CommandRunner;
import dev.hairpin.rules.apply.CommandRunner.Finished;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets bridges send a packet back out of the port that it came in by. Without the proxy, that is
 * the way of a namespace that calls its own published port; dockerd sees to its containers itself.
 */
public final class HairpinPorts {
  private static final Logger log = LoggerFactory.getLogger(HairpinPorts.class);

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final CommandRunner commands;

  public HairpinPorts(CommandRunner commands) {
    this.commands = requireNonNull(commands, "commands");
  }

  /**
   * Switches hairpin mode on for every port of these bridges that hasn't got it. What can't be
   * switched is logged: only a namespace that calls itself would notice.
   */
  public void switchOn(Collection<String> bridges) {
    if (bridges.isEmpty()) {
      return;
    }
    try {
      for (String port : portsWithout(bridges)) {
        Finished finished = commands.run("bridge", "link", "set", "dev", port, "hairpin", "on");
        if (finished.isSuccess()) {
          log.info("bridge port {} is in hairpin mode", port);
        } else {
          log.warn("set hairpin mode of bridge port {}: {}", port, finished.firstError());
        }
      }
    } catch (CommandException | JsonProcessingException e) {
      log.warn("set hairpin mode of the ports of {}: {}", bridges, e.getMessage());
    }
  }

  private List<String> portsWithout(Collection<String> bridges)
      throws CommandException, JsonProcessingException {
    String links = commands.run("bridge", "-details", "-json", "link", "show").output();
    List<String> ports = new ArrayList<>();
    for (JsonNode link : JSON.readTree(links.isBlank() ? "[]" : links)) {
      if (bridges.contains(link.path("master").asText()) && !link.path("hairpin").asBoolean()) {
        ports.add(link.path("ifname").asText());
      }
    }
    return ports;
  }
}
