/**
 * Addresses, prefixes, protocols and ports: the words that both the desired state and the rules
 * use.
 */
package dev.hairpin.rules.address;
