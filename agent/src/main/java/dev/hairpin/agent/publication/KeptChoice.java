package dev.hairpin.agent.publication;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.PortRange;
import dev.hairpin.rules.binding.PortRequest;
import dev.hairpin.rules.binding.Publisher;
import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A choice that is written down for those who want to keep it. Safe to use from any thread. */
public final class KeptChoice implements HostPortChoice {
  private static final Logger log = LoggerFactory.getLogger(KeptChoice.class);

  private final HostPortChoice choice;
  private final PublicationStore store;

  /**
   * @param choice of ports that the store has not {@link PublicationStore#isKept kept} for anybody
   */
  public KeptChoice(HostPortChoice choice, PublicationStore store) {
    this.choice = requireNonNull(choice, "choice");
    this.store = requireNonNull(store, "store");
  }

  @Override
  public Optional<PortRange> hostPortsFor(Publisher publisher, PortRequest request) {
    return choice.hostPortsFor(publisher, request);
  }

  @Override
  public HostPortChoice kept() {
    return (publisher, request) ->
        store.keptFor(publisher.name(), request).or(() -> chooseAndKeep(publisher, request));
  }

  /** What can't be written is chosen for now, and written at the next look. */
  private Optional<PortRange> chooseAndKeep(Publisher publisher, PortRequest request) {
    Optional<PortRange> chosen = choice.hostPortsFor(publisher, request);
    if (chosen.isPresent()) {
      try {
        store.keep(publisher.name(), request, chosen.get());
      } catch (IOException e) {
        log.warn("keep port {} for {}: {}", chosen.get(), publisher, e.getMessage());
      }
    }
    return chosen;
  }
}
