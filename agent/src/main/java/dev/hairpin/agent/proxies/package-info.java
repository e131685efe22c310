/**
 * Owns the host's listening sockets, keyed by host port, so that a port whose backend moves is
 * retargeted and never let go of.
 */
package dev.hairpin.agent.proxies;
