package dev.hairpin.proxy.posix;

import static java.util.Objects.requireNonNull;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * Where the answers to a datagram go.
 *
 * @param client who sent it
 * @param local the address of ours that it was sent to, and answers leave from; empty when the
 *     kernel didn't say, and chooses
 * @param localInterface the interface that {@code local} belongs to, by index; only link-local
 *     addresses need one, 0 for others
 */
public record ReplyPath(InetSocketAddress client, Optional<InetAddress> local, int localInterface) {
  public ReplyPath {
    requireNonNull(client, "client");
    requireNonNull(local, "local");
  }
}
