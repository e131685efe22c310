/**
 * Carries TCP streams between two sockets on one event loop, by epoll's edges and splice(2). Knows
 * nothing of ports.
 */
package dev.hairpin.proxy.relay;
