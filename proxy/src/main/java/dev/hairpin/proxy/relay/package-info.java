/**
 * Carries TCP streams and SCTP messages between two sockets on one event loop, by epoll's edges;
 * streams by splice(2). Knows nothing of ports.
 */
package dev.hairpin.proxy.relay;
