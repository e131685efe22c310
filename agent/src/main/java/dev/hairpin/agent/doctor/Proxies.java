package dev.hairpin.agent.doctor;

import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.binding.PortBinding;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Tells userland proxies from other programs that listen.
 *
 * @param commandLines of docker-proxy, by process
 * @param agent our agent's process, which listens for all ports of its own
 */
record Proxies(Map<Long, List<String>> commandLines, OptionalLong agent) {
  /** What dockerd calls its proxy. */
  static final String NAME = "docker-proxy";

  Proxies {
    commandLines = Map.copyOf(commandLines);
  }

  /** What a listener is to a published port. */
  enum Kind {
    /** Its proxy, as far as can be seen. */
    OWN,
    /** The proxy of another container: that container is gone, and it was left behind. */
    STALE,
    /** Another program. */
    STRANGER
  }

  Kind kind(Listener listener, PortBinding binding) {
    if (listener.program().isEmpty()) {
      // Only root sees who it is; dockerd would not have published a port that somebody holds.
      return Kind.OWN;
    }
    Listener.Program program = listener.program().get();
    if (agent.isPresent() && agent.getAsLong() == program.pid()) {
      return Kind.OWN;
    }
    if (!program.name().equals(NAME)) {
      return Kind.STRANGER;
    }
    return asks(program.pid(), "-container-ip", binding.containerAddress().toString())
            && asks(program.pid(), "-container-port", Integer.toString(binding.containerPort()))
        ? Kind.OWN
        : Kind.STALE;
  }

  /** What is not known counts as right. */
  private boolean asks(long pid, String flag, String value) {
    return value(commandLines.getOrDefault(pid, List.of()), flag)
        .map(given -> isSame(given, value))
        .orElse(true);
  }

  private static boolean isSame(String given, String value) {
    try {
      return given.equals(value) || IpAddress.parse(given).equals(IpAddress.parse(value));
    } catch (IllegalArgumentException notAnAddress) {
      return false;
    }
  }

  /** The address that a stale proxy asks; empty text where it can't be seen. */
  String asked(Listener listener) {
    return listener
        .program()
        .map(program -> commandLines.getOrDefault(program.pid(), List.of()))
        .flatMap(words -> value(words, "-container-ip"))
        .orElse("");
  }

  private static Optional<String> value(List<String> words, String flag) {
    int at = words.indexOf(flag);
    return at < 0 || at + 1 == words.size() ? Optional.empty() : Optional.of(words.get(at + 1));
  }
}
