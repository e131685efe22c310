/**
 * What rules do to a packet: a {@link dev.hairpin.rules.trace.Packet} walks through tables on a
 * {@link dev.hairpin.rules.trace.Host}, and leaves a {@link dev.hairpin.rules.trace.Trace}. Pure.
 */
package dev.hairpin.rules.trace;
