/**
 * The desired state of one host, as plain values: which ports are published, and on which networks.
 */
package dev.hairpin.rules.binding;
