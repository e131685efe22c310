package dev.hairpin.agent.proxies;

/** Where the userland proxy opens its sockets to containers. */
public enum DialFrom {
  /** On the host, as docker-proxy does: over the bridge, from the bridge's address. */
  BRIDGE,
  /**
   * Inside the container's own network namespace: over no bridge, from the container's own address,
   * or from its loopback address where it listens only there.
   */
  NAMESPACE
}
