package dev.hairpin.agent.netns;

import dev.hairpin.agent.publication.Publication;
import java.util.Collection;

/** Looks into network namespaces. */
public interface NetnsView {
  /**
   * Resolves those publications to bindings that are of namespaces. A namespace that is not there,
   * or has no address yet, is a problem in the result.
   */
  NetnsSnapshot look(Collection<Publication> publications);
}
