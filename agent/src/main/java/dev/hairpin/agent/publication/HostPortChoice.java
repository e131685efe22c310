package dev.hairpin.agent.publication;

import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.binding.PortRequest;
import dev.hairpin.rules.binding.Publisher;
import java.util.Optional;

/** Chooses free host ports for requests that leave the choice to us. */
@FunctionalInterface
public interface HostPortChoice {
  /** Never chooses. */
  HostPortChoice NONE = (publisher, request) -> Optional.empty();

  /**
   * Free host ports, as many as the request's container ports. The same publisher and request get
   * the same ports for as long as they are published.
   *
   * @param request one that {@link PortRequest#leavesChoice() leaves the choice}
   * @return empty when there are none
   */
  Optional<PortRange> hostPortsFor(Publisher publisher, PortRequest request);

  /**
   * The same choice for publishers that want to keep it: who has the same name gets the same ports,
   * however long it was gone, whether or not they are free now. Where nothing is kept, the choice
   * itself.
   */
  default HostPortChoice kept() {
    return this;
  }
}
