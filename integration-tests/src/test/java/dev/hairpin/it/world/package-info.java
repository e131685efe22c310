/**
 * What the tests stand on: network namespaces made for one test, an engine and an agent inside
 * them, and the two ends of a question asked over the network.
 */
package dev.hairpin.it.world;
