/**
 * Network namespaces as a source: which addresses they have, and over which bridge the host reaches
 * them.
 */
package dev.hairpin.agent.netns;
