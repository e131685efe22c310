/**
 * netfilter's own words as values: tables, chains, rules, what they match and what they do. Nothing
 * here acts.
 */
package dev.hairpin.rules.netfilter;
