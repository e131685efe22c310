/**
 * A layout's rules as a text to learn from: {@link dev.hairpin.rules.explain.RuleDocument} puts
 * them into the order in which a packet meets them, and says of each chain what it is for. Pure.
 */
package dev.hairpin.rules.explain;
