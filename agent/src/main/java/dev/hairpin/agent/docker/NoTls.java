package dev.hairpin.agent.docker;

import javax.net.ssl.SSLContext;

/**
 * Stands where the transport wants to be told how it encrypts. It never does on a Unix socket, but
 * left to itself it gets ready for it, and reads every certificate authority that the JDK knows:
 * more work, and more memory, than all that is asked of dockerd.
 */
final class NoTls extends SSLContext {
  NoTls() {
    super(/* contextSpi= */ null, /* provider= */ null, "none");
  }
}
