/** Where packets were seen, as the kernel tells: in its log, or as nftables traces them. */
package dev.hairpin.agent.sighting;
