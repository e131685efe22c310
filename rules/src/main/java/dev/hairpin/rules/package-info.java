/**
 * What should be in the kernel, and how to put it there: {@code binding} (desired state) goes
 * through a {@link dev.hairpin.rules.Layout} to become {@code netfilter} values; {@code plan}
 * compares those with what {@code apply} observes; {@code apply} changes the kernel.
 */
package dev.hairpin.rules;
