package dev.hairpin.it.bench;

/** What HAProxy is told, as the server in the container and as one of those in between. */
final class HaProxyConfiguration {
  /** What a proxy is prepared for at least. */
  private static final int CONNECTIONS = 2000;

  private HaProxyConfiguration() {}

  /** The same few bytes for every request, on one thread. */
  static String responder() {
    return """
    global
      nbthread 1
      maxconn %d
    defaults
      mode http
      timeout client 60s
      timeout server 60s
      timeout connect 5s
    frontend responder
      bind :%d
      http-request return status 200 content-type text/plain string "0123456789"
    """
        .formatted(CONNECTIONS, Course.HTTP);
  }

  /** Bytes from a port of the host to one of the container, with splice, on two threads. */
  static String relay(int connections, int frontend, int backend) {
    // More pipes would take descriptors from the connections.
    return """
    global
      nbthread 2
      maxconn %d
      maxpipes 512
    defaults
      mode tcp
      option splice-auto
      timeout client 600s
      timeout server 600s
      timeout connect 5s
    listen relay
      bind %s:%d
      server container %s:%d
    """
        .formatted(
            Math.max(CONNECTIONS, connections + 200),
            Course.LOOPBACK,
            frontend,
            Course.CONTAINER,
            backend);
  }
}
