package dev.hairpin.agent.docker;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import dev.hairpin.agent.Problem;
import dev.hairpin.agent.publication.HostPortChoice;
import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.binding.Endpoint;
import dev.hairpin.rules.binding.PortBinding;
import dev.hairpin.rules.binding.PortRequest;
import dev.hairpin.rules.binding.Publisher;
import dev.hairpin.rules.binding.UserText;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the label {@value #LABEL} of one container asks for: {@code -p} texts, with commas or spaces
 * between them. A label that can't be understood as a whole publishes nothing.
 */
final class LabelledPorts {
  static final String LABEL = "hairpin.publish";

  /**
   * Has host ports that we choose stay the same over restarts, for all containers of this name:
   * {@code true} or {@code false}.
   */
  static final String STABLE = "hairpin.stable";

  private static final Splitter TEXTS =
      Splitter.on(CharMatcher.anyOf(", ")).trimResults(CharMatcher.is(' ')).omitEmptyStrings();

  private final Publisher.Container container;
  private final HostPortChoice choice;
  private final List<PortBinding> bindings = new ArrayList<>();
  private final List<Problem> problems = new ArrayList<>();

  private LabelledPorts(Publisher.Container container, HostPortChoice choice) {
    this.container = container;
    this.choice = choice;
  }

  /**
   * Reads a container's labels.
   *
   * @param endpoint empty when the container can't be reached over a bridge
   */
  static LabelledPorts read(
      InspectedContainer container, Optional<Endpoint> endpoint, HostPortChoice choice) {
    boolean isStable = container.stableLabel().filter("true"::equals).isPresent();
    LabelledPorts ports =
        new LabelledPorts(container.publisher(), isStable ? choice.kept() : choice);
    container.label().ifPresent(label -> ports.publishAll(label, endpoint));
    container
        .stableLabel()
        .filter(value -> !value.equals("true") && !value.equals("false"))
        .ifPresent(
            value -> ports.problem(STABLE, UserText.quoted(value) + " is neither true nor false"));
    return ports;
  }

  private void publishAll(String label, Optional<Endpoint> endpoint) {
    try {
      List<PortRequest> requests = TEXTS.splitToStream(label).map(PortRequest::parse).toList();
      endpoint.ifPresentOrElse(
          to -> requests.forEach(request -> publish(request, to)), this::unreachable);
    } catch (IllegalArgumentException e) {
      problem(LABEL, e.getMessage() + " (the label says " + UserText.quoted(label) + ")");
    }
  }

  List<PortBinding> bindings() {
    return bindings;
  }

  List<Problem> problems() {
    return problems;
  }

  private void publish(PortRequest request, Endpoint endpoint) {
    PortRequest decided = request;
    if (request.leavesChoice()) {
      Optional<PortRange> chosen = choice.hostPortsFor(container, request);
      if (chosen.isEmpty()) {
        problem(
            LABEL, "\"" + request + "\" needs a host port; write 8080:" + request.containerPorts());
        return;
      }
      decided = request.onHostPorts(chosen.get());
    }
    bindings.addAll(endpoint.bindings(decided));
  }

  private void unreachable() {
    problem(LABEL, "the container has no address on a bridge network; connect it to one");
  }

  private void problem(String label, String text) {
    problems.add(new Problem("label " + label + " of " + container, text));
  }
}
