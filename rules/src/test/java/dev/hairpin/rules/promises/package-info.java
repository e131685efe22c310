/**
 * What each layout promises about packets, as a table: who sends what where, and what comes of it.
 * The rows are data. Here they are walked over the rules that the layouts write; the integration
 * tests send the same rows as real packets.
 */
package dev.hairpin.rules.promises;
