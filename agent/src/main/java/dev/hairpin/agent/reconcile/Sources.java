package dev.hairpin.agent.reconcile;

import dev.hairpin.agent.docker.DockerSnapshot;
import dev.hairpin.agent.netns.NetnsSnapshot;
import dev.hairpin.agent.publication.Publication;
import dev.hairpin.agent.standin.Claim;
import java.util.List;
import java.util.Optional;

/** Where ports come from, as a pass reads them. None of this may wait for dockerd. */
public interface Sources {
  /** What Docker said last; empty while it has not said anything since the agent started. */
  Optional<DockerSnapshot> docker();

  /** What people published themselves, of containers and namespaces. */
  List<Publication> publications();

  /** What is in the namespaces that publish ports, now. */
  NetnsSnapshot namespaces();

  /** The ports that dockerd's stand-ins hold, in the order in which they were started. */
  List<Claim> claims();
}
