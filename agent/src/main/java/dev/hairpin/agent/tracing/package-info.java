/**
 * What the kernel does to real packets, as it tells itself: a {@code TraceTable} marks the packets
 * of a {@code TraceFilter}, a {@code TraceListener} hears a {@code TraceEvent} for every rule that
 * one of them matches, and {@code RuleHandles} says which rule that is.
 */
package dev.hairpin.agent.tracing;
