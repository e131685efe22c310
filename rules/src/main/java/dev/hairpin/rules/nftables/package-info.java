/**
 * nftables: the layout that dockerd 29 writes with its nftables backend, nft's text, and its JSON
 * as it is read. What is not understood is kept verbatim, so that it is never taken for something
 * else.
 */
package dev.hairpin.rules.nftables;
