/** The userland proxy beside docker-proxy, HAProxy and no proxy at all; see {@code bench}. */
package dev.hairpin.it.bench;
